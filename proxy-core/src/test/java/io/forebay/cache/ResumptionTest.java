package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Plan;
import io.forebay.testing.OriginWire;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process ends amid a download; the next one goes on with it. */
class ResumptionTest {
    private static final int THERE = 2_500_000;
    private static final String ETAG = "\"v1\"";

    @TempDir
    Path directory;

    private final ScriptedOrigin origin = ScriptedOrigin.start();
    private final byte[] body = CacheFixture.bytes(4_000_000);
    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void closeOrigin() {
        never.countDown();
        origin.close();
    }

    private CacheFixture fixture() {
        return CacheFixture.beside(directory, origin);
    }

    private Reply stalling(int there, String... fields) {
        return Scripts.gated(body, there, never, fields);
    }

    /** Asks, takes so much, and ends the cache. */
    private void cut(Reply reply, int there) {
        origin.on("/a", reply);
        BodyReader reader;
        try (CacheFixture fixture = fixture()) {
            reader = fixture.begin(fixture.artifact("/a"));
            reader.awaitBytes(there);
        }
        assertThat(reader.awaitEnd().isWhole()).isFalse();
    }

    private void cut() {
        cut(stalling(THERE, "etag: " + ETAG), THERE);
    }

    private List<Path> parts() throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve("store/parts"))) {
            return all.toList();
        }
    }

    private Path part() throws IOException {
        return parts().stream()
                .filter(path -> !path.toString().endsWith(".note"))
                .findFirst()
                .orElseThrow();
    }

    private List<Optional<String>> ranges() {
        return origin.requests().stream()
                .map(request -> request.header("range"))
                .toList();
    }

    /** Gets it whole, stored, nothing refused, no part left. */
    private Reading served(Plan.Verbatim plan, CacheFixture fixture, byte[] expected) throws IOException {
        Reading reading = fixture.get(plan);
        assertThat(reading.failure()).isEmpty();
        assertThat(reading.bytes()).isEqualTo(expected);
        fixture.awaitNothingLeft();
        assertThat(fixture.get(plan).answer().status().kind()).isEqualTo(CacheStatus.Kind.HIT);
        assertThat(fixture.catalog.quarantined(10).collectList().block(CacheFixture.PATIENCE))
                .isEmpty();
        assertThat(fixture.cache.refusals()).isZero();
        assertThat(parts()).isEmpty();
        return reading;
    }

    @Test
    @DisplayName("a stop amid a download: the next process asks for the rest only, and serves and stores the whole")
    void open_afterAStop_goesOn() throws Exception {
        cut();
        assertThat(parts()).hasSize(2);
        assertThat(Files.size(part())).isEqualTo(THERE);
        origin.on("/a", Scripts.ranges(body, ETAG));
        try (CacheFixture fixture = fixture()) {
            Reading reading = served(fixture.promised("/a", body), fixture, body);
            assertThat(reading.answer().head().etag()).hasValue(ETAG);
            assertThat(reading.answer().status().value()).isEqualTo("forebay; fwd=miss; fwd-status=206");
            assertThat(ranges()).containsExactly(Optional.empty(), Optional.of("bytes=" + THERE + "-"));
            assertThat(origin.requests().get(1).header("if-range")).hasValue(ETAG);
        }
    }

    @Test
    void open_afterTwoStops_goesOnTwice() throws Exception {
        cut();
        cut(
                (request, wire) -> {
                    rest(wire, THERE, ETAG, body.length);
                    wire.send(Arrays.copyOfRange(body, THERE, 3_000_000));
                    Scripts.await(never);
                },
                3_000_000);
        origin.on("/a", Scripts.ranges(body, ETAG));
        try (CacheFixture fixture = fixture()) {
            served(fixture.promised("/a", body), fixture, body);
            assertThat(ranges())
                    .containsExactly(
                            Optional.empty(), Optional.of("bytes=" + THERE + "-"), Optional.of("bytes=3000000-"));
        }
    }

    private static void rest(OriginWire wire, int from, String etag, int total) throws Exception {
        Scripts.head(
                wire,
                206,
                total - from,
                "etag: " + etag,
                "content-range: bytes " + from + "-" + (total - 1) + "/" + total);
    }

    @Test
    void open_originKnowsNoRanges_fromZero() throws Exception {
        cut();
        origin.on("/a", Reply.of(200, body, "etag: " + ETAG));
        try (CacheFixture fixture = fixture()) {
            served(fixture.promised("/a", body), fixture, body);
            assertThat(ranges()).hasSize(2);
        }
    }

    @Test
    void open_fileChangedMeanwhile_fromZero() throws Exception {
        cut();
        byte[] other = CacheFixture.bytes(4_000_001);
        origin.on("/a", Scripts.ranges(other, "\"v2\""));
        try (CacheFixture fixture = fixture()) {
            served(fixture.artifact("/a"), fixture, other);
            assertThat(ranges()).hasSize(2);
        }
    }

    @Test
    void open_originSays416_fromZero() throws Exception {
        cut();
        origin.on(
                "/a",
                Scripts.sequence(
                        Scripts.status(416, "content-range: bytes */1"), Reply.of(200, body, "etag: " + ETAG)));
        try (CacheFixture fixture = fixture()) {
            served(fixture.promised("/a", body), fixture, body);
            assertThat(ranges())
                    .containsExactly(Optional.empty(), Optional.of("bytes=" + THERE + "-"), Optional.empty());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"another validator", "another length", "another range"})
    void open_restOfSomethingElse_fromZero(String which) throws Exception {
        cut();
        Reply misfit =
                switch (which) {
                    case "another validator" -> (request, wire) -> rest(wire, THERE, "\"v2\"", body.length);
                    case "another length" -> (request, wire) -> rest(wire, THERE, ETAG, body.length + 1);
                    default -> (request, wire) -> rest(wire, THERE - 1, ETAG, body.length);
                };
        origin.on("/a", Scripts.sequence(misfit, Reply.of(200, body, "etag: " + ETAG)));
        try (CacheFixture fixture = fixture()) {
            served(fixture.promised("/a", body), fixture, body);
            assertThat(ranges())
                    .containsExactly(Optional.empty(), Optional.of("bytes=" + THERE + "-"), Optional.empty());
        }
    }

    @Test
    @DisplayName("a bit of what was kept has flipped: fetched whole, the client never sees it, nobody is blamed")
    void open_partDamaged_fromZero() throws Exception {
        cut();
        byte[] there = Files.readAllBytes(part());
        there[1_234_567] ^= 1;
        Files.write(part(), there);
        origin.on("/a", Scripts.ranges(body, ETAG));
        try (CacheFixture fixture = fixture()) {
            served(fixture.promised("/a", body), fixture, body);
            assertThat(ranges()).containsExactly(Optional.empty(), Optional.empty());
        }
    }

    @Test
    @DisplayName(
            "invariant 4: another file under the same validator: what was glued together is cut, then fetched whole")
    void open_otherBytesUnderTheSameTag_cutAndFetchedWhole() throws Exception {
        cut();
        byte[] other = body.clone();
        other[5] ^= 1;
        origin.on("/a", Scripts.ranges(other, ETAG));
        try (CacheFixture fixture = fixture()) {
            Reading first = fixture.get(fixture.promised("/a", other));
            assertThat(first.isWhole()).isFalse();
            fixture.awaitLanded();
            served(fixture.promised("/a", other), fixture, other);
            assertThat(ranges())
                    .containsExactly(Optional.empty(), Optional.of("bytes=" + THERE + "-"), Optional.empty());
        }
    }

    @Test
    @DisplayName("invariant 4: what is gone on with is held against the checksum of an index, whatever its algorithm")
    void open_indexPromisesMd5_wholeIsHeldAgainstIt() {
        cut();
        byte[] other = body.clone();
        other[5] ^= 1;
        byte[] index = ("pkg a " + CacheFixture.md5(other) + "\n").getBytes(StandardCharsets.US_ASCII);
        origin.on("/a", Scripts.ranges(other, ETAG)).on("/index", Reply.of(200, index));
        try (CacheFixture fixture = fixture()) {
            fixture.get(fixture.index("/index"));
            Plan.Verbatim listed = CacheFixture.artifact(
                    fixture.candidate("/a").withListing(CacheFixture.listed(fixture.candidate("/index"), "pkg", "a")));
            assertThat(fixture.get(listed).isWhole()).isFalse();
            fixture.awaitLanded();
            assertThat(fixture.get(listed).bytes()).isEqualTo(other);
        }
    }

    @Test
    void open_originDownAtFirst_partIsPutBack() throws Exception {
        cut();
        origin.on("/a", Scripts.status(403));
        try (CacheFixture fixture = fixture()) {
            fixture.failure(fixture.artifact("/a"));
            fixture.awaitLanded();
        }
        assertThat(parts()).hasSize(2);
        origin.on("/a", Scripts.ranges(body, ETAG));
        try (CacheFixture fixture = fixture()) {
            served(fixture.promised("/a", body), fixture, body);
            assertThat(ranges().get(2)).hasValue("bytes=" + THERE + "-");
        }
    }

    @Test
    void close_beforeTheOriginAnswered_partIsPutBack() throws Exception {
        cut();
        origin.on("/a", (request, wire) -> Scripts.await(never));
        try (CacheFixture fixture = fixture()) {
            fixture.begin(fixture.artifact("/a"));
            CacheFixture.await("request", () -> origin.requests("/a") == 2);
        }
        assertThat(parts()).hasSize(2);
        assertThat(Files.size(part())).isEqualTo(THERE);
    }

    @Test
    void close_diskTakesNoPart_endsAllTheSame() throws Exception {
        origin.on("/a", stalling(THERE, "etag: " + ETAG));
        Path parts = directory.resolve("store/parts");
        try (CacheFixture fixture = fixture()) {
            fixture.begin(fixture.artifact("/a")).awaitBytes(THERE);
            Files.delete(parts);
            Files.createFile(parts);
        }
        Files.delete(parts);
        origin.on("/a", Scripts.ranges(body, ETAG));
        try (CacheFixture fixture = fixture()) {
            served(fixture.promised("/a", body), fixture, body);
            assertThat(ranges()).containsExactly(Optional.empty(), Optional.empty());
        }
    }

    @Test
    void purge_ofWhatIsUnfinished_fromZero() throws Exception {
        cut();
        origin.on("/a", Scripts.ranges(body, ETAG));
        try (CacheFixture fixture = fixture()) {
            fixture.cache.purge(fixture.candidate("/a").key()).block(CacheFixture.PATIENCE);
            served(fixture.promised("/a", body), fixture, body);
            assertThat(ranges()).containsExactly(Optional.empty(), Optional.empty());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"W/\"v1\"", ""})
    void close_withoutStrongTag_keepsNothing(String etag) throws Exception {
        cut(etag.isEmpty() ? stalling(THERE) : stalling(THERE, "etag: " + etag), THERE);
        assertThat(parts()).isEmpty();
    }

    @Test
    void close_withLittleReceived_keepsNothing() throws Exception {
        cut(stalling(1_000_000, "etag: " + ETAG), 1_000_000);
        assertThat(parts()).isEmpty();
    }
}
