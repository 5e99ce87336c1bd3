package io.forebay.app;

import io.forebay.model.ForebayException;
import io.forebay.store.StoreCopy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;

/**
 * A backup that waits beside the data of a running server, to take its place at the next start.
 *
 * <pre>
 * restore.new/     is being copied; removed by the next start: half a copy is none
 * restore.staged/  whole and on the disk
 * restore.taken/   what was there before is out of the way, this moves in
 * replaced/        what was there before, removed when the restored data is in its place
 * </pre>
 *
 * <p>Each step is a rename within the data directory; a start that was cut off is gone on with by the next one from where the names
 * say it stood.
 */
final class StagedRestore {
    private static final Logger LOG = LoggerFactory.getLogger(StagedRestore.class);
    private static final String NEW = "restore.new";
    private static final String STAGED = "restore.staged";
    private static final String TAKEN = "restore.taken";
    private static final String REPLACED = "replaced";

    /** The mark of a clean stop is about the data that goes: what comes is looked through as after a crash. */
    private static final List<String> OUT =
            List.of("store", Database.FILE, Database.FILE + "-wal", Database.FILE + "-shm", "clean");

    private static final List<String> IN = List.of("store", Database.FILE);

    private StagedRestore() {}

    /** Checks a backup and copies it: values of progress in bytes, the result last. Replaces what was staged before. */
    static Flux<Object> stage(Path backup, Path data) {
        return LongWork.of("restore", progress -> {
            try {
                Path fresh = data.resolve(NEW);
                StoreCopy.Copied copied;
                remove(fresh);
                try {
                    Files.createDirectories(fresh);
                    copied = Backup.restore(backup, fresh, progress);
                    sync(fresh);
                } catch (IOException | RuntimeException e) {
                    remove(fresh);
                    throw e;
                }
                remove(data.resolve(STAGED));
                move(fresh, data.resolve(STAGED));
                Map<String, Object> result = new LinkedHashMap<>();
                result.put("files", copied.files());
                result.put("bytes", copied.bytes());
                result.put("takes_effect", "at the next start, in the place of all that is held now");
                return result;
            } catch (WrongUse e) {
                throw ForebayException.badRequest(String.valueOf(e.getMessage()));
            } catch (StartFailure e) {
                throw new ForebayException(ForebayException.Kind.INTERNAL, String.valueOf(e.getMessage()));
            }
        });
    }

    /**
     * Puts what is staged in its place. Before anything of the data is opened.
     *
     * @param data locked by the caller
     */
    static void take(Path data) {
        Path staged = data.resolve(STAGED);
        Path taken = data.resolve(TAKEN);
        try {
            remove(data.resolve(NEW));
            if (Files.exists(staged)) {
                LOG.info("Restore: the staged backup takes the place of what was held");
                move(data, data.resolve(REPLACED), OUT);
                move(staged, taken);
            }
            if (Files.exists(taken)) {
                move(taken, data, IN);
                remove(taken);
            }
            remove(data.resolve(REPLACED));
        } catch (IOException e) {
            throw new StartFailure("restore: " + LongWork.reason(e), e);
        }
    }

    private static void move(Path from, Path to, List<String> names) throws IOException {
        Files.createDirectories(to);
        for (String name : names) {
            if (Files.exists(from.resolve(name))) {
                Files.move(from.resolve(name), to.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        sync(to);
        sync(from);
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        sync(to.resolveSibling(""));
    }

    private static void sync(Path directory) throws IOException {
        StoreCopy.force(directory);
    }

    private static void remove(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
