package io.forebay.cache;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import io.forebay.model.Candidate;
import io.forebay.model.Digest;
import io.forebay.model.Expectation;
import io.forebay.model.Head;
import io.forebay.model.Listed;
import io.forebay.model.Listing;
import io.forebay.model.ListingReader;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** What held indexes say of packages and files. A listing is derived from one revision and kept while memory allows. */
final class Listings {
    private static final Logger LOG = LoggerFactory.getLogger(Listings.class);

    /** The largest index that is read whole for what it promises. */
    static final long INDEX_BYTES_MAX = 256L << 20;

    private record Key(Digest digest, String reader) {}

    private final Catalog catalog;
    private final Blobs blobs;
    private final Scheduler workers;
    private final AsyncCache<Key, Listing> listings;

    Listings(Catalog catalog, Blobs blobs, Scheduler workers, long memoryBytes) {
        this.catalog = catalog;
        this.blobs = blobs;
        this.workers = workers;
        this.listings = Caffeine.newBuilder()
                .maximumWeight(memoryBytes)
                .weigher((Key key, Listing listing) -> weight(listing, memoryBytes))
                .buildAsync();
    }

    /**
     * None counts as more than half of the memory. One that did not fit would be read again for each file that it lists, which
     * needs as much memory, and a core.
     */
    private static int weight(Listing listing, long memoryBytes) {
        return (int) Math.min(Math.min(listing.weight(), memoryBytes / 2), Integer.MAX_VALUE);
    }

    /** What the held forms of an index promise of the file; empty when none is held or it cannot be read. */
    Mono<Expectation> expectation(Listed listed) {
        return held(listed).map(listing -> listing.expectation(listed.file()).orElse(Expectation.NONE));
    }

    /** The listing from the first form that is held and can be read. */
    Mono<Listing> held(Listed listed) {
        return Flux.fromIterable(listed.forms())
                .concatMap(
                        form -> entry(form)
                                .flatMap(entry -> read(entry, listed.reader()))
                                .onErrorResume(e -> {
                                    LOG.warn("{} promises nothing: {}", form.key(), e.getMessage());
                                    return Mono.empty();
                                }),
                        1)
                .next();
    }

    private Mono<Entry> entry(Candidate form) {
        Optional<Entry> hot = catalog.hot(form.key());
        return hot.map(Mono::just).orElseGet(() -> catalog.find(form.key()));
    }

    /** The listing of one revision. */
    Mono<Listing> read(Entry entry, ListingReader reader) {
        return read(entry.digest(), reader, () -> blobs.read(entry.digest(), INDEX_BYTES_MAX)
                .publishOn(workers)
                .map(body -> reader.read(entry.key(), entry.head(), body)));
    }

    /** The listing of bytes that are not stored yet, which are read by a worker. */
    Mono<Listing> read(Digest digest, Candidate index, Head head, ListingReader reader, Callable<byte[]> body) {
        return read(digest, reader, () -> Mono.fromCallable(() -> reader.read(index.key(), head, body.call()))
                .subscribeOn(workers));
    }

    private Mono<Listing> read(Digest digest, ListingReader reader, Supplier<Mono<Listing>> reading) {
        Key key = new Key(digest, reader.id());
        return Mono.fromFuture(
                () -> listings.get(key, (k, executor) -> reading.get().toFuture()), true);
    }
}
