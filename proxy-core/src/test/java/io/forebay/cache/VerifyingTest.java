package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Catalog;
import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Nature;
import io.forebay.model.Plan;
import io.forebay.model.Snapshot;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nothing is a hit that was not verified. */
class VerifyingTest {
    private static final CacheOptions OPTIONS =
            CacheFixture.with(Duration.ofMinutes(1), Duration.ofMinutes(1), 1 << 30, 0);

    @TempDir
    Path directory;

    private final byte[] good = CacheFixture.bytes(300_000);
    private final byte[] bad = CacheFixture.bytes(300_001);
    private final byte[] small = CacheFixture.bytes(3_000);

    private static List<Catalog.Quarantined> quarantined(CacheFixture fixture) {
        return fixture.catalog.quarantined(10).collectList().block(CacheFixture.PATIENCE);
    }

    @Test
    @DisplayName(
            "failures 8, invariants 4 and 5: a large body that is not what was promised is cut, quarantined, fetched once more past caches")
    void fetch_largeAndWrong_isCutAndFetchedAgain() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/a", (request, wire) -> {
                boolean pastCaches = request.header("cache-control").equals(java.util.Optional.of("no-cache"));
                Reply.of(200, pastCaches ? good : bad).send(request, wire);
            });
            Reading reading = fixture.get(fixture.promised("/a", good));
            assertThat(reading.failure()).map(ForebayException::kind).hasValue(Kind.CORRUPT);
            assertThat(reading.bytes().length).isLessThan(bad.length);
            fixture.awaitLanded();
            Reading again = fixture.get(fixture.promised("/a", good));
            assertThat(again.bytes()).isEqualTo(good);
            assertThat(again.answer().status().kind()).isEqualTo(CacheStatus.Kind.HIT);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
            CacheFixture.await("quarantine", () -> quarantined(fixture).size() == 1);
            assertThat(fixture.cache.refusals()).isEqualTo(1);
            assertThat(quarantined(fixture).get(0).reason()).contains(CacheFixture.sha256(good));
        }
    }

    @Test
    @DisplayName(
            "failures 8 and 32: a small body that is wrong for ever: a clean failure, two requests, then remembered")
    void fetch_smallAndWrongForEver_isRememberedAfterTwoRequests() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/a", Reply.of(200, small));
            assertThat(fixture.failure(fixture.promised("/a", good)).kind()).isEqualTo(Kind.CORRUPT);
            fixture.awaitLanded();
            for (int i = 0; i < 5; i++) {
                assertThat(fixture.failure(fixture.promised("/a", good)).kind()).isEqualTo(Kind.CORRUPT);
            }
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
            assertThat(fixture.store.usage().blobs()).isZero();
        }
    }

    @Test
    @DisplayName(
            "failures 6 and 8: an HTML page and an empty answer where a wheel should be are refused and quarantined")
    void fetch_notAWheel_isRefused() {
        byte[] html = "<!DOCTYPE html><title>log in</title>".getBytes(StandardCharsets.US_ASCII);
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/a.whl", Reply.of(200, html)).on("/b.whl", Reply.of(200, new byte[0]));
            fixture.origin.on("/c.unknown", Reply.of(200, new byte[0]));
            for (String path : List.of("/a.whl", "/b.whl", "/c.unknown")) {
                assertThat(fixture.failure(fixture.artifact(path)).kind())
                        .as(path)
                        .isEqualTo(Kind.CORRUPT);
                fixture.awaitLanded();
                assertThat(fixture.origin.requests(path)).isEqualTo(2);
            }
            CacheFixture.await("quarantine", () -> quarantined(fixture).size() >= 3);
            assertThat(fixture.store.usage().blobs()).isZero();
        }
    }

    @Test
    void fetch_smallInPiecesWithoutALength_isStoredAsItCame() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/a", (request, wire) -> {
                wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e8\r\n");
                wire.send(Arrays.copyOf(small, 1_000));
                wire.send("\r\n7d0\r\n");
                wire.send(Arrays.copyOfRange(small, 1_000, 3_000));
                wire.send("\r\n0\r\n\r\n");
            });
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(small);
            fixture.awaitLanded();
            assertThat(fixture.cache.hotBytes()).isGreaterThan(small.length);
            Reading again = fixture.get(fixture.artifact("/a"));
            assertThat(again.answer().status().kind()).isEqualTo(CacheStatus.Kind.HIT);
            assertThat(again.bytes()).isEqualTo(small);
        }
    }

    // ---- an index that promises

    private static byte[] index(byte[] file) {
        return ("pkg a " + CacheFixture.sha256(file) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static Plan.Verbatim listed(CacheFixture fixture, String source) {
        Candidate index = fixture.candidate(source, "/index");
        return CacheFixture.artifact(
                fixture.candidate(source, "/a").withListing(CacheFixture.listed(index, "pkg", "a")));
    }

    @Test
    @DisplayName("failures 8: the index is older than the file: the index is fetched once more, and the file accepted")
    void fetch_indexOlderThanFile_isAcceptedAfterOneLook() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/index", Scripts.sequence(Reply.of(200, index(bad)), Reply.of(200, index(good))));
            fixture.origin.on("/a", Reply.of(200, good));
            fixture.get(fixture.index("/index"));
            fixture.awaitLanded();
            assertThat(fixture.get(listed(fixture, "s")).bytes()).isEqualTo(good);
            fixture.awaitLanded();
            assertThat(fixture.get(listed(fixture, "s")).answer().status().kind())
                    .isEqualTo(CacheStatus.Kind.HIT);
            assertThat(fixture.origin.requests("/index")).isEqualTo(2);
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName(
            "failures 8: an index that was fetched once more and does not vouch for the file is no reason to accept it")
    void fetch_indexFetchedAgainDoesNotVouch_isRefused() {
        byte[] other = ("pkg b " + CacheFixture.sha256(good) + "\n").getBytes(StandardCharsets.US_ASCII);
        for (byte[] again : List.of(other, md5Index(good))) {
            try (CacheFixture fixture = CacheFixture.in(directory.resolve(CacheFixture.md5(again)), OPTIONS)) {
                fixture.origin.on("/index", Scripts.sequence(Reply.of(200, index(bad)), Reply.of(200, again)));
                fixture.origin.on("/a", Reply.of(200, good));
                fixture.get(fixture.index("/index"));
                fixture.awaitLanded();
                Reading reading = fixture.get(listed(fixture, "s"));
                assertThat(reading.failure()).map(ForebayException::kind).hasValue(Kind.CORRUPT);
            }
        }
    }

    private static byte[] md5Index(byte[] file) {
        return ("pkg a " + CacheFixture.md5(file) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    @DisplayName("reliability 33: a file that is asked for before its index is held against the index all the same")
    void fetch_fileBeforeIndex_isVerified() {
        for (byte[] index : List.of(index(good), md5Index(good))) {
            Path own = directory.resolve(CacheFixture.md5(index));
            try (CacheFixture fixture = CacheFixture.in(own, OPTIONS)) {
                fixture.origin.on("/index", Reply.of(200, index)).on("/a", Reply.of(200, bad));
                Reading reading = fixture.get(listed(fixture, "s"));
                assertThat(reading.failure()).map(ForebayException::kind).hasValue(Kind.CORRUPT);
                assertThat(reading.bytes().length).isLessThan(bad.length);
                fixture.awaitLanded();
                fixture.origin.on("/a", Reply.of(200, good));
                assertThat(fixture.get(listed(fixture, "s")).bytes()).isEqualTo(good);
                assertThat(fixture.origin.requests("/index")).isGreaterThanOrEqualTo(1);
            }
        }
    }

    @Test
    @DisplayName("reliability 33: the index that a file is held against is the first form of it that the origin has")
    void fetch_fileBeforeIndexOfAnotherForm_isVerified() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/index", Reply.of(200, index(good))).on("/a", Reply.of(200, bad));
            List<Candidate> forms = List.of(fixture.candidate("/none"), fixture.candidate("/index"));
            Reading reading = fixture.get(
                    CacheFixture.artifact(fixture.candidate("/a").withListing(CacheFixture.listed(forms, "pkg", "a"))));
            assertThat(reading.failure()).map(ForebayException::kind).hasValue(Kind.CORRUPT);
        }
    }

    @Test
    @DisplayName("the index that is fetched beside a file delays no byte but the last")
    void fetch_fileBeforeASlowIndex_firstBytesAreServed() {
        CountDownLatch gate = new CountDownLatch(1);
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/index", Scripts.gated(index(good), 0, gate)).on("/a", Reply.of(200, good));
            BodyReader reader = fixture.begin(listed(fixture, "s"));
            reader.awaitBytes(good.length - 1);
            gate.countDown();
            assertThat(reader.awaitEnd().bytes()).isEqualTo(good);
        }
    }

    @Test
    @DisplayName("an index that cannot be had keeps no file back")
    void fetch_fileWithoutIndex_isServed() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/index", Scripts.status(500)).on("/a", Reply.of(200, good));
            assertThat(fixture.get(listed(fixture, "s")).bytes()).isEqualTo(good);
        }
    }

    // ---- an index that is none

    private static final byte[] PORTAL =
            "<html><body>Please log in here</body></html>".getBytes(StandardCharsets.US_ASCII);

    @Test
    @DisplayName("reliability 34: a page to log in to is no index: refused, not stored, fetched when it is there")
    void fetch_portalInsteadOfAnIndex_isRefused() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/index", Reply.of(200, PORTAL));
            assertThat(fixture.failure(fixture.judged("/index")).kind()).isEqualTo(Kind.CORRUPT);
            fixture.awaitLanded();
            assertThat(fixture.store.usage().blobs()).isZero();
            fixture.origin.on("/index", Reply.of(200, index(good)));
            CacheFixture.await("the index", () -> {
                try {
                    return Arrays.equals(fixture.get(fixture.judged("/index")).bytes(), index(good));
                } catch (ForebayException e) {
                    return false;
                }
            });
        }
    }

    @Test
    @DisplayName(
            "reliability 34: neither a portal nor an empty answer takes the place of an index that lists something")
    void revalidate_portalOrNothing_oldIndexStays() {
        for (byte[] wrong : List.of(PORTAL, new byte[0])) {
            try (CacheFixture fixture = CacheFixture.in(directory.resolve("of-" + wrong.length), OPTIONS)) {
                fixture.origin.on("/index", Reply.of(200, index(good)));
                assertThat(fixture.get(fixture.judged("/index")).bytes()).isEqualTo(index(good));
                fixture.awaitLanded();
                fixture.origin.on("/index", Reply.of(200, wrong));
                fixture.now.set(CacheFixture.START.plus(Duration.ofDays(1)));
                Reading stale = fixture.get(fixture.judged("/index"));
                assertThat(stale.bytes()).isEqualTo(index(good));
                assertThat(stale.answer().status().kind()).isEqualTo(CacheStatus.Kind.STALE);
            }
        }
    }

    @Test
    @DisplayName("reliability 34: an index that was always empty may be")
    void fetch_emptyIndex_isServed() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/index", Reply.of(200, new byte[0]));
            assertThat(fixture.get(fixture.judged("/index")).bytes()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"512, true", "513, false"})
    @DisplayName(
            "reliability 34: an index that lists nothing is refused when another form of it is held that lists something")
    void fetch_emptyIndexBesideAFilledForm_isRefused(int held, boolean believed) {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin
                    .on("/form", Reply.of(200, CacheFixture.bytes(held)))
                    .on("/index", Reply.of(200, new byte[0]));
            fixture.get(fixture.index("/form"));
            fixture.awaitLanded();
            Candidate index = fixture.judged("/index").candidates().get(0);
            Plan.Verbatim plan = CacheFixture.verbatim(
                    Nature.INDEX, Snapshot.LATEST, index.withSiblings(List.of(fixture.candidate("/form"))));
            if (believed) {
                assertThat(fixture.get(plan).bytes()).isEmpty();
            } else {
                assertThat(fixture.failure(plan).kind()).isEqualTo(Kind.CORRUPT);
            }
        }
    }

    @Test
    @DisplayName("failures 8: the index stands by what it promises: the file is refused")
    void fetch_indexStandsByIt_isRefused() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/index", Reply.of(200, index(good))).on("/a", Reply.of(200, small));
            fixture.get(fixture.index("/index"));
            fixture.awaitLanded();
            assertThat(fixture.failure(listed(fixture, "s")).kind()).isEqualTo(Kind.CORRUPT);
        }
    }

    @Test
    @DisplayName(
            "failures 30: a source that lists the package owns it: the next is not asked for its files, by GET or HEAD")
    void fetch_ownedName_nextSourceIsNotAsked() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/index", Reply.of(200, index(good))).on("/other/a", Reply.of(200, bad));
            Plan.Verbatim both =
                    CacheFixture.artifact(listed(fixture, "s").candidates().get(0), fixture.candidate("t", "/other/a"));
            try {
                fixture.head(both).close();
                throw new AssertionError("HEAD was answered");
            } catch (ForebayException e) {
                assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND);
            }
            assertThat(fixture.failure(both).kind()).isEqualTo(Kind.NOT_FOUND);
            assertThat(fixture.origin.requests("/other/a")).isZero();
        }
    }

    @Test
    @DisplayName("failures 30: what is held of the second source is no hit once the first is known to own the name")
    void open_heldOfSecondSourceAndFirstOwnsTheName_isNotServed() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/index", Reply.of(200, index(good))).on("/other/a", Reply.of(200, bad));
            Candidate second = fixture.candidate("t", "/other/a");
            fixture.get(CacheFixture.artifact(second));
            fixture.get(fixture.index("/index"));
            fixture.awaitLanded();
            Plan.Verbatim owned =
                    CacheFixture.artifact(listed(fixture, "s").candidates().get(0), second);
            assertThat(fixture.failure(owned).kind()).isEqualTo(Kind.NOT_FOUND);
            Candidate other =
                    fixture.candidate("/b").withListing(CacheFixture.listed(fixture.candidate("/index"), "other", "b"));
            assertThat(fixture.get(CacheFixture.artifact(other, second)).bytes())
                    .isEqualTo(bad);
            assertThat(fixture.origin.requests("/b")).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"500, false", "404, true"})
    @DisplayName("failures 30: whether the first source owns the name cannot be told: the next is not asked")
    void fetch_indexOfTheFirstSourceCannotBeHad_nextIsAskedOnlyWhereThereIsNone(int status, boolean asked) {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/index", Scripts.status(status)).on("/other/a", Reply.of(200, good));
            Plan.Verbatim both =
                    CacheFixture.artifact(listed(fixture, "s").candidates().get(0), fixture.candidate("t", "/other/a"));
            if (asked) {
                assertThat(fixture.get(both).bytes()).isEqualTo(good);
            } else {
                assertThat(fixture.failure(both).kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
                assertThat(fixture.origin.requests("/other/a")).isZero();
            }
        }
    }

    @Test
    @DisplayName("failures 18 and 25, invariant 7: what the second source gave is a hit although the first is down")
    void open_heldOfSecondSource_asksNobody() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/other/a", Reply.of(200, good));
            Plan.Verbatim both = CacheFixture.artifact(fixture.candidate("/a"), fixture.candidate("t", "/other/a"));
            assertThat(fixture.get(both).bytes()).isEqualTo(good);
            fixture.awaitLanded();
            fixture.origin.close();
            assertThat(fixture.get(both).bytes()).isEqualTo(good);
        }
    }

    @Test
    @DisplayName("failures 9: HEAD of something that is not held makes no entry, and says 404 and 503 as GET does")
    void head_cold_makesNoEntry() {
        try (CacheFixture fixture = CacheFixture.in(directory, OPTIONS)) {
            fixture.origin.on("/a", Reply.of(200, good, "etag: \"1\"")).on("/down", Scripts.status(503));
            try (Answer head = fixture.head(fixture.artifact("/a"))) {
                assertThat(head.body().length()).hasValue(good.length);
                assertThat(head.head().etag()).hasValue("\"1\"");
            }
            assertThat(fixture.catalog.census().block(CacheFixture.PATIENCE).resources())
                    .isZero();
            assertThat(fixture.cache.flights()).isZero();
            for (String path : List.of("/none", "/down")) {
                ForebayException get = fixture.failure(fixture.artifact(path));
                try {
                    fixture.head(fixture.artifact(path)).close();
                    throw new AssertionError("HEAD was answered");
                } catch (ForebayException e) {
                    assertThat(e.kind()).isEqualTo(get.kind());
                }
            }
        }
    }
}
