package io.forebay.cache;

import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import io.forebay.catalog.Notes;
import io.forebay.model.Digest;
import io.forebay.store.BlobStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Brings rows and bytes to agree, on demand: the work behind {@code gc} and {@code verify}. All of it may run while the cache
 * serves; row before bytes when something is removed, so that a crash leaves at most bytes that the next run finds.
 *
 * <p>Threads: never blocks, works on the signals of store and catalog, which are no event loops. Failure: that of store or
 * catalog ends the run; what was done stays done.
 */
public final class Upkeep {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

    /** What was stopped in the middle is asked for again within minutes, or by the next working week. */
    private static final Duration PART_AGE_MAX = Duration.ofDays(7);

    private final BlobStore store;
    private final Catalog catalog;
    private final Duration keepRevisions;
    private final InstantSource clock;

    /** @param keepRevisions how long every revision of an index is kept; older ones are thinned to the last of each day (UTC) */
    public Upkeep(BlobStore store, Catalog catalog, Duration keepRevisions, InstantSource clock) {
        this.store = store;
        this.catalog = catalog;
        this.keepRevisions = keepRevisions;
        this.clock = clock;
    }

    /**
     * What a collection did.
     *
     * @param thinnedBlobs bodies of revisions of indexes that were thinned out
     * @param orphans blobs that no row named and from whose notes none could be made: deleted
     * @param restoredRows rows that were missing and made from notes
     * @param lostRows rows whose blob was gone: forgotten, so that what they named is fetched again
     */
    public record Collected(long thinnedBlobs, long orphans, long restoredRows, long lostRows) {}

    /**
     * What a verification found and did.
     *
     * @param blobs that were hashed
     * @param damaged that were not what their names say: deleted, rows forgotten, put in quarantine
     * @param lostRows as in {@link Collected}
     * @param restoredRows as in {@link Collected}
     */
    public record Verified(long blobs, long damaged, long lostRows, long restoredRows) {}

    /**
     * Drops what nobody has gone on with, thins history, then removes what nothing names.
     *
     * @param progress told of blobs thinned out, looked for and looked at so far
     */
    public Mono<Collected> collect(LongConsumer progress) {
        return Mono.defer(() -> {
            AtomicLong done = new AtomicLong();
            Consumer<Digest> looked = digest -> progress.accept(done.incrementAndGet());
            return store.dropParts(PART_AGE_MAX).then(thin(looked)).flatMap(thinned -> lostRows(looked)
                    .flatMap(lost -> unnamed(looked)
                            .flatMap(digests -> restored(digests).flatMap(restored -> Flux.fromIterable(digests)
                                    .concatMap(digest -> Blobs.deleteUnnamed(store, catalog, digest))
                                    .filter(deleted -> deleted)
                                    .count()
                                    .map(orphans -> new Collected(thinned, orphans, restored, lost))))));
        });
    }

    /**
     * Hashes every blob and compares rows with blobs.
     *
     * @param progress told of blobs done and blobs in all
     */
    public Mono<Verified> verify(BiConsumer<Long, Long> progress) {
        return Mono.defer(() -> {
            long total = store.usage().blobs();
            AtomicLong done = new AtomicLong();
            return store.digests()
                    .concatMap(digest -> check(digest, Long.MAX_VALUE)
                            .doOnNext(sound -> progress.accept(done.incrementAndGet(), total)))
                    .filter(sound -> !sound)
                    .count()
                    .flatMap(damaged -> lostRows(digest -> {}).flatMap(lost -> unnamed(digest -> {})
                            .flatMap(this::restored)
                            .map(restored -> new Verified(done.get(), damaged, lost, restored))));
        });
    }

    /** Whether a blob is sound; one that is not is removed and told of. Empty when there is none (any more). */
    Mono<Boolean> check(Digest digest, long bytesPerSecond) {
        return store.rehash(digest, bytesPerSecond)
                .flatMap(sound -> sound ? Mono.just(true) : remove(digest).thenReturn(false));
    }

    private Mono<Void> remove(Digest digest) {
        LOG.error("{} is damaged on disk and is removed; what it held is fetched again when it is asked for", digest);
        return catalog.naming(digest)
                .doOnNext(entry -> catalog.quarantine(new Catalog.Quarantined(
                        entry.key(), entry.base(), "the stored bytes were damaged", clock.instant())))
                .then(catalog.forget(digest))
                .then(store.delete(digest));
    }

    private Mono<Long> thin(Consumer<Digest> looked) {
        Instant before = clock.instant().minus(keepRevisions);
        return catalog.thin(before)
                .doOnNext(looked)
                .concatMap(digest -> Blobs.deleteUnnamed(store, catalog, digest))
                .filter(deleted -> deleted)
                .count();
    }

    /** A row is durable before its flight ends and its bytes were before it, so a row without bytes has lost them. */
    private Mono<Long> lostRows(Consumer<Digest> looked) {
        return catalog.digests()
                .doOnNext(looked)
                .filter(digest -> !store.contains(digest))
                .collectList()
                .flatMapMany(Flux::fromIterable)
                .concatMap(digest -> {
                    LOG.warn("{} is gone from the disk: its rows are forgotten", digest);
                    return catalog.forget(digest).thenReturn(digest);
                })
                .count();
    }

    /** Blobs that no row names: none but after a crash, so the set is small. */
    private Mono<Set<Digest>> unnamed(Consumer<Digest> looked) {
        return catalog.digests()
                .collect(DigestPrefixes::new, DigestPrefixes::add)
                .flatMap(named -> store.digests()
                        .doOnNext(looked)
                        .filter(digest -> !named.contains(digest))
                        .collect(HashSet::new, Set::add));
    }

    private Mono<Long> restored(Set<Digest> unnamed) {
        if (unnamed.isEmpty()) {
            return Mono.just(0L);
        }
        return catalog.rebuild(store.notes().<Entry>handle((note, sink) -> Notes.read(note)
                .filter(entry -> unnamed.contains(entry.digest()))
                .ifPresent(sink::next)));
    }
}
