package io.forebay.cache;

import io.forebay.catalog.Catalog;
import io.forebay.catalog.Catalog.Idle;
import io.forebay.model.Nature;
import io.forebay.store.BlobStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Keeps the store below its limit. The limit itself is the hard mark: the store refuses what would go beyond, and that body is
 * passed through uncached. From the soft mark on this class makes room, down to {@link #SLACK} below it; also for what was just
 * refused, so that the same body is kept when it is asked for again.
 *
 * <p>What goes: what was kept of unfinished downloads; of the {@link #WINDOW} blobs unused for longest, those first whose idle time, weighed by what they free for the
 * time it costs to fetch them again, is the greatest ({@link #weight}). Never: what somebody reads or what is being fetched (it
 * has no row yet), what did not come from an origin by HTTP, the newest revision of an index. A superseded revision of an index
 * cannot be had again from anywhere, so it counts as ten times less idle; but not even history may starve the cache.
 *
 * <p>Row before bytes: a blob is deleted when no row names it any more.
 *
 * <p>Threads: works on a thread of its own, never on an event loop; figures may be read by any thread. Failure: a round that
 * fails is logged and the next look tries again; nothing is lost by it but time.
 */
public final class Eviction implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Eviction.class);

    /** Blobs looked at together: about 200 bytes each; the most recently used of them are not touched in the round. */
    static final int WINDOW = 1_000;

    /** How far below the soft mark a round goes, as a part of the limit, so that rounds are few. */
    private static final double SLACK = 0.02;

    /** From this part of the limit on, a refused body is taken for one that is too large for this store. */
    private static final double TOO_LARGE = 0.5;

    /** A round trip with its handshake, in seconds. */
    private static final double ROUND_TRIP = 0.2;

    /** Bytes a second of an origin that is neither near nor slow. */
    private static final double ORIGIN_PACE = 10e6;

    private static final double HISTORY = 0.1;

    /** How often who waits for the end of a round looks: a blob is deleted in less. */
    private static final Duration STOP_LOOKS = Duration.ofMillis(20);

    private final BlobStore store;
    private final Catalog catalog;
    private final double softPart;
    private final InstantSource clock;
    private final Scheduler thread = Schedulers.newSingle("eviction", true);
    private final AtomicLong wanted = new AtomicLong();
    private final AtomicBoolean running = new AtomicBoolean();
    private final AtomicInteger pauses = new AtomicInteger();
    private final AtomicLong evicted = new AtomicLong();
    private final AtomicLong evictedBytes = new AtomicLong();
    private final Disposable looks;

    /**
     * Begins to look.
     *
     * @param softPart the soft mark as a part of the store's limit: more than 0, at most 1
     * @param every how often it looks, from memory
     */
    public Eviction(BlobStore store, Catalog catalog, double softPart, Duration every, InstantSource clock) {
        if (!(softPart > 0 && softPart <= 1)) {
            throw new IllegalArgumentException("the soft mark must be a part of the limit: " + softPart);
        }
        this.store = store;
        this.catalog = catalog;
        this.softPart = softPart;
        this.clock = clock;
        store.onRefused(bytes -> wanted.accumulateAndGet(bytes, Math::max));
        this.looks = Flux.interval(every, thread)
                .onBackpressureDrop()
                .concatMap(tick -> look().onErrorResume(e -> {
                    LOG.warn("No room could be made: {}", e.getMessage());
                    return Mono.empty();
                }))
                .subscribe();
    }

    /**
     * What was evicted since the start.
     *
     * @param blobs how many
     * @param bytes of them
     */
    public record Evicted(long blobs, long bytes) {}

    public Evicted evicted() {
        return new Evicted(evicted.get(), evictedBytes.get());
    }

    /** Nothing is evicted until the work has ended, which begins when a running round has stopped: for what copies the store. */
    public <T> Flux<T> pausedDuring(Flux<T> work) {
        return Flux.using(
                pauses::incrementAndGet, paused -> stopped().thenMany(work), paused -> pauses.decrementAndGet());
    }

    /** A round that is under way ends with the blob it is at. */
    private Mono<Void> stopped() {
        return Mono.defer(() -> running.get()
                ? Flux.interval(STOP_LOOKS, thread)
                        .takeUntil(tick -> !running.get())
                        .then()
                : Mono.empty());
    }

    /** Makes room if the soft mark is passed. At most one such round runs at a time; a second one does nothing. */
    Mono<Void> look() {
        return Mono.defer(() -> {
            if (pauses.get() > 0 || excess(softPart) <= 0 || !running.compareAndSet(false, true)) {
                return Mono.empty();
            }
            long before = evictedBytes.get();
            return round().doFinally(signal -> {
                running.set(false);
                wanted.set(0);
                LOG.info(
                        "Evicted {} bytes, {} are kept",
                        evictedBytes.get() - before,
                        store.room().usedBytes());
            });
        });
    }

    /** How far the store is beyond a part of its limit, in bytes. */
    private long excess(double part) {
        BlobStore.Room room = store.room();
        long refused = wanted.get();
        long needed = refused > room.limitBytes() * TOO_LARGE ? 0 : refused;
        return room.usedBytes() + room.claimedBytes() + needed - (long) (room.limitBytes() * part);
    }

    /** Parts first, which only save a fetch; then window by window, until there is room or nothing more to be had. */
    private Mono<Void> round() {
        return store.dropParts(Duration.ZERO)
                .thenMany(Mono.defer(this::window).repeat(this::isToGo).takeUntil(freed -> freed == 0))
                .then();
    }

    private boolean isToGo() {
        return pauses.get() == 0 && excess(softPart - SLACK) > 0;
    }

    /** Bytes freed from one window. */
    private Mono<Long> window() {
        Instant now = clock.instant();
        return catalog.idle(WINDOW)
                .distinct(Idle::digest)
                .filter(idle -> !store.isRead(idle.digest()))
                .collectList()
                .publishOn(thread)
                .flatMap(idle -> Flux.fromIterable(firstToGo(idle, now))
                        .concatMap(one -> Mono.defer(() -> isToGo() ? evict(one) : Mono.just(0L)))
                        .reduce(0L, Long::sum));
    }

    /** The more dispensable half, so that weight counts for something even when much must go; all when there are few. */
    private static List<Idle> firstToGo(List<Idle> idle, Instant now) {
        List<Idle> sorted = idle.stream()
                .sorted(Comparator.comparingDouble((Idle one) -> -weight(one, now)))
                .toList();
        return sorted.subList(0, sorted.size() > 2 ? (sorted.size() + 1) / 2 : sorted.size());
    }

    /**
     * How dispensable a blob is: seconds idle, times the fourth root of the bytes freed for each second of fetching again. The root
     * lets a file of 100 MB go before one of 1 KB when it was idle for a sixth of the time, and not for a thousandth.
     */
    static double weight(Idle idle, Instant now) {
        double seconds = Math.max(1, Duration.between(idle.used(), now).toSeconds());
        double cost = ROUND_TRIP + idle.size() / ORIGIN_PACE;
        double weight = seconds * Math.sqrt(Math.sqrt(Math.max(1, idle.size()) / cost));
        return idle.nature() == Nature.INDEX ? weight * HISTORY : weight;
    }

    private Mono<Long> evict(Idle idle) {
        return catalog.forgetIdle(idle)
                .filter(forgotten -> forgotten)
                .flatMap(forgotten -> Blobs.deleteUnnamed(store, catalog, idle.digest()))
                .map(deleted -> {
                    if (!deleted) {
                        return 0L;
                    }
                    evicted.incrementAndGet();
                    evictedBytes.addAndGet(idle.size());
                    return idle.size();
                })
                .defaultIfEmpty(0L);
    }

    @Override
    public void close() {
        looks.dispose();
        thread.dispose();
    }
}
