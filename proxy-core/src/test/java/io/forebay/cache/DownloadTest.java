package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an origin's answers lead to. */
class DownloadTest {
    private static final CacheOptions ONE_RETRY =
            CacheFixture.with(Duration.ofMinutes(1), Duration.ofMillis(1), 1 << 30, 1);
    private static final String ETAG = "\"v1\"";

    @TempDir
    private Path directory;

    private final byte[] body = CacheFixture.bytes(4_000_000);

    @ParameterizedTest
    @CsvSource({
        "408, 2", "500, 2", "502, 2", "503, 2", "504, 2", "400, 1", "401, 1", "403, 1", "429, 1", "501, 1", "505, 1"
    })
    void fetch_trouble_isAskedAgainWhereThatMayHelp(int status, int requests) {
        try (CacheFixture fixture = CacheFixture.in(directory, ONE_RETRY)) {
            fixture.origin.on("/a", Scripts.status(status));
            assertThat(fixture.failure(fixture.artifact("/a")).kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(fixture.origin.requests("/a")).isEqualTo(requests);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 203, 304})
    void fetch_answerToNoQuestion_isTheOriginsFault(int status) {
        try (CacheFixture fixture = CacheFixture.in(directory, ONE_RETRY)) {
            fixture.origin.on(
                    "/a", status == 304 ? Reply.raw("HTTP/1.1 304 Not Modified\r\n\r\n") : Scripts.status(status));
            assertThat(fixture.failure(fixture.artifact("/a")).kind()).isEqualTo(Kind.ORIGIN_INVALID);
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
        }
    }

    @Test
    void fetch_everyUrlHasNone_eachIsAskedOnce() {
        try (CacheFixture fixture = CacheFixture.in(directory, ONE_RETRY)) {
            fixture.origin.on("/b", Scripts.status(410));
            assertThat(fixture.failure(CacheFixture.artifact(fixture.candidate("/a")
                                    .withUrls(List.of(fixture.origin.url("/a"), fixture.origin.url("/b")))))
                            .kind())
                    .isEqualTo(Kind.NOT_FOUND);
            assertThat(fixture.origin.requests()).hasSize(2);
        }
    }

    /** Sends so much of what is asked for and closes. */
    private Reply cutAfter(int count) {
        return (request, wire) -> {
            int from = request.header("range")
                    .map(range -> Integer.parseInt(range.substring("bytes=".length(), range.length() - 1)))
                    .orElse(0);
            Scripts.head(
                    wire,
                    from == 0 ? 200 : 206,
                    body.length - from,
                    "etag: " + ETAG,
                    from == 0
                            ? "x-first: 1"
                            : "content-range: bytes " + from + "-" + (body.length - 1) + "/" + body.length);
            wire.send(Arrays.copyOfRange(body, from, Math.min(from + count, body.length)));
            if (from + count < body.length) {
                wire.close();
            }
        };
    }

    @Test
    void fetch_cutAgainAndAgainWithProgress_getsThrough() {
        try (CacheFixture fixture = CacheFixture.in(directory, ONE_RETRY)) {
            fixture.origin.on("/a", cutAfter(1_100_000));
            assertThat(fixture.get(fixture.promised("/a", body)).bytes()).isEqualTo(body);
            assertThat(fixture.origin.requests("/a")).isEqualTo(4);
        }
    }

    @Test
    void fetch_cutAgainAndAgainWithoutProgress_fails() {
        try (CacheFixture fixture = CacheFixture.in(directory, ONE_RETRY)) {
            fixture.origin.on("/a", cutAfter(500_000));
            Reading reading = fixture.get(fixture.promised("/a", body));
            assertThat(reading.failure()).map(ForebayException::kind).hasValue(Kind.ORIGIN_UNAVAILABLE);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
            fixture.awaitNothingLeft();
        }
    }

    @ParameterizedTest
    @CsvSource({"'\"v1\"', 4000001, '\"v1\"'", "'W/\"v1\"', 4000000, 'W/\"v1\"'", "'\"v1\"', 4000000, '\"v2\"'"})
    void fetch_cutThenAnotherWhole_isNeverGluedTogether(String before, int length, String after) {
        try (CacheFixture fixture = CacheFixture.in(directory, ONE_RETRY)) {
            byte[] other = CacheFixture.bytes(length);
            fixture.origin.on(
                    "/a",
                    Scripts.sequence(
                            Scripts.cut(body, 500_000, "etag: " + before), Reply.of(200, other, "etag: " + after)));
            Reading reading = fixture.get(fixture.artifact("/a"));
            assertThat(reading.isWhole()).isFalse();
            assertThat(reading.bytes()).isEqualTo(Arrays.copyOf(body, reading.bytes().length));
        }
    }

    @Test
    void fetch_cutThenTheRestOfAnother_isNeverGluedTogether() {
        try (CacheFixture fixture = CacheFixture.in(directory, ONE_RETRY)) {
            fixture.origin.on("/a", Scripts.sequence(Scripts.cut(body, 500_000, "etag: " + ETAG), (request, wire) -> {
                Scripts.head(wire, 206, 3_500_000, "etag: \"v2\"", "content-range: bytes 500000-3999999/4000000");
                wire.send(new byte[3_500_000]);
            }));
            Reading reading = fixture.get(fixture.artifact("/a"));
            assertThat(reading.failure()).map(ForebayException::kind).hasValue(Kind.CORRUPT);
            assertThat(reading.bytes()).isEqualTo(Arrays.copyOf(body, reading.bytes().length));
        }
    }

    @Test
    void fetch_cutThenAskedToWaitASecond_goesOn() {
        try (CacheFixture fixture = CacheFixture.in(directory, ONE_RETRY)) {
            fixture.origin.on(
                    "/a",
                    Scripts.sequence(
                            Scripts.cut(body, 500_000, "etag: " + ETAG),
                            Scripts.status(503, "retry-after: 1"),
                            Scripts.ranges(body, ETAG)));
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(body);
            assertThat(fixture.origin.requests("/a")).isEqualTo(3);
        }
    }

    @Test
    void fetch_largeBodyOfAnotherKind_isRefusedBeforeItsFirstByte() {
        byte[] html = "<!DOCTYPE html><title>log in</title>\n".repeat(30_000).getBytes(StandardCharsets.US_ASCII);
        try (CacheFixture fixture = CacheFixture.in(directory, ONE_RETRY)) {
            fixture.origin.on("/a.whl", Reply.of(200, html));
            ForebayException failure = fixture.failure(fixture.artifact("/a.whl"));
            assertThat(failure.kind()).isEqualTo(Kind.CORRUPT);
            fixture.awaitNothingLeft();
        }
    }

    @Test
    void revalidate_timeOfTheOrigin_isAskedWith() {
        try (CacheFixture fixture = CacheFixture.in(directory, ONE_RETRY)) {
            String time = "Tue, 10 Mar 2026 10:00:00 GMT";
            fixture.origin.on("/i", Reply.of(200, CacheFixture.bytes(100), "last-modified: " + time));
            fixture.get(fixture.index("/i"));
            fixture.awaitLanded();
            fixture.origin.on("/i", Reply.raw("HTTP/1.1 304 Not Modified\r\n\r\n"));
            fixture.now.updateAndGet(now -> now.plus(Duration.ofHours(2)));
            assertThat(fixture.get(fixture.index("/i")).answer().status().kind())
                    .isEqualTo(CacheStatus.Kind.REVALIDATED);
            assertThat(fixture.origin.requests().get(1).header("if-modified-since"))
                    .hasValue(time);
        }
    }
}
