package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Entry;
import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an answer says of its age, and for how long it holds. */
class AnswersTest {
    private static final CacheOptions OPTIONS = CacheOptions.DEFAULTS;
    private static final Instant NOW = CacheFixture.START;
    private static final Duration YOUNG = Duration.ofMinutes(1);
    private static final Duration OLD = Duration.ofMinutes(7);
    private static final Pages.Page PAGE = new Pages.Page(Head.EMPTY, new byte[] {1}, Optional.empty(), "\"g\"", false);

    @TempDir
    Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    private CacheFixture fixture;
    private Answers answers;

    @BeforeEach
    void open() {
        fixture = CacheFixture.in(directory);
        answers = new Answers(fixture.catalog, new Blobs(fixture.store, 1 << 20), OPTIONS, now::get);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static Entry entry(Nature nature, Duration age) {
        Instant validated = NOW.minus(age);
        return new Entry(
                ResourceKey.of("s", "x"),
                nature,
                new Digest("0".repeat(64)),
                1,
                Head.EMPTY,
                "http://127.0.0.1/x",
                validated,
                validated);
    }

    private static Indexes.Resolved part(Duration age, CacheStatus.Kind how) {
        return Indexes.Resolved.of(entry(Nature.INDEX, age), how);
    }

    @Test
    void page_ofSeveralParts_isAsOldAsTheOldestAndComesAsTheWorst() {
        Indexes.Resolved young = part(YOUNG, CacheStatus.Kind.REVALIDATED);
        Indexes.Resolved old = part(OLD, CacheStatus.Kind.HIT);
        for (List<Indexes.Resolved> parts : List.of(List.of(young, old), List.of(old, young))) {
            Answer answer = answers.page(PAGE, parts, false);
            assertThat(answer.age()).isEqualTo(OLD);
            assertThat(answer.lifetime()).isEqualTo(OPTIONS.indexTtl());
            assertThat(answer.status().kind()).isEqualTo(CacheStatus.Kind.REVALIDATED);
            assertThat(answer.status().ttlSeconds())
                    .isEqualTo(OPTIONS.indexTtl().minus(YOUNG).toSeconds());
            assertThat(answer.standing()).isEmpty();
        }
    }

    @Test
    void page_allPartsFresh_stands() {
        Indexes.Resolved hit = part(OLD, CacheStatus.Kind.HIT);
        assertThat(answers.page(PAGE, List.of(hit), false).standing()).isPresent();
    }

    @Test
    void page_outdated_isNotReusedAndDoesNotStand() {
        Answer answer = answers.page(PAGE.asOutdated(), List.of(part(OLD, CacheStatus.Kind.HIT)), false);
        assertThat(answer.age()).isEqualTo(OLD);
        assertThat(answer.lifetime()).isEqualTo(OLD);
        assertThat(answer.standing()).isEmpty();
    }

    @Test
    void page_ofAPastDay_hasNoAgeAndALifetimeOfItsOwn() {
        Answer answer = answers.page(PAGE, List.of(part(OLD, CacheStatus.Kind.HIT)), true);
        assertThat(answer.age()).isZero();
        assertThat(answer.lifetime()).isEqualTo(PackageCache.PAST_DAY);
        assertThat(answer.standing()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void stored_onlyAHitStands(CacheStatus.Kind kind) {
        Answer answer =
                answers.stored(entry(Nature.ARTIFACT, OLD), MemoryBody.of(new byte[] {1}), CacheStatus.of(kind), true);
        assertThat(answer.standing().isPresent()).isEqualTo(kind == CacheStatus.Kind.HIT);
        assertThat(answer.lifetime()).isEqualTo(PackageCache.FOR_EVER);
        Answer index =
                answers.stored(entry(Nature.INDEX, OLD), MemoryBody.of(new byte[] {1}), CacheStatus.of(kind), false);
        assertThat(index.lifetime()).isEqualTo(OPTIONS.indexTtl());
        assertThat(index.age()).isEqualTo(OLD);
    }

    private Standing standing(Entry entry, boolean immutable) {
        fixture.catalog.commit(List.of(entry)).block(CacheFixture.PATIENCE);
        return answers.stored(entry, MemoryBody.of(new byte[] {1}), CacheStatus.of(CacheStatus.Kind.HIT), immutable)
                .standing()
                .orElseThrow();
    }

    @Test
    void standing_ofAnIndex_holdsUntilItIsStale() {
        Standing standing = standing(entry(Nature.INDEX, YOUNG), false);
        assertThat(standing.holds()).isTrue();
        assertThat(standing.age()).isEqualTo(YOUNG);
        assertThat(standing.status().value())
                .isEqualTo(
                        "forebay; hit; ttl=" + OPTIONS.indexTtl().minus(YOUNG).toSeconds());
        now.set(NOW.plus(OPTIONS.indexTtl()).minus(YOUNG));
        assertThat(standing.holds()).isFalse();
    }

    @Test
    void standing_ofWhatHasANewRevisionOrIsForgotten_holdsNoMore() {
        Entry entry = entry(Nature.INDEX, YOUNG);
        Standing standing = standing(entry, false);
        Entry next = new Entry(
                entry.key(), entry.nature(), new Digest("1".repeat(64)), 1, Head.EMPTY, entry.base(), NOW, NOW);
        fixture.catalog.commit(List.of(next)).block(CacheFixture.PATIENCE);
        assertThat(standing.holds()).isFalse();
        Standing other = standing(next, false);
        assertThat(other.holds()).isTrue();
        fixture.catalog.forget(entry.key()).block(CacheFixture.PATIENCE);
        assertThat(other.holds()).isFalse();
    }

    @Test
    void standing_ofAnArtifact_holdsForEver() {
        Standing standing = standing(entry(Nature.ARTIFACT, OLD), true);
        now.set(NOW.plus(Duration.ofDays(1_000)));
        assertThat(standing.holds()).isTrue();
        assertThat(standing.status().value()).isEqualTo("forebay; hit; ttl=" + PackageCache.FOR_EVER.toSeconds());
    }
}
