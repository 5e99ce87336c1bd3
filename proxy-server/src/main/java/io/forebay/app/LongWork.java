package io.forebay.app;

import io.forebay.catalog.CatalogException;
import io.forebay.model.ForebayException;
import io.forebay.store.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.LongConsumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.scheduler.Schedulers;

/**
 * Work that reads or writes many files: on a thread where blocking is allowed, told of as values of progress in bytes, with the
 * result as the last one. Who leaves ends it at the next step.
 *
 * <p>Failure: {@link ForebayException}, of kind {@code INTERNAL} for what the disk says.
 */
final class LongWork {
    private static final long PROGRESS_EVERY = 64L << 20;

    private LongWork() {}

    /** Does the work and says what came of it; to be told of bytes done so far. */
    @FunctionalInterface
    interface Task {
        Map<String, Object> run(LongConsumer progress) throws IOException;
    }

    static Flux<Object> of(String name, Task task) {
        return telling(name, sink -> task.run(progress(name, sink)));
    }

    /** Tells of its progress by itself; {@code isCancelled} when nobody waits any more. */
    @FunctionalInterface
    interface Telling {
        Map<String, Object> run(FluxSink<Object> sink) throws IOException;
    }

    static Flux<Object> telling(String name, Telling work) {
        return Flux.<Object>create(
                        sink -> {
                            try {
                                sink.next(Map.of("result", work.run(sink)));
                                sink.complete();
                            } catch (IOException e) {
                                sink.error(
                                        new ForebayException(ForebayException.Kind.INTERNAL, name + ": " + reason(e)));
                            } catch (StoreException | CatalogException e) {
                                sink.error(new ForebayException(
                                        ForebayException.Kind.INTERNAL, name + ": " + e.getMessage()));
                            } catch (RuntimeException e) {
                                sink.error(e);
                            }
                        },
                        FluxSink.OverflowStrategy.BUFFER)
                .subscribeOn(Schedulers.boundedElastic());
    }

    private static LongConsumer progress(String name, FluxSink<Object> sink) {
        long[] told = {0};
        return bytes -> {
            if (sink.isCancelled()) {
                throw new ForebayException(
                        ForebayException.Kind.INTERNAL, "nobody waits for the " + name + " any more");
            }
            if (bytes - told[0] >= PROGRESS_EVERY) {
                told[0] = bytes;
                sink.next(Map.of("done", bytes));
            }
        };
    }

    static boolean isEmpty(Path directory) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        }
    }

    /** One line about a failure of the disk. */
    static String reason(IOException e) {
        if (e instanceof AccessDeniedException denied) {
            return denied.getFile() + ": permission denied";
        }
        return e instanceof NoSuchFileException missing
                ? missing.getFile() + ": no such file"
                : String.valueOf(e.getMessage());
    }
}
