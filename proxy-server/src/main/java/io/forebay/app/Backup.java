package io.forebay.app;

import io.forebay.model.ForebayException;
import io.forebay.store.StoreCopy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A copy of everything a server keeps, made while it serves, and back.
 *
 * <pre>
 * backup.json          says which of the two is the backup; replaced at once, last
 * copy-1/, copy-2/     forebay.db    the database at one moment (SQLite; a database elsewhere has tools of its own)
 *                      store/        {@link StoreCopy}: every blob that the database names, and what came since
 * </pre>
 *
 * <p>The database is copied first, and nothing is evicted or collected meanwhile: whatever it names is copied after it. What came
 * since has its note, from which the row is made when a restored server starts.
 *
 * <p>A backup into the directory of an earlier one costs what has changed: the rest is linked. It is made beside the earlier one,
 * which is the backup until the new one is on the disk as a whole, and is removed then. One that ended early is gone on with.
 */
final class Backup {
    private static final String MARK = "backup.json";
    private static final String DATABASE = "forebay.db";
    private static final String STORE = "store";
    private static final String NEW = ".new";
    private static final List<String> COPIES = List.of("copy-1", "copy-2");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Backup() {}

    /** Values of progress in bytes, the result last. Works on a thread where blocking is allowed. */
    static Flux<Object> run(Database database, Path data, Path target) {
        return LongWork.of("backup", progress -> {
            prepare(data, target);
            return made(database, data, target, progress);
        });
    }

    private static void prepare(Path data, Path target) throws IOException {
        Path wanted = target.toAbsolutePath().normalize();
        if (wanted.startsWith(data) || data.startsWith(wanted)) {
            throw ForebayException.badRequest("the backup must lie outside the data directory");
        }
        if (Files.exists(wanted) && !Files.isDirectory(wanted)) {
            throw ForebayException.badRequest(wanted + " is not a directory");
        }
        if (Files.isDirectory(wanted)
                && !LongWork.isEmpty(wanted)
                && !Files.exists(wanted.resolve(MARK))
                && COPIES.stream().map(wanted::resolve).noneMatch(Files::exists)) {
            throw ForebayException.badRequest(wanted + " holds something that is no backup");
        }
        Files.createDirectories(wanted);
    }

    private static Map<String, Object> made(Database database, Path data, Path target, LongConsumer progress)
            throws IOException {
        Optional<Path> earlier = whole(target);
        String name = COPIES.stream()
                .filter(copy -> !earlier.equals(Optional.of(target.resolve(copy))))
                .findFirst()
                .orElseThrow();
        Path copy = Files.createDirectories(target.resolve(name));
        Path fresh = copy.resolve(DATABASE);
        Files.deleteIfExists(fresh);
        boolean copied = database.copyTo(fresh).blockOptional().orElse(false);
        if (copied) {
            StoreCopy.force(fresh);
        }
        StoreCopy.Copied store = StoreCopy.make(
                data.resolve(STORE), copy.resolve(STORE), earlier.map(path -> path.resolve(STORE)), progress);
        StoreCopy.force(copy);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("version", Forebay.version());
        result.put("at", Instant.now().toString());
        result.put("copy", name);
        result.put("database", copied);
        result.put("files", store.files());
        result.put("bytes", store.bytes());
        result.put("new_bytes", store.newBytes());
        mark(target, result);
        if (earlier.filter(Files::exists).isPresent()) {
            remove(earlier.get());
        }
        return result;
    }

    /** From here on the new copy is the backup. */
    private static void mark(Path target, Map<String, Object> result) throws IOException {
        Path fresh = Files.writeString(target.resolve(MARK + NEW), JSON.writeValueAsString(result));
        StoreCopy.force(fresh);
        replace(fresh, target.resolve(MARK));
    }

    private static void replace(Path fresh, Path old) throws IOException {
        Files.move(fresh, old, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        StoreCopy.force(old.resolveSibling(""));
    }

    private static void remove(Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(copy)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** The copy that is the backup; empty when none was ever finished. */
    private static Optional<Path> whole(Path backup) throws IOException {
        if (!Files.exists(backup.resolve(MARK))) {
            return Optional.empty();
        }
        try {
            JsonNode mark = JSON.readTree(Files.readString(backup.resolve(MARK)));
            return Optional.of(mark.path("copy").asString(""))
                    .filter(COPIES::contains)
                    .map(backup::resolve);
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** @throws WrongUse when there is nothing to restore from, or something where it would go */
    static void refuse(Path backup, Path data) {
        copy(backup);
        if (Files.exists(data.resolve(STORE)) || Files.exists(data.resolve(DATABASE))) {
            throw new WrongUse("data-dir " + data + " is not empty; restore into a new one");
        }
    }

    private static Path copy(Path backup) {
        try {
            return whole(backup)
                    .orElseThrow(() -> new WrongUse(backup + " is no whole backup: it has no " + MARK + " of one"));
        } catch (IOException e) {
            throw new WrongUse(backup + " cannot be read: " + LongWork.reason(e));
        }
    }

    /**
     * Puts a backup into a data directory. The server that starts there first makes rows of what the database does not know.
     *
     * @param data locked by the caller
     */
    static StoreCopy.Copied restore(Path backup, Path data, LongConsumer progress) {
        refuse(backup, data);
        Path copy = copy(backup);
        try {
            StoreCopy.Copied copied =
                    StoreCopy.make(copy.resolve(STORE), data.resolve(STORE), Optional.empty(), progress);
            if (Files.exists(copy.resolve(DATABASE))) {
                Path fresh = data.resolve(DATABASE + NEW);
                Files.copy(copy.resolve(DATABASE), fresh, StandardCopyOption.REPLACE_EXISTING);
                StoreCopy.force(fresh);
                replace(fresh, data.resolve(DATABASE));
            }
            return copied;
        } catch (IOException e) {
            throw new StartFailure("restore: " + LongWork.reason(e), e);
        }
    }
}
