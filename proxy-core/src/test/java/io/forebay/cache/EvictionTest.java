package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.catalog.Catalog.Idle;
import io.forebay.model.Digest;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import io.forebay.store.Blob;
import io.forebay.store.BlobStore;
import io.forebay.store.Draft;
import io.forebay.store.StoreException;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What goes when the disk fills, and what never does. */
class EvictionTest {
    private static final Duration NEVER = Duration.ofDays(1);
    private static final int LIMIT = 1_000_000;
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

    @TempDir
    Path directory;

    private Shelf shelf;
    private Eviction eviction;

    @BeforeEach
    void open() {
        shelf = new Shelf(directory, LIMIT);
        eviction = new Eviction(shelf.store, shelf.catalog, 0.9, NEVER, InstantSource.fixed(NOW));
    }

    @AfterEach
    void close() {
        eviction.close();
        shelf.close();
    }

    private void look() {
        eviction.look().block(Shelf.WAIT);
    }

    private static Instant daysAgo(int days) {
        return NOW.minus(Duration.ofDays(days));
    }

    private boolean isKept(Digest digest) {
        boolean stored = shelf.store.contains(digest);
        assertThat(shelf.catalog.isNamed(digest).block(Shelf.WAIT))
                .as("rows agree with bytes")
                .isEqualTo(stored);
        return stored;
    }

    @Test
    void look_belowTheSoftMark_nothingGoes() {
        Digest one = shelf.artifact("a.whl", 800_000, daysAgo(99));
        look();
        assertThat(isKept(one)).isTrue();
        assertThat(eviction.evicted().blobs()).isZero();
    }

    @Test
    void look_pastTheSoftMarkByAPart_onlyThePartGoes() {
        Digest kept = shelf.artifact("a.whl", 800_000, daysAgo(99));
        Draft draft = shelf.store.draft(OptionalLong.of(190_000), Set.of());
        draft.append(Unpooled.wrappedBuffer(new byte[150_000]));
        draft.suspend(kept, new byte[0]).block(Shelf.WAIT);
        look();
        assertThat(isKept(kept)).isTrue();
        assertThat(shelf.store.room().usedBytes()).isEqualTo(800_000);
        assertThat(shelf.store.resume(kept, Set.of())).isEmpty();
    }

    @Test
    void look_pastTheSoftMark_thoseUnusedForLongestGoUntilThereIsRoom() {
        Digest oldest = shelf.artifact("a.whl", 310_000, daysAgo(30));
        Digest newest = shelf.artifact("b.whl", 310_000, daysAgo(1));
        Digest middle = shelf.artifact("c.whl", 310_000, daysAgo(10));
        look();
        assertThat(isKept(oldest)).isFalse();
        assertThat(isKept(middle)).isTrue();
        assertThat(isKept(newest)).isTrue();
        assertThat(eviction.evicted()).isEqualTo(new Eviction.Evicted(1, 310_000));
        assertThat(shelf.catalog.hot(ResourceKey.of("pypi", "a.whl"))).isEmpty();
    }

    @Test
    void look_blobThatSomebodyReads_stays() {
        Digest read = shelf.artifact("a.whl", 310_000, daysAgo(30));
        Digest other = shelf.artifact("b.whl", 310_000, daysAgo(10));
        shelf.artifact("c.whl", 310_000, daysAgo(1));
        try (Blob pinned = shelf.store.open(read).block(Shelf.WAIT)) {
            look();
            assertThat(pinned.size()).isEqualTo(310_000);
            assertThat(isKept(read)).isTrue();
            assertThat(isKept(other)).isFalse();
        }
    }

    @Test
    void look_onlyWhatMustStay_stays() {
        Digest upload = shelf.keep("u.whl", Nature.ARTIFACT, Shelf.bytes(480_000, 1), "upload:u.whl", daysAgo(300));
        Digest page = shelf.keep(
                "simple/", Nature.INDEX, Shelf.bytes(480_000, 2), "https://origin.test/simple/", daysAgo(300));
        look();
        assertThat(isKept(upload)).isTrue();
        assertThat(isKept(page)).isTrue();
    }

    @Test
    void look_supersededRevision_goesAfterArtifactsIdleForATenthOfItsTime() {
        Digest history = shelf.keep(
                "simple/", Nature.INDEX, Shelf.bytes(310_000, 1), "https://origin.test/simple/", daysAgo(90));
        Digest newest = shelf.keep(
                "simple/", Nature.INDEX, Shelf.bytes(310_001, 2), "https://origin.test/simple/", daysAgo(50));
        Digest file = shelf.artifact("a.whl", 310_000, daysAgo(20));
        look();
        assertThat(isKept(file)).isFalse();
        assertThat(isKept(history)).isTrue();
        shelf.artifact("b.whl", 310_000, daysAgo(2));
        look();
        assertThat(isKept(history)).as("not even history starves the cache").isFalse();
        assertThat(isKept(newest)).isTrue();
    }

    @Test
    @DisplayName(
            "reliability 69: a body refused at the hard mark is passed through; the next time there is room for it")
    void look_afterARefusal_makesRoomForIt() {
        Digest idle = shelf.artifact("a.whl", 800_000, daysAgo(3));
        assertThatThrownBy(() -> shelf.store.draft(OptionalLong.of(300_000), Set.of()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.FULL));
        look();
        assertThat(isKept(idle)).isFalse();
        Draft draft = shelf.store.draft(OptionalLong.of(300_000), Set.of());
        draft.abort();
        assertThat(draft.failure()).isEmpty();
    }

