package io.forebay.app;

import io.forebay.model.ForebayException;
import io.forebay.store.StoreCopy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

/**
 * A copy of everything a server keeps, made while it serves, and back.
 *
 * <pre>
 * forebay.db    the database at one moment (SQLite; a database elsewhere has tools of its own)
 * store/        {@link StoreCopy}: every blob that the database names, and what came since
 * backup.json   written last: without it this is no whole backup
 * </pre>
 *
 * <p>The database is copied first, and nothing is evicted meanwhile: whatever it names is copied after it. What came since has its
 * note, from which the row is made when a restored server starts. A backup into the directory of an earlier one costs what has
 * changed.
 */
final class Backup {
    private static final String MARK = "backup.json";
    private static final String DATABASE = "forebay.db";
    private static final String STORE = "store";

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
        if (Files.isDirectory(wanted) && !LongWork.isEmpty(wanted) && !Files.exists(wanted.resolve(STORE))) {
            throw ForebayException.badRequest(wanted + " holds something that is no backup");
        }
        Files.createDirectories(wanted);
        Files.deleteIfExists(wanted.resolve(MARK));
    }

    private static Map<String, Object> made(Database database, Path data, Path target, LongConsumer progress)
            throws IOException {
        Path fresh = target.resolve(DATABASE + ".new");
        Files.deleteIfExists(fresh);
        boolean copied = database.copyTo(fresh).blockOptional().orElse(false);
        if (copied) {
            Files.move(fresh, target.resolve(DATABASE), StandardCopyOption.REPLACE_EXISTING);
        }
        StoreCopy.Copied store = StoreCopy.make(data.resolve(STORE), target.resolve(STORE), progress);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("version", Forebay.version());
        result.put("at", Instant.now().toString());
        result.put("database", copied);
        result.put("files", store.files());
        result.put("bytes", store.bytes());
        result.put("new_bytes", store.newBytes());
        Files.writeString(target.resolve(MARK), new JsonMapper().writeValueAsString(result));
        return result;
    }

    /** @throws WrongUse when there is nothing to restore from, or something where it would go */
    static void refuse(Path backup, Path data) {
        if (!Files.exists(backup.resolve(MARK))) {
            throw new WrongUse(backup + " is no whole backup: it has no " + MARK);
        }
        if (Files.exists(data.resolve(STORE)) || Files.exists(data.resolve(DATABASE))) {
            throw new WrongUse("data-dir " + data + " is not empty; restore into a new one");
        }
    }

    /**
     * Puts a backup into a data directory. The server that starts there first makes rows of what the database does not know.
     *
     * @param data locked by the caller
     */
    static StoreCopy.Copied restore(Path backup, Path data, LongConsumer progress) {
        refuse(backup, data);
        try {
            if (Files.exists(backup.resolve(DATABASE))) {
                Files.copy(backup.resolve(DATABASE), data.resolve(DATABASE));
            }
            return StoreCopy.make(backup.resolve(STORE), data.resolve(STORE), progress);
        } catch (IOException e) {
            throw new StartFailure("restore: " + LongWork.reason(e), e);
        }
    }
}
