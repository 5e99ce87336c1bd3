package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Candidate;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Plan;
import io.forebay.store.BlobStore;
import io.forebay.testing.LiveObjects;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.testing.ScriptedOrigin.Reply;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One upstream request, many clients. */
class FlightsTest {
    private static final String ETAG = "etag: \"v1\"";

    @TempDir
    Path directory;

    private final byte[] large = CacheFixture.bytes(1_000_000);
    private final byte[] small = CacheFixture.bytes(10_000);
    private final CountDownLatch gate = new CountDownLatch(1);

    private static List<BodyReader> begin(CacheFixture fixture, int count, Plan plan) {
        List<BodyReader> readers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            readers.add(fixture.begin(plan));
        }
        return readers;
    }

    @Test
    @DisplayName(
            "failures 1 and 2, invariant 1: 100 clients of a cold file: one upstream request, 100 byte-exact bodies")
    void open_hundredClientsOfAColdFile_oneRequestAndHundredBodies() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.gated(large, 300_000, gate, ETAG));
            List<BodyReader> readers = begin(fixture, 50, fixture.artifact("/a"));
            readers.get(0).awaitBytes(1);
            readers.addAll(begin(fixture, 50, fixture.artifact("/a")));
            gate.countDown();
            for (BodyReader reader : readers) {
                Reading reading = reader.awaitEnd();
                assertThat(reading.failure()).isEmpty();
                assertThat(reading.bytes()).isEqualTo(large);
            }
            assertThat(readers)
                    .filteredOn(reader -> reader.awaitHead().status().kind() == CacheStatus.Kind.MISS)
                    .hasSize(1);
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
            fixture.awaitLanded();
            assertThat(fixture.cache.followers()).isZero();
        }
    }

    @Test
    @DisplayName("failures 5, invariant 2: the first bytes are there while the origin still holds back the rest")
    void open_originHoldsBackTheRest_firstBytesAreServed() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.gated(large, 200_000, gate));
            BodyReader reader = fixture.begin(fixture.artifact("/a"));
            BodyReader follower = fixture.begin(fixture.artifact("/a"));
            reader.awaitBytes(200_000);
            follower.awaitBytes(200_000);
            assertThat(gate.getCount()).isEqualTo(1);
            assertThat(reader.awaitHead().body().length()).hasValue(large.length);
            gate.countDown();
            assertThat(reader.awaitEnd().bytes()).isEqualTo(large);
            assertThat(follower.awaitEnd().bytes()).isEqualTo(large);
        }
    }

    @Test
    @DisplayName("failures 4, invariant 3: the first client leaves, the others are unharmed")
    void leave_firstClient_othersGetAll() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.gated(large, 200_000, gate));
            BodyReader first = fixture.begin(fixture.artifact("/a"));
            first.awaitBytes(1);
            List<BodyReader> others = begin(fixture, 5, fixture.artifact("/a"));
            others.forEach(other -> other.awaitBytes(1));
            first.leave();
            gate.countDown();
            others.forEach(other -> assertThat(other.awaitEnd().bytes()).isEqualTo(large));
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("failures 4 and 5, invariant 3: everybody leaves, the fill goes on, the next request is a hit")
    void leave_everybody_nextRequestIsAHit() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.gated(large, 200_000, gate));
            List<BodyReader> readers = begin(fixture, 3, fixture.artifact("/a"));
            readers.forEach(reader -> reader.awaitBytes(1));
            readers.forEach(BodyReader::leave);
            CacheFixture.await("followers", () -> fixture.cache.followers() == 0);
            gate.countDown();
            fixture.awaitLanded();
            awaitGivenBack(fixture);
            Reading again = fixture.get(fixture.artifact("/a"));
            assertThat(again.answer().status().kind()).isEqualTo(CacheStatus.Kind.HIT);
            assertThat(again.bytes()).isEqualTo(large);
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("failures 4: a client that leaves before it is answered leaves nothing behind")
    void leave_beforeTheFirstByte_nobodyIsCounted() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.gated(large, 0, gate));
            List<BodyReader> readers = begin(fixture, 4, fixture.artifact("/a"));
            CacheFixture.await("request", () -> fixture.origin.requests("/a") == 1);
            readers.subList(0, 3).forEach(BodyReader::leave);
            CacheFixture.await("followers", () -> fixture.cache.followers() == 1);
            gate.countDown();
            assertThat(readers.get(3).awaitEnd().bytes()).isEqualTo(large);
            fixture.awaitLanded();
            assertThat(fixture.cache.followers()).isZero();
        }
    }

    @Test
    @DisplayName("invariant 3: beyond keep-abandoned a fetch for nobody is ended, and the next request begins anew")
    void leave_everybodyBeyondKeepAbandoned_isEnded() {
        CacheOptions options = CacheFixture.with(Duration.ofMinutes(1), Duration.ofMillis(1), 500_000, 0);
        try (CacheFixture fixture = CacheFixture.in(directory, options)) {
            fixture.origin.on("/a", Scripts.sequence(Scripts.gated(large, 200_000, gate), Reply.of(200, large)));
            BodyReader reader = fixture.begin(fixture.artifact("/a"));
            reader.awaitBytes(1);
            reader.leave();
            fixture.awaitNothingLeft();
            Reading again = fixture.get(fixture.artifact("/a"));
            assertThat(again.bytes()).isEqualTo(large);
            assertThat(again.answer().status().kind()).isEqualTo(CacheStatus.Kind.MISS);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
            gate.countDown();
            CacheFixture.await("cut", () -> fixture.origin.openConnections() == 1);
        }
    }

    @Test
    @DisplayName("invariant 3: who comes back to an abandoned fetch takes it off the account of abandoned bytes")
    void leave_againAndAgain_isCountedOnce() {
        CacheOptions options = CacheFixture.with(Duration.ofMinutes(1), Duration.ofMillis(1), 900_000, 0);
        try (CacheFixture fixture = CacheFixture.in(directory, options)) {
            fixture.origin.on("/a", Scripts.gated(large, 200_000, gate));
            for (int i = 0; i < 5; i++) {
                BodyReader reader = fixture.begin(fixture.artifact("/a"));
                reader.awaitBytes(150_000);
                reader.leave();
                CacheFixture.await("followers", () -> fixture.cache.followers() == 0);
            }
            assertThat(fixture.cache.flights()).isEqualTo(1);
            gate.countDown();
            fixture.awaitLanded();
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(large);
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("invariant 3: what was abandoned and is read again is not on the account when another is left")
    void leave_besideOneThatIsReadAgain_isKept() {
        CacheOptions options = CacheFixture.with(Duration.ofMinutes(1), Duration.ofMillis(1), 900_000, 0);
        try (CacheFixture fixture = CacheFixture.in(directory, options)) {
            fixture.origin.on("/a", Scripts.gated(large, 200_000, gate)).on("/b", Scripts.gated(large, 200_000, gate));
            BodyReader first = fixture.begin(fixture.artifact("/a"));
            first.awaitBytes(150_000);
            first.leave();
            CacheFixture.await("followers", () -> fixture.cache.followers() == 0);
            BodyReader again = fixture.begin(fixture.artifact("/a"));
            again.awaitBytes(150_000);
            BodyReader other = fixture.begin(fixture.artifact("/b"));
            other.awaitBytes(150_000);
            other.leave();
            CacheFixture.await("followers", () -> fixture.cache.followers() == 1);
            assertThat(fixture.cache.flights()).isEqualTo(2);
            gate.countDown();
            assertThat(again.awaitEnd().bytes()).isEqualTo(large);
            fixture.awaitLanded();
            assertThat(fixture.get(fixture.artifact("/b")).answer().status().kind())
                    .isEqualTo(CacheStatus.Kind.HIT);
        }
    }

    @Test
    @DisplayName("the end waits until what a client has had whole is stored and recorded")
    void close_wholeBodyOnItsWayToTheDisk_isWaitedFor() throws Exception {
        AtomicReference<FaultyStore> disk = new AtomicReference<>();
        UnaryOperator<BlobStore> wrapping = store -> {
            disk.set(new FaultyStore(store));
            return disk.get();
        };
        try (CacheFixture fixture = CacheFixture.in(directory, CacheOptions.DEFAULTS, wrapping)) {
            Sinks.Empty<Void> slow = Sinks.empty();
            disk.get().beforePut(slow.asMono());
            fixture.origin.on("/a", Reply.of(200, small)).on("/b", Scripts.gated(large, 0, gate));
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(small);
            BodyReader unanswered = fixture.begin(fixture.artifact("/b"));
            CacheFixture.await("request", () -> fixture.origin.requests("/b") == 1);
            AtomicBoolean opened = new AtomicBoolean();
            CompletableFuture<Boolean> inTime = CompletableFuture.supplyAsync(() -> {
                fixture.cache.close();
                return opened.get();
            });
            // The end has begun.
            assertThat(unanswered.awaitFailure()).hasMessageContaining("stops");
            opened.set(true);
            slow.tryEmitEmpty();
            assertThat(inTime.get(CacheFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(fixture.catalog.find(fixture.candidate("/a").key()).block(CacheFixture.PATIENCE))
                    .isNotNull();
            gate.countDown();
        }
    }

    @Test
    @DisplayName("invariant 3: clients leaving at the very moment of the first byte are never forgotten")
    void leave_whileTheFlightOpens_noSeatIsLost() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.otherwise(Reply.of(200, CacheFixture.bytes(70_000), ETAG));
            for (int i = 0; i < 150; i++) {
                List<BodyReader> readers = begin(fixture, 4, fixture.artifact("/" + i));
                Thread.onSpinWait();
                readers.forEach(BodyReader::leave);
            }
            fixture.awaitLanded();
            CacheFixture.await("followers", () -> fixture.cache.followers() == 0);
            assertThat(fixture.cache.flights()).isZero();
        }
    }

    @Test
    @DisplayName("a slow client slows nobody")
    void open_oneClientDoesNotRead_othersFinish() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.gated(large, 200_000, gate));
            BodyReader slow = fixture.begin(fixture.artifact("/a"));
            slow.awaitBytes(1);
            slow.hold();
            BodyReader quick = fixture.begin(fixture.artifact("/a"));
            gate.countDown();
            assertThat(quick.awaitEnd().bytes()).isEqualTo(large);
            fixture.awaitLanded();
            slow.resume();
            assertThat(slow.awaitEnd().bytes()).isEqualTo(large);
            awaitGivenBack(fixture);
        }
    }

    @Test
    @DisplayName("a client that asks to be told of bytes that have come meanwhile is told at once")
    void onMore_bytesAreThere_isToldAtOnce() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.gated(large, 200_000, gate));
            fixture.begin(fixture.artifact("/a")).awaitBytes(200_000);
            AtomicBoolean told = new AtomicBoolean();
            try (Answer answer = fixture.open(fixture.artifact("/a"))) {
                answer.body().onMore(100_000, () -> told.set(true));
                assertThat(told).isTrue();
            }
            gate.countDown();
            fixture.awaitLanded();
        }
    }

    @Test
    @DisplayName("failures 6: cut at half, the origin has ranges: resumed with Range and If-Range, byte-exact")
    void fetch_cutWithRanges_isResumed() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on(
                    "/a", Scripts.sequence(Scripts.cut(large, 500_000, ETAG), Scripts.ranges(large, "\"v1\"")));
            Reading reading = fixture.get(fixture.artifact("/a"));
            assertThat(reading.failure()).isEmpty();
            assertThat(reading.bytes()).isEqualTo(large);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
            assertThat(fixture.origin.requests().get(1).header("range")).hasValue("bytes=500000-");
            assertThat(fixture.origin.requests().get(1).header("if-range")).hasValue("\"v1\"");
            fixture.awaitLanded();
            assertThat(fixture.get(fixture.artifact("/a")).answer().status().kind())
                    .isEqualTo(CacheStatus.Kind.HIT);
        }
    }

    @Test
    @DisplayName(
            "failures 6: cut at half, the origin has no ranges but the same strong validator: the rest is taken from the whole")
    void fetch_cutWithoutRangesSameEtag_isResumed() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.sequence(Scripts.cut(large, 500_000, ETAG), Reply.of(200, large, ETAG)));
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(large);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("failures 6, invariant 5: the file changed while it was fetched: cut, never glued together")
    void fetch_changedBetweenTwoParts_isCut() {
        byte[] other = CacheFixture.bytes(1_000_001);
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on(
                    "/a", Scripts.sequence(Scripts.cut(large, 500_000, ETAG), Reply.of(200, other, "etag: \"v2\"")));
            Reading reading = fixture.get(fixture.artifact("/a"));
            assertThat(reading.isWhole()).isFalse();
            assertThat(Arrays.copyOf(large, reading.bytes().length)).isEqualTo(reading.bytes());
            fixture.awaitLanded();
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(other);
        }
    }

    @Test
    @DisplayName(
            "failures 6, invariants 4 and 5: cut without a validator: every client is cut, nothing is stored, the next fetches")
    void fetch_cutWithoutValidator_cutsEverybody() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            CountDownLatch all = new CountDownLatch(1);
            fixture.origin.on(
                    "/a",
                    Scripts.sequence(
                            (request, wire) -> {
                                Scripts.head(wire, 200, large.length);
                                wire.send(Arrays.copyOf(large, 300_000));
                                Scripts.await(all);
                                wire.close();
                            },
                            Reply.of(200, large)));
            List<BodyReader> readers = begin(fixture, 10, fixture.artifact("/a"));
            readers.forEach(reader -> reader.awaitBytes(300_000));
            all.countDown();
            for (BodyReader reader : readers) {
                Reading reading = reader.awaitEnd();
                assertThat(reading.failure()).map(ForebayException::kind).hasValue(Kind.ORIGIN_UNAVAILABLE);
                assertThat(reading.bytes()).isEqualTo(Arrays.copyOf(large, 300_000));
            }
            fixture.awaitNothingLeft();
            assertThat(fixture.store.usage().blobs()).isZero();
            assertThat(fixture.catalog.census().block(CacheFixture.PATIENCE).revisions())
                    .isZero();
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(large);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("failures 3: 503, then 200: asked again inside the flight, every client is answered with 200")
    void fetch_unavailableOnce_isRetriedInside() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.sequence(Scripts.status(503), Reply.of(200, large)));
            List<BodyReader> readers = begin(fixture, 10, fixture.artifact("/a"));
            readers.forEach(reader -> assertThat(reader.awaitEnd().bytes()).isEqualTo(large));
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
        }
    }

    @Test
    @DisplayName(
            "failures 3, 18 and 32: 503 for ever: one failure to each of N clients, remembered for clients' retries")
    void fetch_unavailableForEver_oneFailureEachAndRemembered() {
        CacheOptions options = CacheFixture.with(Duration.ofMinutes(1), Duration.ofMinutes(1), 1 << 30, 2);
        try (CacheFixture fixture = CacheFixture.in(directory, options)) {
            fixture.origin.on("/a", Scripts.status(503));
            List<BodyReader> readers = begin(fixture, 20, fixture.artifact("/a"));
            for (BodyReader reader : readers) {
                assertThat(reader.awaitFailure().kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            }
            assertThat(fixture.origin.requests("/a")).isEqualTo(3);
            for (int i = 0; i < 6; i++) {
                assertThat(fixture.failure(fixture.artifact("/a")).kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            }
            assertThat(fixture.origin.requests("/a")).isEqualTo(3);
        }
    }

    @Test
    @DisplayName("failures 18, invariant 10: 403, 429 and 5xx are never told as not found")
    void fetch_troubleUpstream_isNotNotFound() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            for (int status : new int[] {400, 401, 403, 429, 500, 502, 504}) {
                fixture.origin.on("/" + status, Scripts.status(status));
                assertThat(fixture.failure(fixture.artifact("/" + status)).kind())
                        .as("%s", status)
                        .isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            }
            for (int status : new int[] {404, 410}) {
                fixture.origin.on("/" + status, Scripts.status(status));
                assertThat(fixture.failure(fixture.artifact("/" + status)).kind())
                        .as("%s", status)
                        .isEqualTo(Kind.NOT_FOUND);
            }
        }
    }

    @Test
    @DisplayName("failures 18: 404 is remembered, and forgotten in time")
    void fetch_notFound_isRememberedForAWhile() {
        CacheOptions options = CacheFixture.with(Duration.ofMillis(300), Duration.ofMillis(1), 1 << 30, 0);
        try (CacheFixture fixture = CacheFixture.in(directory, options)) {
            assertThat(fixture.failure(fixture.artifact("/a")).kind()).isEqualTo(Kind.NOT_FOUND);
            assertThat(fixture.failure(fixture.artifact("/a")).kind()).isEqualTo(Kind.NOT_FOUND);
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
            fixture.origin.on("/a", Reply.of(200, small));
            CacheFixture.await("forgotten", () -> {
                try {
                    return Arrays.equals(fixture.get(fixture.artifact("/a")).bytes(), small);
                } catch (ForebayException e) {
                    return false;
                }
            });
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("failures 20: 404 at the first URL, the second has it (current and Archive)")
    void fetch_secondUrl_isServed() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/Archive/a", Reply.of(200, large));
            assertThat(fixture.get(CacheFixture.artifact(fallingBack(fixture, "/a")))
                            .bytes())
                    .isEqualTo(large);
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
            assertThat(fixture.origin.requests("/Archive/a")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("failures 20: the first URL's connection is given back before the second is asked")
    void fetch_secondUrl_needsOneConnection() {
        ScriptedOrigin origin = ScriptedOrigin.start();
        try (CacheFixture fixture = CacheFixture.in(directory, origin, 1)) {
            origin.otherwise(Reply.of(404, small));
            origin.on("/Archive/a", Reply.of(200, large)).on("/Archive/b", Reply.of(200, small));
            BodyReader a = fixture.begin(CacheFixture.artifact(fallingBack(fixture, "/a")));
            BodyReader b = fixture.begin(CacheFixture.artifact(fallingBack(fixture, "/b")));
            assertThat(a.awaitEnd().bytes()).isEqualTo(large);
            assertThat(b.awaitEnd().bytes()).isEqualTo(small);
        }
    }

    private static Candidate fallingBack(CacheFixture fixture, String path) {
        List<URI> urls = List.of(fixture.origin.url(path), fixture.origin.url("/Archive" + path));
        return fixture.candidate(path).withUrls(urls);
    }

    @Test
    @DisplayName("failures 6: a body without a length that ends with the connection is served and not stored")
    void fetch_closeDelimitedWithoutPromise_isNotStored() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", (request, wire) -> {
                wire.send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
                wire.send(large);
                wire.close();
            });
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(large);
            fixture.awaitNothingLeft();
            assertThat(fixture.store.usage().blobs()).isZero();
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(large);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("failures 6: a body without a length whose checksum is promised is stored; a cut one is refused")
    void fetch_closeDelimitedWithPromise_isStoredWhenItAgrees() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            CountDownLatch once = new CountDownLatch(2);
            fixture.origin.on("/a", (request, wire) -> {
                once.countDown();
                wire.send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
                wire.send(once.getCount() > 0 ? Arrays.copyOf(large, 600_000) : large);
                wire.close();
            });
            Reading cut = fixture.get(fixture.promised("/a", large));
            assertThat(cut.failure()).map(ForebayException::kind).hasValue(Kind.CORRUPT);
            assertThat(cut.bytes().length).isLessThan(600_000);
            fixture.awaitLanded();
            Reading whole = fixture.get(fixture.promised("/a", large));
            assertThat(whole.bytes()).isEqualTo(large);
            assertThat(whole.answer().status().kind()).isEqualTo(CacheStatus.Kind.HIT);
        }
    }

    /** The file of the large body is held open no longer. */
    private void awaitGivenBack(CacheFixture fixture) {
        Digest digest = new Digest(CacheFixture.sha256(large));
        CacheFixture.await("given back", () -> !fixture.store.isRead(digest));
    }

    @Test
    void fetches_underWay_areTold() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.gated(large, 200_000, gate));
            fixture.origin.on("/b", (request, wire) -> {
                wire.send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
                wire.send(Arrays.copyOf(large, 100_000));
                Scripts.await(gate);
                wire.close();
            });
            List<BodyReader> readers = begin(fixture, 2, fixture.artifact("/a"));
            readers.addAll(begin(fixture, 1, fixture.artifact("/b")));
            readers.forEach(reader -> reader.awaitBytes(99_999));
            CacheFixture.await("bytes", () -> received(fixture) == 300_000);
            assertThat(fixture.cache.fetches())
                    .containsExactlyInAnyOrder(
                            new PackageCache.Fetch(
                                    fixture.candidate("/a").key(), 200_000, OptionalLong.of(large.length), 2),
                            new PackageCache.Fetch(fixture.candidate("/b").key(), 100_000, OptionalLong.empty(), 1));
            assertThat(fixture.cache.flights()).isEqualTo(2);
            assertThat(fixture.cache.followers()).isEqualTo(3);
            gate.countDown();
            readers.forEach(BodyReader::awaitEnd);
            fixture.awaitLanded();
            assertThat(fixture.cache.fetches()).isEmpty();
        }
    }

    private static long received(CacheFixture fixture) {
        return fixture.cache.fetches().stream()
                .mapToLong(PackageCache.Fetch::receivedBytes)
                .sum();
    }

    @Test
    void head_whileItIsFetched_asksNobody() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.gated(large, 200_000, gate));
            BodyReader reader = fixture.begin(fixture.artifact("/a"));
            reader.awaitBytes(1);
            try (Answer head = fixture.head(fixture.artifact("/a"))) {
                assertThat(head.body().length()).hasValue(large.length);
                assertThat(head.status().kind()).isEqualTo(CacheStatus.Kind.COLLAPSED);
            }
            gate.countDown();
            assertThat(reader.awaitEnd().bytes()).isEqualTo(large);
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("failures 25, invariant 7: a hit asks nobody, not even with the origin gone")
    void open_held_asksNobody() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Reply.of(200, large)).on("/b", Reply.of(200, small));
            fixture.get(fixture.artifact("/a"));
            fixture.get(fixture.artifact("/b"));
            fixture.awaitLanded();
            int asked = fixture.origin.requests().size();
            fixture.origin.close();
            for (int i = 0; i < 3; i++) {
                assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(large);
                assertThat(fixture.get(fixture.artifact("/b")).bytes()).isEqualTo(small);
            }
            assertThat(fixture.origin.requests()).hasSize(asked);
        }
    }

    @Test
    @DisplayName("failures 9: a row whose bytes are gone is a miss and heals")
    void open_bytesGone_isFetchedAgain() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Reply.of(200, large));
            fixture.get(fixture.artifact("/a"));
            fixture.awaitLanded();
            fixture.store
                    .delete(fixture.catalog
                            .find(fixture.candidate("/a").key())
                            .block(CacheFixture.PATIENCE)
                            .digest())
                    .block(CacheFixture.PATIENCE);
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(large);
            fixture.awaitLanded();
            assertThat(fixture.get(fixture.artifact("/a")).answer().status().kind())
                    .isEqualTo(CacheStatus.Kind.HIT);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("failures 19, invariant 6: artifacts are asked for uncoded and kept as they came")
    void fetch_artifact_isNeitherDecodedNorCoded() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Reply.of(200, large, "content-type: application/x-gzip"));
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(large);
            assertThat(fixture.origin.requests().get(0).header("accept-encoding"))
                    .hasValue("identity");
        }
    }

    @Test
    void close_bodyOnItsWayToTheDisk_isRecordedFirst() {
        UnaryOperator<BlobStore> late = store -> {
            FaultyStore faulty = new FaultyStore(store);
            faulty.fault(FaultyStore.Fault.LATE);
            return faulty;
        };
        CacheOptions options = CacheFixture.with(Duration.ofMinutes(1), Duration.ofMillis(1), 1 << 30, 0);
        try (CacheFixture fixture = CacheFixture.in(directory, options, late)) {
            fixture.origin.on("/a", Reply.of(200, small));
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(small);
        }
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(small);
            assertThat(fixture.origin.requests()).isEmpty();
        }
    }

    @Test
    void hotBytes_moreSmallFilesThanFit_isHalfOfTheMemory() {
        CacheOptions defaults = CacheOptions.DEFAULTS;
        CacheOptions options = new CacheOptions(
                defaults.indexTtl(),
                defaults.staleWhileRevalidate(),
                defaults.revalidationWait(),
                defaults.staleIfError(),
                defaults.notFoundTtl(),
                defaults.failureTtl(),
                100_000,
                defaults.keepAbandonedBytes(),
                defaults.retries(),
                defaults.diskPatience(),
                defaults.fetches());
        try (CacheFixture fixture = CacheFixture.in(directory, options)) {
            fixture.origin.otherwise((request, wire) -> Reply.of(
                            200, CacheFixture.bytes(10_000 + request.target().length()))
                    .send(request, wire));
            for (int i = 0; i < 12; i++) {
                fixture.get(fixture.artifact("/" + "a".repeat(i + 1)));
                fixture.awaitLanded();
            }
            CacheFixture.await("eviction", () -> fixture.cache.hotBytes() <= 50_000);
            assertThat(fixture.cache.hotBytes()).isGreaterThan(30_000);
        }
    }

    @Test
    void open_miss_mayBeReusedAsLongAsAHit() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Reply.of(200, large)).on("/i", Reply.of(200, large));
            Answer artifact = fixture.get(fixture.artifact("/a")).answer();
            assertThat(artifact.immutable()).isTrue();
            assertThat(artifact.lifetime()).isEqualTo(PackageCache.FOR_EVER);
            Answer index = fixture.get(fixture.index("/i")).answer();
            assertThat(index.immutable()).isFalse();
            assertThat(index.lifetime()).isEqualTo(CacheOptions.DEFAULTS.indexTtl());
        }
    }

    // ---- purge

    @Test
    void purge_artifact_isFetchedAgainAndItsBytesAreGone() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Reply.of(200, large));
            fixture.get(fixture.artifact("/a"));
            fixture.awaitLanded();
            assertThat(purge(fixture)).isTrue();
            assertThat(fixture.store.usage().blobs()).isZero();
            assertThat(purge(fixture)).isFalse();
            assertThat(fixture.get(fixture.artifact("/a")).answer().status().kind())
                    .isEqualTo(CacheStatus.Kind.MISS);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
        }
    }

    private static boolean purge(CacheFixture fixture) {
        return fixture.cache.purge(fixture.candidate("/a").key()).block(CacheFixture.PATIENCE);
    }

    @Test
    void purgeAndForgetFailures_notFoundBefore_isAskedAgain() {
        CacheOptions options = CacheFixture.with(Duration.ofMinutes(1), Duration.ofMinutes(1), 1 << 30, 0);
        try (CacheFixture fixture = CacheFixture.in(directory, options)) {
            assertThat(fixture.failure(fixture.artifact("/a")).kind()).isEqualTo(Kind.NOT_FOUND);
            fixture.cache.forgetFailures();
            assertThat(fixture.failure(fixture.artifact("/a")).kind()).isEqualTo(Kind.NOT_FOUND);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
            fixture.origin.on("/a", Reply.of(200, small));
            assertThat(purge(fixture)).isFalse();
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(small);
        }
    }

    @Test
    void head_held_asksNobody() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Reply.of(200, large));
            fixture.get(fixture.artifact("/a"));
            fixture.awaitLanded();
            try (Answer head = fixture.head(fixture.artifact("/a"))) {
                assertThat(head.body().length()).hasValue(large.length);
                assertThat(head.status().kind()).isEqualTo(CacheStatus.Kind.HIT);
            }
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("a body that waits for the disk, or for its row, holds nothing of what was asked for its sake")
    void wait_forDiskAndRow_exchangesAreGone() throws Exception {
        int count = 20;
        AtomicReference<FaultyStore> disk = new AtomicReference<>();
        UnaryOperator<BlobStore> wrapping = store -> {
            disk.set(new FaultyStore(store));
            return disk.get();
        };
        Connection writer = Mono.from(ConnectionFactories.get("r2dbc:sqlite:///"
                                + directory.resolve("catalog.db").toAbsolutePath())
                        .create())
                .block();
        try (CacheFixture fixture = CacheFixture.in(directory, CacheOptions.DEFAULTS, wrapping)) {
            Sinks.Empty<Void> written = Sinks.empty();
            disk.get().beforePut(written.asMono());
            for (int i = 0; i < count; i++) {
                fixture.origin.on("/" + i, Reply.of(200, CacheFixture.bytes(100 + i)));
                assertThat(fixture.get(fixture.artifact("/" + i)).bytes()).hasSize(100 + i);
            }
            assertThat(fixture.cache.flights()).isEqualTo(count);
            assertThat(LiveObjects.count("io.forebay.upstream.Exchange")).isLessThan(count / 2);

            Mono.from(writer.createStatement("BEGIN IMMEDIATE").execute()).block();
            written.tryEmitEmpty();
            CacheFixture.await("bodies", () -> fixture.store.usage().blobs() == count);
            assertThat(fixture.cache.flights()).isEqualTo(count);
            assertThat(LiveObjects.count("io.forebay.upstream.Exchange")).isLessThan(count / 2);
            Mono.from(writer.createStatement("ROLLBACK").execute()).block();
            fixture.awaitLanded();
        } finally {
            Mono.from(writer.close()).block();
        }
    }
}
