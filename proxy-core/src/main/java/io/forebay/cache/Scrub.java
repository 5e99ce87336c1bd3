package io.forebay.cache;

import io.forebay.store.BlobStore;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Hashes what is stored over and over in the background, at a stated pace, so that a disk that forgets is found out before a
 * client is. The first pass begins anywhere, or a server that is often started would only ever see the first blobs. A pass
 * begins at most once a day: a small store is not read for nothing.
 *
 * <p>Threads: never blocks. Failure: logged; the next pass tries again.
 */
public final class Scrub implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);
    private static final Duration PASS_MIN = Duration.ofDays(1);

    private final BlobStore store;
    private final Upkeep upkeep;
    private final long bytesPerSecond;
    private final AtomicLong checked = new AtomicLong();
    private final AtomicLong damaged = new AtomicLong();
    private final Disposable passes;

    /** Begins with the first pass after {@code delay}; a pace of 0 never begins. */
    public Scrub(BlobStore store, Upkeep upkeep, long bytesPerSecond, Duration delay) {
        this.store = store;
        this.upkeep = upkeep;
        this.bytesPerSecond = bytesPerSecond;
        this.passes = bytesPerSecond == 0
                ? () -> {}
                : Flux.interval(delay, PASS_MIN, Schedulers.parallel())
                        .onBackpressureDrop()
                        .concatMap(number -> pass(number == 0))
                        .subscribe();
    }

    /** Blobs hashed since the start. */
    public long checked() {
        return checked.get();
    }

    /** Of those, damaged ones. */
    public long damaged() {
        return damaged.get();
    }

    private Mono<Void> pass(boolean first) {
        long skipped = first
                ? ThreadLocalRandom.current().nextLong(Math.max(1, store.usage().blobs()))
                : 0;
        return Mono.defer(() -> store.digests()
                        .skip(skipped)
                        .concatMap(
                                digest -> upkeep.check(digest, bytesPerSecond).onErrorResume(e -> {
                                    LOG.warn("{} could not be checked: {}", digest, e.getMessage());
                                    return Mono.empty();
                                }))
                        .doOnNext(this::count)
                        .then())
                .onErrorResume(e -> {
                    LOG.warn("A pass over the stored files ended early: {}", e.getMessage());
                    return Mono.empty();
                });
    }

    private void count(boolean sound) {
        checked.incrementAndGet();
        if (!sound) {
            damaged.incrementAndGet();
        }
    }

    @Override
    public void close() {
        passes.dispose();
    }
}
