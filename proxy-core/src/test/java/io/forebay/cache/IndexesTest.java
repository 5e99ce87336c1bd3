package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Entry;
import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Nature;
import io.forebay.model.Plan;
import io.forebay.model.ResourceKey;
import io.forebay.model.Snapshot;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How fresh an index is served. */
class IndexesTest {
    private static final Duration STALE = Duration.ofMinutes(11);
    private static final Duration VERY_STALE = Duration.ofHours(2);

    @TempDir
    Path directory;

    private final byte[] old = "one".getBytes(StandardCharsets.US_ASCII);
    private final byte[] fresh = "two".getBytes(StandardCharsets.US_ASCII);

    private CacheFixture held() {
        return held(CacheFixture.in(directory));
    }

    private CacheFixture held(CacheFixture fixture) {
        fixture.origin.on("/i", Reply.of(200, old, "etag: \"1\""));
        assertThat(fixture.get(fixture.index("/i")).bytes()).isEqualTo(old);
        fixture.awaitLanded();
        return fixture;
    }

    private static void advance(CacheFixture fixture, Duration by) {
        fixture.now.updateAndGet(now -> now.plus(by));
    }

    @Test
    @DisplayName("failures 33: a fresh index is served without a request")
    void open_fresh_isAHit() {
        try (CacheFixture fixture = held()) {
            advance(fixture, Duration.ofMinutes(9));
            Reading again = fixture.get(fixture.index("/i"));
            assertThat(again.bytes()).isEqualTo(old);
            assertThat(again.answer().status().value()).isEqualTo("forebay; hit; ttl=60");
            assertThat(again.answer().age()).isEqualTo(Duration.ofMinutes(9));
            assertThat(fixture.origin.requests("/i")).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "reliability 47: an origin whose clock is at {0}: an index is as old here as it is here")
    @ValueSource(strings = {"Mon, 01 Jan 1990 00:00:00 GMT", "Tue, 01 Jan 2036 00:00:00 GMT"})
    void open_clockOfTheOriginFarOff_ageIsOurs(String time) {
        String[] far = {"date: " + time, "last-modified: " + time, "age: 999999999", "expires: " + time};
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/i", Reply.of(200, old, far));
            assertThat(fixture.get(fixture.index("/i")).bytes()).isEqualTo(old);
            fixture.awaitLanded();
            fixture.origin.on("/i", Reply.of(200, fresh, far));
            advance(fixture, Duration.ofMinutes(9));
            Reading again = fixture.get(fixture.index("/i"));
            assertThat(again.bytes()).isEqualTo(old);
            assertThat(again.answer().status().kind()).isEqualTo(CacheStatus.Kind.HIT);
            assertThat(again.answer().age()).isEqualTo(Duration.ofMinutes(9));
            advance(fixture, VERY_STALE);
            assertThat(fixture.get(fixture.index("/i")).bytes()).isEqualTo(fresh);
        }
    }

    @Test
    @DisplayName("failures 17, invariant 11: a stale index is served at once and revalidated behind the answer")
    void open_stale_isServedAndRevalidatedBehind() {
        try (CacheFixture fixture = held()) {
            CountDownLatch gate = new CountDownLatch(1);
            fixture.origin.on("/i", (request, wire) -> {
                Scripts.await(gate);
                Reply.of(200, fresh, "etag: \"2\"").send(request, wire);
            });
            advance(fixture, STALE);
            Reading stale = fixture.get(fixture.index("/i"));
            assertThat(stale.bytes()).isEqualTo(old);
            assertThat(stale.answer().status().kind()).isEqualTo(CacheStatus.Kind.STALE);
            assertThat(stale.answer().age()).isEqualTo(STALE);
            gate.countDown();
            CacheFixture.await("revision", () -> new String(
                            fixture.get(fixture.index("/i")).bytes(), StandardCharsets.US_ASCII)
                    .equals("two"));
            assertThat(fixture.origin.requests("/i")).isEqualTo(2);
            assertThat(fixture.origin.requests().get(1).header("if-none-match")).hasValue("\"1\"");
        }
    }

