package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Algorithm;
import io.forebay.model.Candidate;
import io.forebay.model.Expectation;
import io.forebay.model.Head;
import io.forebay.model.Listed;
import io.forebay.model.Listing;
import io.forebay.model.ListingReader;
import io.forebay.model.ResourceKey;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.scheduler.Schedulers;

class ListingsTest {
    private static final long MEMORY_BYTES = 1_000;

    private final AtomicInteger reads = new AtomicInteger();

    @TempDir
    Path directory;

    /** Says nothing, and takes more memory than there is for listings. */
    private final ListingReader heavy = new ListingReader() {
        @Override
        public String id() {
            return "heavy";
        }

        @Override
        public Set<Algorithm> algorithms() {
            return Set.of();
        }

        @Override
        public Listing read(ResourceKey key, Head head, byte[] body) {
            reads.incrementAndGet();
            return new Listing() {
                @Override
                public boolean owns(String packageName) {
                    return true;
                }

                @Override
                public Optional<Expectation> expectation(String file) {
                    return Optional.empty();
                }

                @Override
                public long weight() {
                    return 50 * MEMORY_BYTES;
                }
            };
        }
    };

    @Test
    void held_largerThanTheMemory_isReadOnce() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/index", Reply.of(200, CacheFixture.bytes(100)));
            fixture.get(fixture.index("/index"));
            fixture.awaitLanded();
            Listings listings = new Listings(
                    fixture.catalog, new Blobs(fixture.store, MEMORY_BYTES), Schedulers.boundedElastic(), MEMORY_BYTES);
            Candidate index = fixture.candidate("s", "/index");
            for (int i = 0; i < 5; i++) {
                Listed listed = new Listed(List.of(index), heavy, "pkg", "file" + i);
                assertThat(listings.held(listed).block(CacheFixture.PATIENCE)).isNotNull();
            }
            assertThat(reads).hasValue(1);
        }
    }
}
