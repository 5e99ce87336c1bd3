package io.forebay.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.forebay.model.Exchange;
import io.forebay.model.Exchanges;
import io.forebay.model.ForebayException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/** The memo that all connections of a server share. Safe for use by many threads. */
final class HitMemos {
    private static final Logger LOG = LoggerFactory.getLogger(HitMemos.class);

    /** Hot requests are few: this many bytes of prepared responses are kept (14,000 of 4 KiB), the rest takes the full path. */
    private static final long BYTES_MAX = 96L << 20;

    /** Open files of hot pages: a small part of what a service may have open. */
    private static final int FILES_MAX = 256;

    private final Exchanges exchanges;
    private final Scheduler writers;
    private final Optional<Path> memory = MemoryFile.directory();
    private final Semaphore files = new Semaphore(FILES_MAX);

    /** Of so many answers that could be remembered one is, while others have to go for it: what is hot is asked for again soon. */
    private static final int CROWDED_SHARE = 16;

    private static final long CROWDED_NANOS = 10_000_000_000L;

    /** When a response last had to go for another. */
    private volatile long crowdedAt = System.nanoTime() - CROWDED_NANOS;

    /** Counts how often everything was forgotten. */
    private volatile int era;

    private final Cache<HeadBytes, PreparedResponse> prepared = Caffeine.newBuilder()
            .maximumWeight(BYTES_MAX)
            .weigher((HeadBytes head, PreparedResponse response) -> head.length() + response.weight())
            .removalListener((@Nullable HeadBytes head, @Nullable PreparedResponse response, RemovalCause cause) -> {
                if (cause == RemovalCause.SIZE) {
                    crowdedAt = System.nanoTime();
                }
                if (response != null) {
                    response.close();
                }
            })
            .executor(Runnable::run)
            .build();
    private final FastThreadLocal<HeadBytes> probe = new FastThreadLocal<>() {
        @Override
        protected HeadBytes initialValue() {
            return HeadBytes.probe();
        }
    };

    /** @param writers where files are written that are memory */
    HitMemos(Exchanges exchanges, Scheduler writers) {
        this.exchanges = exchanges;
        this.writers = writers;
    }

    /** What a request head was answered with, if that still stands. */
    @Nullable
    PreparedResponse find(ByteBuf request) {
        HeadBytes key = probe.get();
        if (!key.fill(request)) {
            return null;
        }
        PreparedResponse found = prepared.getIfPresent(key);
        if (found == null) {
            return null;
        }
        if (found.era() != era || !found.stands()) {
            prepared.invalidate(key);
            return null;
        }
        return found;
    }

    /**
     * An answer has been given.
     *
     * @param told what the same request was told as when it took the full path
     * @param bytes of the body, as far as the client has taken it
     * @param firstByteNanos from the request to the first byte of the answer
     * @param nanos from the request to the end of the answer
     * @param client address of who asked
     * @param failure what cut the body
     */
    void tell(Exchange told, long bytes, long firstByteNanos, long nanos, String client, Optional<Kind> failure) {
        exchanges.ended(new Exchange(
                told.method(),
                told.target(),
                told.repository(),
                told.subject(),
                told.status(),
                told.cacheStatus(),
                bytes,
                firstByteNanos,
                nanos,
                System.currentTimeMillis(),
                client,
                "",
                told.userAgent(),
                told.protocol(),
                failure));
    }

    /** Lets the kernel send what is often asked for, as soon as it is in a file; else it goes on being copied. */
    void intoFile(PreparedResponse response) {
        if (memory.isPresent() && files.tryAcquire()) {
            try {
                writers.schedule(() -> write(response, memory.get()));
            } catch (RejectedExecutionException e) {
                files.release();
            }
        }
    }

    private void write(PreparedResponse response, Path directory) {
        try {
            response.intoFile(directory, files::release);
        } catch (IOException e) {
            files.release();
            LOG.debug("no page is put into {}: {}", directory, e.toString());
        }
    }

    /** What was answered under other rules stands no more, nor what is being answered under them. */
    synchronized void forget() {
        era++;
        prepared.invalidateAll();
    }

    int era() {
        return era;
    }

    /**
     * Whether an answer is worth recording. Where more is asked for than there is room, nearly all of what is recorded would be
     * thrown away at once, or throw away what is asked for as often.
     */
    boolean isRoom() {
        return System.nanoTime() - crowdedAt > CROWDED_NANOS
                || ThreadLocalRandom.current().nextInt(CROWDED_SHARE) == 0;
    }

    void put(ResponseRecording recording) {
        prepared.put(recording.request(), new PreparedResponse(recording));
    }
}