    @Test
    @DisplayName("failures 17: a 304 makes it fresh again")
    void open_staleAndUnchanged_isFreshAgain() {
        try (CacheFixture fixture = held()) {
            fixture.origin.on("/i", Reply.raw("HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n"));
            advance(fixture, VERY_STALE);
            Reading reading = fixture.get(fixture.index("/i"));
            assertThat(reading.bytes()).isEqualTo(old);
            assertThat(reading.answer().status().value()).isEqualTo("forebay; fwd=stale; fwd-status=304");
            assertThat(reading.answer().age()).isZero();
            assertThat(fixture.get(fixture.index("/i")).answer().status().kind())
                    .isEqualTo(CacheStatus.Kind.HIT);
            assertThat(fixture.origin.requests("/i")).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("failures 17: staler than stale-while-revalidate: revalidated first, and both revisions are kept")
    void open_veryStaleAndChanged_isTheNewRevision() {
        try (CacheFixture fixture = held()) {
            fixture.origin.on("/i", Reply.of(200, fresh, "etag: \"2\""));
            advance(fixture, VERY_STALE);
            Reading reading = fixture.get(fixture.index("/i"));
            assertThat(reading.bytes()).isEqualTo(fresh);
            assertThat(reading.answer().status().value()).isEqualTo("forebay; fwd=stale; fwd-status=200");
            assertThat(fixture.catalog
                            .revisions(fixture.candidate("/i").key())
                            .collectList()
                            .block(CacheFixture.PATIENCE))
                    .hasSize(2);
        }
    }

    @Test
    @DisplayName("failures 6: a revision that is cut does not replace the one held")
    void open_revalidationCut_keepsTheOld() {
        byte[] large = CacheFixture.bytes(300_000);
        try (CacheFixture fixture = held()) {
            fixture.origin.on("/i", Scripts.cut(large, 100_000));
            advance(fixture, VERY_STALE);
            Reading reading = fixture.get(fixture.index("/i"));
            assertThat(reading.bytes()).isEqualTo(old);
            assertThat(reading.answer().status().kind()).isEqualTo(CacheStatus.Kind.STALE);
            fixture.awaitNothingLeft();
        }
    }

    @Test
    @DisplayName("failures 18, invariant 11: stale beats error, up to stale-if-error")
    void open_originDown_staleUpToALimit() {
        try (CacheFixture fixture = held()) {
            fixture.origin.on("/i", Scripts.status(500));
            advance(fixture, VERY_STALE);
            assertThat(fixture.get(fixture.index("/i")).answer().status().kind())
                    .isEqualTo(CacheStatus.Kind.STALE);
            advance(fixture, Duration.ofDays(31));
            assertThat(fixture.failure(fixture.index("/i")).kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
        }
    }

    @Test
    @DisplayName("failures 18 and 32: a revalidation that failed is not tried again by each client")
    void open_originDown_isAskedOnceForAWhile() {
        CacheOptions options = CacheFixture.with(Duration.ofMinutes(1), Duration.ofMinutes(1), 1 << 30, 0);
        try (CacheFixture fixture = held(CacheFixture.in(directory, options))) {
            fixture.origin.on("/i", Scripts.status(500));
            advance(fixture, VERY_STALE);
            for (int i = 0; i < 3; i++) {
                Reading reading = fixture.get(fixture.index("/i"));
                assertThat(reading.answer().status().kind()).isEqualTo(CacheStatus.Kind.STALE);
                assertThat(fixture.origin.requests("/i")).isEqualTo(2);
            }
        }
    }

    @Test
    @DisplayName("failures 18: once the origin said 404 behind an answer, the index is no longer served")
    void open_staleAndGoneUpstream_isNotFoundFromThenOn() {
        try (CacheFixture fixture = held()) {
            fixture.origin.on("/i", Scripts.status(404));
            advance(fixture, STALE);
            assertThat(fixture.get(fixture.index("/i")).answer().status().kind())
                    .isEqualTo(CacheStatus.Kind.STALE);
            CacheFixture.await("not found", () -> {
                try (Answer answer = fixture.open(fixture.index("/i"))) {
                    return false;
                } catch (ForebayException e) {
                    return e.kind() == Kind.NOT_FOUND;
                }
            });
        }
    }

    @Test
    @DisplayName("failures 18 and 30, invariant 10: only the origin's own 404 takes an index away")
    void open_goneUpstream_isNotFound() {
        try (CacheFixture fixture = held()) {
            fixture.origin.on("/i", Scripts.status(404));
            advance(fixture, VERY_STALE);
            assertThat(fixture.failure(fixture.index("/i")).kind()).isEqualTo(Kind.NOT_FOUND);
        }
    }

    @Test
    @DisplayName("failures 17: an origin that does not answer a revalidation holds a client up for a limited time")
    void open_revalidationHangs_staleAfterTheWait() {
        CacheOptions defaults = CacheOptions.DEFAULTS;
        CacheOptions impatient = new CacheOptions(
                defaults.indexTtl(),
                defaults.staleWhileRevalidate(),
                Duration.ofMillis(200),
                defaults.staleIfError(),
                defaults.notFoundTtl(),
                defaults.failureTtl(),
                defaults.memoryBytes(),
                defaults.keepAbandonedBytes(),
                0,
                defaults.diskPatience(),
                defaults.fetches());
        try (CacheFixture fixture = CacheFixture.in(directory, impatient)) {
            fixture.origin.on("/i", Reply.of(200, old));
            fixture.get(fixture.index("/i"));
            fixture.awaitLanded();
            fixture.origin.on("/i", (request, wire) -> wire.stall());
            advance(fixture, VERY_STALE);
            assertThat(fixture.get(fixture.index("/i")).answer().status().kind())
                    .isEqualTo(CacheStatus.Kind.STALE);
        }
    }

    // ---- three forms, one generation

    private static Plan.Verbatim form(CacheFixture fixture, String path, String... siblings) {
        List<Candidate> others = new ArrayList<>();
        for (String sibling : siblings) {
            others.add(fixture.candidate(sibling));
        }
        return CacheFixture.verbatim(
                Nature.INDEX, Snapshot.LATEST, fixture.candidate(path).withSiblings(others));
    }

    @Test
    @DisplayName("failures 17: when one form of an index has changed, the others that are held change with it")
    void open_oneFormChanged_allAreOneGeneration() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            Plan.Verbatim a = form(fixture, "/a", "/b");
            Plan.Verbatim b = form(fixture, "/b", "/a");
            fixture.origin.on("/a", Reply.of(200, old)).on("/b", Reply.of(200, old));
            // Each by itself: the second form of an index that comes has the first one looked after.
            fixture.get(fixture.index("/a"));
            fixture.get(fixture.index("/b"));
            fixture.awaitLanded();
            fixture.origin.on("/a", Reply.of(200, fresh)).on("/b", Reply.of(200, fresh));
            advance(fixture, VERY_STALE);
            assertThat(fixture.get(a).bytes()).isEqualTo(fresh);
            Reading other = fixture.get(b);
            assertThat(other.bytes()).isEqualTo(fresh);
            assertThat(other.answer().status().kind()).isEqualTo(CacheStatus.Kind.HIT);
        }
    }

    @Test
    @DisplayName("failures 17: a form that cannot be had keeps the whole generation back")
    void open_siblingFails_generationStays() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            Plan.Verbatim a = form(fixture, "/a", "/b");
            Plan.Verbatim b = form(fixture, "/b", "/a");
            fixture.origin.on("/a", Reply.of(200, old)).on("/b", Reply.of(200, old));
            // Each by itself: the second form of an index that comes has the first one looked after.
            fixture.get(fixture.index("/a"));
            fixture.get(fixture.index("/b"));
            fixture.awaitLanded();
            fixture.origin.on("/a", Reply.of(200, fresh)).on("/b", Scripts.status(500));
            advance(fixture, VERY_STALE);
            assertThat(fixture.get(a).bytes()).isEqualTo(old);
            assertThat(fixture.get(b).bytes()).isEqualTo(old);
        }
    }

    @Test
    @DisplayName("failures 17: two forms revalidated at the same time are revalidated one after the other")
    void open_twoFormsAtOnce_noRequestTwice() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            Plan.Verbatim a = form(fixture, "/a", "/b");
            Plan.Verbatim b = form(fixture, "/b", "/a");
            fixture.origin.on("/a", Reply.of(200, old)).on("/b", Reply.of(200, old));
            // Each by itself: the second form of an index that comes has the first one looked after.
            fixture.get(fixture.index("/a"));
            fixture.get(fixture.index("/b"));
            fixture.awaitLanded();
            CountDownLatch gate = new CountDownLatch(1);
            byte[] otherFresh = "TWO".getBytes(StandardCharsets.US_ASCII);
            fixture.origin.on("/a", Scripts.gated(fresh, 0, gate)).on("/b", Scripts.gated(otherFresh, 0, gate));
            advance(fixture, VERY_STALE);
            BodyReader first = fixture.begin(a);
            CacheFixture.await("revalidation", () -> fixture.origin.requests().size() == 3);
            BodyReader second = fixture.begin(b);
            gate.countDown();
            assertThat(first.awaitEnd().bytes()).isEqualTo(fresh);
            assertThat(second.awaitEnd().bytes()).isEqualTo(otherFresh);
            assertThat(fixture.origin.requests()).hasSize(4);
        }
    }

    @Test
    @DisplayName("failures 17: that one form is unchanged says nothing of another that is asked for meanwhile")
    void open_twoFormsAtOnceFirstUnchanged_secondIsAskedForToo() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            Plan.Verbatim a = form(fixture, "/a", "/b");
            Plan.Verbatim b = form(fixture, "/b", "/a");
            fixture.origin.on("/a", Reply.of(200, old)).on("/b", Reply.of(200, old));
            fixture.get(fixture.index("/a"));
            fixture.get(fixture.index("/b"));
            fixture.awaitLanded();
            CountDownLatch gate = new CountDownLatch(1);
            fixture.origin.on("/a", Scripts.gated(old, 0, gate)).on("/b", Reply.of(200, fresh));
            advance(fixture, VERY_STALE);
            BodyReader first = fixture.begin(a);
            CacheFixture.await("revalidation", () -> fixture.origin.requests().size() == 3);
            BodyReader second = fixture.begin(b);
            gate.countDown();
            assertThat(first.awaitEnd().bytes()).isEqualTo(old);
            assertThat(second.awaitEnd().bytes()).isEqualTo(fresh);
            fixture.origin.on("/a", Reply.of(200, fresh));
            advance(fixture, VERY_STALE);
            assertThat(fixture.get(a).bytes()).isEqualTo(fresh);
        }
    }

    @Test
    @DisplayName("failures 17: a form that the origin no longer has holds the others back no more")
    void open_siblingGone_othersChange() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            Plan.Verbatim a = form(fixture, "/a", "/b");
            fixture.origin.on("/a", Reply.of(200, old)).on("/b", Reply.of(200, old));
            fixture.get(fixture.index("/a"));
            fixture.get(fixture.index("/b"));
            fixture.awaitLanded();
            fixture.origin.on("/a", Reply.of(200, fresh)).on("/b", Scripts.status(404));
            advance(fixture, VERY_STALE);
            assertThat(fixture.get(a).bytes()).isEqualTo(fresh);
            assertThat(fixture.failure(form(fixture, "/b", "/a")).kind()).isEqualTo(Kind.NOT_FOUND);
            assertThat(fixture.origin.requests("/b")).isEqualTo(2);
        }
    }

    @ParameterizedTest(
            name = "failures 17: a form that comes for the first time has the held ones looked after: page {0}")
    @ValueSource(booleans = {false, true})
    void open_formComesFirst_heldFormIsRevalidatedBehind(boolean page) {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Reply.of(200, old));
            fixture.get(fixture.index("/a"));
            fixture.awaitLanded();
            byte[] large = CacheFixture.bytes(300_000);
            fixture.origin.on("/a", Reply.of(200, fresh)).on("/b", Reply.of(200, large));
            Plan.Verbatim b = form(fixture, "/b", "/a");
            Reading first = fixture.get(
                    page
                            ? CacheFixture.page(
                                    Snapshot.LATEST, false, b.candidates().get(0))
                            : b);
            assertThat(first.bytes()).isEqualTo(large);
            assertThat(first.answer().status().kind()).isEqualTo(CacheStatus.Kind.MISS);
            CacheFixture.await(
                    "revision", () -> fixture.get(fixture.index("/a")).bytes()[0] == 't');
            fixture.awaitNothingLeft();
            assertThat(fixture.store.isRead(fixture.catalog
                            .find(fixture.candidate("/b").key())
                            .block(CacheFixture.PATIENCE)
                            .digest()))
                    .isFalse();
        }
    }

    // ---- dates

    private static Plan.Verbatim dated(CacheFixture fixture, String date) {
        return CacheFixture.verbatim(Nature.INDEX, Snapshot.of(LocalDate.parse(date)), fixture.candidate("/i"));
    }

    /** Makes the held revision one of the past, before another is fetched. */
    private static void backdate(CacheFixture fixture, Instant seen) {
        ResourceKey key = fixture.candidate("/i").key();
        Entry entry = fixture.catalog.find(key).block(CacheFixture.PATIENCE);
        fixture.catalog.forget(key).block(CacheFixture.PATIENCE);
        fixture.catalog
                .commit(List.of(new Entry(
                        key, entry.nature(), entry.digest(), entry.size(), entry.head(), entry.base(), seen, seen)))
                .block(CacheFixture.PATIENCE);
    }

    @Test
    @DisplayName("snapshots: a day has the revision that was the newest at its end, for ever")
    void open_dated_isTheRevisionOfTheDay() {
        try (CacheFixture fixture = held()) {
            backdate(fixture, Instant.parse("2026-02-01T10:00:00Z"));
            fixture.origin.on("/i", Reply.of(200, fresh, "etag: \"2\""));
            assertThat(fixture.get(fixture.index("/i")).bytes()).isEqualTo(fresh);
            advance(fixture, Duration.ofDays(1));
            Reading past = fixture.get(dated(fixture, "2026-02-01"));
            assertThat(past.bytes()).isEqualTo(old);
            assertThat(past.answer().lifetime()).isEqualTo(PackageCache.PAST_DAY);
            assertThat(past.answer().immutable()).isFalse();
            assertThat(past.answer().age()).isZero();
            assertThat(past.answer().standing()).isEmpty();
            try (Answer head = fixture.head(dated(fixture, "2026-02-02"))) {
                assertThat(head.lifetime()).isEqualTo(PackageCache.PAST_DAY);
                assertThat(head.body().length()).hasValue(old.length);
            }
            assertThat(fixture.get(dated(fixture, "2026-03-09")).bytes()).isEqualTo(old);
            assertThat(fixture.get(dated(fixture, "2026-03-10")).bytes()).isEqualTo(fresh);
            ForebayException before = fixture.failure(dated(fixture, "2026-01-31"));
            assertThat(before.kind()).isEqualTo(Kind.NOT_FOUND);
            assertThat(before).hasMessageContaining("dates work from 2026-02-01 on");
            assertThat(fixture.origin.requests("/i")).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("snapshots: a day before history is asked of the origin's own snapshots, once")
    void open_datedBeforeHistory_isTheOriginsSnapshot() {
        try (CacheFixture fixture = held()) {
            fixture.origin.on("/2020/i", Reply.of(200, fresh));
            Candidate own = Candidate.of(new ResourceKey("s", "i", "2020-01-01"), fixture.origin.url("/2020/i"));
            Plan.Verbatim plan = CacheFixture.verbatim(
                    Nature.INDEX,
                    Snapshot.of(LocalDate.parse("2020-01-01")),
                    fixture.candidate("/i").withDated(own));
            assertThat(fixture.get(plan).bytes()).isEqualTo(fresh);
            advance(fixture, Duration.ofDays(300));
            assertThat(fixture.get(plan).bytes()).isEqualTo(fresh);
            assertThat(fixture.origin.requests("/2020/i")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("snapshots: a day that is not over is served as now")
    void open_today_isTheNewest() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/i", Reply.of(200, old));
            Reading today = fixture.get(dated(fixture, "2026-03-10"));
            assertThat(today.bytes()).isEqualTo(old);
            assertThat(today.answer().lifetime()).isEqualTo(CacheOptions.DEFAULTS.indexTtl());
        }
    }

    @Test
    @DisplayName("snapshots: a past day of what was never seen is not found, and it is told from when on dates work")
    void open_datedAndNeverSeen_isNotFound() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/i", Reply.of(200, old));
            ForebayException failure = fixture.failure(dated(fixture, "2026-03-01"));
            assertThat(failure.kind()).isEqualTo(Kind.NOT_FOUND);
            assertThat(failure).hasMessageContaining("dates work from 2026-03-10 on");
            assertThat(fixture.origin.requests()).isEmpty();
        }
    }

    @Test
    @DisplayName("snapshots: a page that leaves out by itself what is newer is made of the newest before history")
    void open_datedPageThatReachesBack_isOfTheNewest() {
        try (CacheFixture fixture = held()) {
            Snapshot past = Snapshot.of(LocalDate.parse("2026-01-31"));
            assertThat(fixture.get(CacheFixture.page(past, true, fixture.candidate("/i")))
                            .bytes())
                    .isEqualTo(old);
            assertThat(fixture.failure(CacheFixture.page(past, false, fixture.candidate("/i")))
                            .kind())
                    .isEqualTo(Kind.NOT_FOUND);
        }
    }

    @Test
    @DisplayName("snapshots: a revision of the past whose bytes are lost is no 404")
    void open_datedAndLost_isUnavailable() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            // Larger than what is kept in memory.
            fixture.origin.on("/i", Reply.of(200, CacheFixture.bytes(300_000)));
            fixture.get(fixture.index("/i"));
            fixture.awaitLanded();
            advance(fixture, Duration.ofDays(1));
            fixture.store
                    .delete(fixture.catalog
                            .find(fixture.candidate("/i").key())
                            .block(CacheFixture.PATIENCE)
                            .digest())
                    .block(CacheFixture.PATIENCE);
            assertThat(fixture.failure(dated(fixture, "2026-03-10")).kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
        }
    }

    @Test
    void purge_index_newestIsForgottenAndHistoryStays() {
        try (CacheFixture fixture = held()) {
            backdate(fixture, Instant.parse("2026-02-01T10:00:00Z"));
            fixture.origin.on("/i", Reply.of(200, fresh, "etag: \"2\""));
            assertThat(fixture.get(fixture.index("/i")).bytes()).isEqualTo(fresh);
            ResourceKey key = fixture.candidate("/i").key();
            assertThat(fixture.cache.purge(key).block(CacheFixture.PATIENCE)).isTrue();
            CacheFixture.await("blobs", () -> fixture.store.usage().blobs() == 1);
            assertThat(fixture.get(dated(fixture, "2026-02-01")).bytes()).isEqualTo(old);
        }
    }

    // ---- more sources than one

    @Test
    void open_firstSourceHasNone_isTheSecondsUnlessTheFirstOwnsTheName() {
        try (CacheFixture fixture = held()) {
            byte[] list = ("pkg a " + "0".repeat(64) + "\n").getBytes(StandardCharsets.US_ASCII);
            fixture.origin.on("/index", Reply.of(200, list)).on("/down", Scripts.status(500));
            Candidate none = fixture.candidate("/none");
            Candidate second = fixture.candidate("t", "/i");
            assertThat(fixture.get(index(none, second)).bytes()).isEqualTo(old);
            Candidate index = fixture.candidate("/index");
            Candidate other = none.withListing(CacheFixture.listed(index, "other", "x"));
            assertThat(fixture.get(index(other, second)).bytes()).isEqualTo(old);
            Candidate owner = none.withListing(CacheFixture.listed(index, "pkg", "x"));
            assertThat(fixture.failure(index(owner, second)).kind()).isEqualTo(Kind.NOT_FOUND);
            assertThat(fixture.failure(index(fixture.candidate("/down"), second))
                            .kind())
                    .isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(fixture.failure(index(none)).kind()).isEqualTo(Kind.NOT_FOUND);
        }
    }

    private static Plan.Verbatim index(Candidate... candidates) {
        return CacheFixture.verbatim(Nature.INDEX, Snapshot.LATEST, candidates);
    }
}