    @Test
    void look_refusalThatWasDealtWith_makesRoomNoSecondTime() {
        shelf.artifact("a.whl", 800_000, daysAgo(3));
        assertThatThrownBy(() -> shelf.store.draft(OptionalLong.of(300_000), Set.of()))
                .isInstanceOf(StoreException.class);
        look();
        Digest next = shelf.artifact("b.whl", 650_000, daysAgo(2));
        look();
        assertThat(isKept(next)).isTrue();
    }

    @Test
    void look_claimsOfWhatIsBeingFetched_count() {
        Digest idle = shelf.artifact("a.whl", 700_000, daysAgo(3));
        Draft draft = shelf.store.draft(OptionalLong.of(250_000), Set.of());
        try {
            look();
            assertThat(isKept(idle)).isFalse();
        } finally {
            draft.abort();
        }
    }

    @Test
    void look_thoseIdleForLongestFreeTooLittle_othersGoInTheSameRound() {
        Digest[] small = {shelf.artifact("a.whl", 10_000, daysAgo(300)), shelf.artifact("b.whl", 10_000, daysAgo(300))};
        Digest large = shelf.artifact("c.whl", 940_000, daysAgo(1));
        look();
        assertThat(small).noneMatch(this::isKept);
        assertThat(isKept(large)).isFalse();
        assertThat(eviction.evicted()).isEqualTo(new Eviction.Evicted(3, 960_000));
    }

    @Test
    void look_refusalOfWhatCanNeverFit_emptiesNothing() {
        Digest idle = shelf.artifact("a.whl", 500_000, daysAgo(3));
        assertThatThrownBy(() -> shelf.store.draft(OptionalLong.of(LIMIT * 2L), Set.of()))
                .isInstanceOf(StoreException.class);
        look();
        assertThat(isKept(idle)).isTrue();
    }

    @Test
    void look_whilePaused_nothingGoes() {
        Digest idle = shelf.artifact("a.whl", 950_000, daysAgo(3));
        Flux<String> copying = Flux.defer(() -> {
            look();
            assertThat(isKept(idle)).isTrue();
            return Flux.just("copied");
        });
        assertThat(eviction.pausedDuring(copying).blockLast(Shelf.WAIT)).isEqualTo("copied");
        look();
        assertThat(isKept(idle)).isFalse();
    }

    @Test
    void pausedDuring_whileARoundRuns_beginsAfterItsEnd() {
        for (int i = 0; i < 38; i++) {
            shelf.artifact("a" + i + ".whl", 25_000, daysAgo(3));
        }
        AtomicLong seen = new AtomicLong(-1);
        Mono<Void> round = eviction.look();
        Mono<Void> copy = eviction.pausedDuring(
                        Flux.defer(() -> Flux.just(eviction.evicted().blobs())))
                .doOnNext(seen::set)
                .then();
        Mono.when(round, copy).block(Shelf.WAIT);
        assertThat(eviction.evicted().blobs()).as("while it was copied").isEqualTo(seen.get());
        look();
        assertThat(shelf.store.usage().bytes()).isLessThanOrEqualTo(900_000);
    }

    @Test
    void pausedDuring_roundThatTakesLong_isWaitedFor() {
        shelf.artifact("a.whl", 950_000, daysAgo(3));
        Sinks.Empty<Long> parts = Sinks.empty();
        BlobStore slow = BlobsTest.answering(shelf.store, "dropParts", parts::asMono);
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try (Eviction own = new Eviction(slow, shelf.catalog, 0.9, NEVER, InstantSource.fixed(NOW))) {
            own.look().onErrorComplete().subscribe();
            AtomicLong copied = new AtomicLong();
            own.pausedDuring(Flux.just(1L)).subscribe(copied::set);
            time.advanceTimeBy(Duration.ofMinutes(1));
            assertThat(copied).hasValue(0);
            parts.tryEmitError(new IllegalStateException("the round fails"));
            time.advanceTimeBy(Duration.ofSeconds(1));
            assertThat(copied).hasValue(1);
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    @ParameterizedTest
    @CsvSource({"-0.1, false", "0, false", "0.01, true", "1, true", "1.01, false"})
    void softMark_partOfTheLimit_orRefused(double part, boolean accepted) {
        ThrowingCallable making =
                () -> new Eviction(shelf.store, shelf.catalog, part, NEVER, InstantSource.fixed(NOW)).close();
        if (accepted) {
            assertThatCode(making).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(making).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void look_manySmallOnes_goBatchByBatch() {
        shelf.artifact("large.whl", 500_000, daysAgo(1));
        for (int i = 0; i < 500; i++) {
            shelf.artifact("small-" + i, 900, daysAgo(30).plusSeconds(i));
        }
        assertThat(shelf.store.usage().bytes()).isEqualTo(950_000);
        look();
        assertThat(shelf.store.usage().bytes()).isLessThanOrEqualTo(880_000).isGreaterThan(870_000);
        assertThat(shelf.store.contains(Shelf.digest(Shelf.bytes(900, "small-0".hashCode()))))
                .isFalse();
        assertThat(shelf.store.contains(Shelf.digest(Shelf.bytes(900, "small-499".hashCode()))))
                .isTrue();
    }

    @Test
    void weight_growsWithIdleTime_slowlyWithSize_andLittleForHistory() {
        double small = Eviction.weight(idle(Nature.ARTIFACT, 1_000, 10), NOW);
        double large = Eviction.weight(idle(Nature.ARTIFACT, 100_000_000, 10), NOW);
        assertThat(large / small).isBetween(6.0, 7.0);
        assertThat(Eviction.weight(idle(Nature.ARTIFACT, 1_000, 100), NOW)).isGreaterThan(large);
        assertThat(Eviction.weight(idle(Nature.INDEX, 1_000, 99), NOW)).isLessThan(small);
    }

    private static Idle idle(Nature nature, long size, int days) {
        return new Idle(new Digest("0".repeat(64)), nature, size, daysAgo(days));
    }
}
