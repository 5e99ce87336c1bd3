package io.forebay.cache;

import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import io.forebay.model.ListingReader;
import io.forebay.store.Draft;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * Whether an index may be believed. What cannot be read (a page to log in to, a cut archive) is no index; one that lists nothing
 * does not take the place of one that did. What was read is kept as the listing of its files. Safe for use by many threads.
 */
final class IndexJudge {
    /** An index of this size in any of its forms lists something. */
    private static final long FILLED_BYTES = 512;

    private final Catalog catalog;
    private final Listings listings;

    IndexJudge(Catalog catalog, Listings listings) {
        this.catalog = catalog;
        this.listings = listings;
    }

    /** What is wrong with the index that a flight brought, in words. */
    Mono<Optional<String>> fault(Flight flight, Optional<Entry> held, Head head, Draft.Sum sum) {
        Candidate index = flight.candidate();
        Optional<ListingReader> reader = index.reader();
        if (reader.isEmpty() || flight.fill().isPassThrough() || sum.size() > Listings.INDEX_BYTES_MAX) {
            return Mono.just(Optional.empty());
        }
        return listings.read(sum.digest(), index, head, reader.get(), () -> bytes(flight.fill(), (int) sum.size()))
                .map(listing -> listing.isEmpty() && listedMore(index, held, sum)
                        ? Optional.of("an index that lists nothing, where packages were listed")
                        : Optional.<String>empty())
                .onErrorResume(
                        ForebayException.class, failure -> Mono.just(Optional.of("no index: " + failure.getMessage())));
    }

    private boolean listedMore(Candidate index, Optional<Entry> held, Draft.Sum sum) {
        return held.or(() -> catalog.hot(index.key()))
                        .filter(entry -> entry.size() > sum.size())
                        .isPresent()
                || index.siblings().stream()
                        .flatMap(sibling -> catalog.hot(sibling.key()).stream())
                        .anyMatch(entry -> entry.size() > FILLED_BYTES);
    }

    private static byte[] bytes(Fill fill, int size) throws IOException {
        Draft draft = fill.draft();
        if (draft == null) {
            return Arrays.copyOf(fill.small(), size);
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        FileChannel channel = draft.channel().orElseThrow(() -> new EOFException("a draft without a file"));
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, bytes.position()) < 0) {
                throw new EOFException("a draft shorter than it was");
            }
        }
        return bytes.array();
    }
}
