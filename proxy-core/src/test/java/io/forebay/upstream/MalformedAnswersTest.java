package io.forebay.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.testing.CapturedLog;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Origins that break HTTP: each ends in an error of the right kind, one line in the log, and a connection that is not reused. */
class MalformedAnswersTest {
    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String BODY = "\r\n\r\n0123456789";

    private final ScriptedOrigin origin = ScriptedOrigin.start();

    @AfterEach
    void close() {
        origin.close();
    }

    static Stream<Arguments> broken() {
        String many = "x-filler: 0123456789\r\n".repeat(5000);
        return Stream.of(
                row("reliability 10: two Content-Lengths", OK + "Content-Length: 10\r\nContent-Length: 12" + BODY),
                row("reliability 10: one Content-Length twice", OK + "Content-Length: 10\r\nContent-Length: 10" + BODY),
                row("reliability 10: a list of lengths", OK + "Content-Length: 10, 1000" + BODY),
                row("reliability 10: a list of equal lengths", OK + "Content-Length: 10, 10" + BODY),
                row(
                        "reliability 11: length and chunked",
                        OK + "Content-Length: 10\r\nTransfer-Encoding: chunked" + BODY),
                row(
                        "reliability 11: chunked and length",
                        OK + "Transfer-Encoding: chunked\r\nContent-Length: 10" + BODY),
                row(
                        "reliability 11: length and chunks that are whole",
                        OK + "Content-Length: 10\r\nTransfer-Encoding: chunked"
                                + "\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"),
                row("reliability 12: negative length", OK + "Content-Length: -1" + BODY),
                row("reliability 12: length of 2^64+1", OK + "Content-Length: 18446744073709551617" + BODY),
                row("reliability 12: length with letters", OK + "Content-Length: 1000abc" + BODY),
                row("reliability 12: length with a sign", OK + "Content-Length: +5" + BODY),
                row("reliability 12: empty length", OK + "Content-Length: " + BODY),
                row("reliability 12: hexadecimal length", OK + "Content-Length: 0xa" + BODY),
                row("issue 4.2: gzip as transfer coding", OK + "Transfer-Encoding: gzip, chunked" + BODY),
                row("issue 4.2: identity as transfer coding", OK + "Transfer-Encoding: identity" + BODY),
                row("issue 4.2: chunked twice", OK + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked" + BODY),
                row("issue 4.2: xchunked", OK + "Transfer-Encoding: xchunked" + BODY),
                row("issue 4.2: chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                row("reliability 38: a header of 64 KiB", OK + "x: " + "y".repeat(65536) + "\r\n\r\n"),
                row("reliability 38: a header of 1 MiB", OK + "x: " + "y".repeat(1 << 20) + "\r\n\r\n"),
                row("reliability 38: 5000 headers", OK + many + "\r\n"),
                row("reliability 39: status 99999", "HTTP/1.1 99999 OK\r\nContent-Length: 10" + BODY),
                row("reliability 39: status 600", "HTTP/1.1 600 OK\r\nContent-Length: 10" + BODY),
                row("reliability 39: status 99", "HTTP/1.1 099 OK\r\nContent-Length: 10" + BODY),
                row("reliability 39: status abc", "HTTP/1.1 abc OK\r\nContent-Length: 10" + BODY),
                row("reliability 39: no status", "HTTP/1.1\r\nContent-Length: 10" + BODY),
                row("reliability 39: no space after the status", "HTTP/1.1 200\r\nContent-Length: 10" + BODY),
                row("reliability 39: two spaces", "HTTP/1.1  200 OK\r\nContent-Length: 10" + BODY),
                row("reliability 39: HTTP/1.2", "HTTP/1.2 200 OK\r\nContent-Length: 10" + BODY),
                row("reliability 39: HTTP/2.0 in text", "HTTP/2.0 200 OK\r\nContent-Length: 10" + BODY),
                row("reliability 39: http in lower case", "http/1.1 200 OK\r\nContent-Length: 10" + BODY),
                row("reliability 39: HTTP/0.9", "<html>hello</html>"),
                row("reliability 39: garbage", "\0\1\2\3garbage\r\n\r\n"),
                row("reliability 39: empty line first", "\r\n" + OK + "Content-Length: 10" + BODY),
                row("reliability 39: NUL in the reason", "HTTP/1.1 200 O\0K\r\nContent-Length: 10" + BODY),
                row("reliability 40: no colon", OK + "Content-Length: 10\r\nnonsense" + BODY),
                row("reliability 40: no name", OK + "Content-Length: 10\r\n: nonsense" + BODY),
                row("reliability 40: space before the colon", OK + "Content-Length : 10" + BODY),
                row("reliability 40: NUL in a value", OK + "Content-Length: 10\r\nx: a\0b" + BODY),
                row("reliability 40: NUL in a name", OK + "Content-Length: 10\r\nx\0: ab" + BODY),
                row("reliability 40: control byte in a value", OK + "Content-Length: 10\r\nx: a\u0001b" + BODY),
                row("reliability 40: DEL in a value", OK + "Content-Length: 10\r\nx: a\u007fb" + BODY),
                row("reliability 40: bare CR in a value", OK + "Content-Length: 10\r\nx: a\rb: c" + BODY),
                row("reliability 40: bare LF as line end", "HTTP/1.1 200 OK\nContent-Length: 10\n\n0123456789"),
                row("reliability 40: folded header", OK + "Content-Length: 10\r\nx: a\r\n b" + BODY),
                row("reliability 40: folded first line", OK + " x: a\r\nContent-Length: 10" + BODY),
                row("reliability 40: quote in a name", OK + "Content-Length: 10\r\n\"x\": a" + BODY),
                row("reliability 41: endless 102", "HTTP/1.1 102 Processing\r\n\r\n".repeat(500)),
                row(
                        "reliability 41: 100 times 103",
                        "HTTP/1.1 103 Early\r\nlink: a\r\n\r\n".repeat(100) + OK + "Content-Length: 10" + BODY),
                row("reliability 41: 101", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nPOISON"),
                row(
                        "reliability 41: 101 to WebSocket",
                        "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nPOISON"),
                row("reliability 42: 304 unasked", "HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n"),
                row(
                        "reliability 42: 206 unasked",
                        "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-9/20\r\nContent-Length: 10" + BODY),
                row(
                        "reliability 13: chunk size of 2^64",
                        OK + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nabc"),
                row("reliability 13: chunk size of 2^31", OK + "Transfer-Encoding: chunked\r\n\r\n80000000\r\nabc"),
                row("reliability 13: chunk size -1", OK + "Transfer-Encoding: chunked\r\n\r\n-1\r\nabc"),
                row(
                        "reliability 13: chunk size with 0x",
                        OK + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"),
                row("reliability 13: chunk size xyz", OK + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc"),
                row("reliability 13: chunk size empty", OK + "Transfer-Encoding: chunked\r\n\r\n\r\nabc"),
                row(
                        "reliability 13: chunk size with a space",
                        OK + "Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n"),
                row(
                        "reliability 13: chunk longer than its size",
                        OK + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"),
                row(
                        "reliability 13: bare LF after a chunk size",
                        OK + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n"),
                row(
                        "reliability 13: NUL in a chunk extension",
                        OK + "Transfer-Encoding: chunked\r\n\r\n3;a=\0\r\nabc\r\n0\r\n\r\n"),
                row(
                        "reliability 13: endless chunk extension",
                        OK + "Transfer-Encoding: chunked\r\n\r\n3;" + "a".repeat(100_000)),
                row("reliability 13: endless trailer", OK + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + many));
    }

    private static Arguments row(String name, String answer) {
        return Arguments.of(name, answer);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void get_brokenAnswer_isRefusedAndItsConnectionNotReused(String name, String answer) {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send(answer);
            wire.expectEnd();
        });
        assertRefused(Map.of());
    }

    @ParameterizedTest(name = "{0}, byte by byte")
    @MethodSource("broken")
    void get_brokenAnswerInSmallPieces_isRefusedAsWell(String name, String answer) {
        origin.next(wire -> {
            wire.expectRequest();
            // Everything in pieces of one byte would take long for the large ones and show no more.
            int step = 1 + answer.length() / 200;
            for (int i = 0; i < answer.length(); i += step) {
                wire.send(answer.substring(i, Math.min(answer.length(), i + step)));
            }
            wire.expectEnd();
        });
        assertRefused(Map.of());
    }

    @ParameterizedTest(name = "reliability 43: {0}")
    @MethodSource("otherRanges")
    void get_otherRangeThanAsked_isRefused(String name, String range, String contentRange) {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send("HTTP/1.1 206 Partial\r\nContent-Length: 10\r\n" + contentRange + "\r\n0123456789");
            wire.expectEnd();
        });
        assertRefused(Map.of("range", range));
    }

    static Stream<Arguments> otherRanges() {
        return Stream.of(
                Arguments.of("starts elsewhere", "bytes=10-", "Content-Range: bytes 0-9/20\r\n"),
                Arguments.of("ends beyond", "bytes=10-14", "Content-Range: bytes 10-19/40\r\n"),
                Arguments.of("ends before", "bytes=10-29", "Content-Range: bytes 10-19/40\r\n"),
                Arguments.of("open range ends before", "bytes=10-", "Content-Range: bytes 10-19/40\r\n"),
                Arguments.of("other suffix", "bytes=-5", "Content-Range: bytes 10-19/20\r\n"),
                Arguments.of("no Content-Range", "bytes=10-", ""),
                Arguments.of(
                        "two of them", "bytes=10-", "Content-Range: bytes 10-19/20\r\nContent-Range: bytes 0-9/20\r\n"),
                Arguments.of("parts", "bytes=10-", "Content-Type: multipart/byteranges; boundary=x\r\n"),
                Arguments.of("another length", "bytes=10-", "Content-Range: bytes 10-20/21\r\n"),
                Arguments.of("beyond its own size", "bytes=10-", "Content-Range: bytes 10-19/15\r\n"),
                Arguments.of("backwards", "bytes=10-", "Content-Range: bytes 10-9/20\r\n"));
    }

    @Test
    void get_rangeAsAsked_passes() {
        origin.on(
                "/a",
                Reply.raw("HTTP/1.1 206 Partial\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/10\r\n\r\n56789"));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            for (String range : new String[] {"bytes=5-", "bytes=5-9", "bytes=5-100", "bytes=-5"}) {
                assertThat(origins.get("/a", Map.of("range", range)).body())
                        .asString()
                        .isEqualTo("56789");
            }
        }
        assertThat(origin.connections()).isEqualTo(1);
    }

    @Test
    void get_notModifiedToACondition_passes() {
        origin.on("/a", Reply.raw("HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\ncontent-length: 10\r\n\r\n"));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            for (int i = 0; i < 2; i++) {
                OriginsFixture.Got got = origins.get("/a", Map.of("if-none-match", "\"1\""));
                assertThat(got.status()).isEqualTo(304);
                assertThat(got.length()).isEmpty();
                assertThat(got.delimited()).isTrue();
            }
        }
        assertThat(origin.connections()).isEqualTo(1);
    }

    @Test
    @DisplayName("reliability 41: a few interim answers are dropped")
    void get_interimAnswers_areDropped() {
        origin.on(
                "/a",
                Reply.raw("HTTP/1.1 100 Continue\r\n\r\n" + "HTTP/1.1 103 Early\r\nlink: <a>\r\n\r\n".repeat(9) + OK
                        + "Content-Length: 10" + BODY));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            for (int i = 0; i < 2; i++) {
                OriginsFixture.Got got = origins.get("/a");
                assertThat(got.status()).isEqualTo(200);
                assertThat(got.headers().contains("link")).isFalse();
                assertThat(got.body()).asString().isEqualTo("0123456789");
            }
        }
        assertThat(origin.connections()).isEqualTo(1);
    }

    @Test
    @DisplayName("reliability 38: an endless head is refused when it passes the limit")
    void get_endlessHead_isRefused() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send(OK);
            while (true) {
                wire.send("x-more: 0123456789012345678901234567890123456789\r\n");
            }
        });
        assertRefused(Map.of());
    }

    @Test
    @DisplayName("reliability 8: bytes after a body's end cost the connection, not the body")
    void get_bodyLongerThanItsLength_exactBytesAndNewConnection() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send(OK + "Content-Length: 10" + BODY + "and more");
            wire.expectEnd();
        });
        assertWholeThenNewConnection();
    }

    @Test
    @DisplayName("reliability 9: a second answer smuggled behind the first is never used")
    void get_smuggledAnswer_isNeverUsed() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send(OK + "Content-Length: 10" + BODY + OK + "Content-Length: 6\r\n\r\nPOISON");
            wire.expectEnd();
        });
        assertWholeThenNewConnection();
    }

    @Test
    @DisplayName("reliability 9: a second answer behind a chunked body is never used")
    void get_smuggledAnswerBehindChunks_isNeverUsed() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send(OK + "Transfer-Encoding: chunked\r\n\r\na;x=y\r\n0123456789\r\n0\r\nfoo: bar\r\n\r\n" + OK
                    + "Content-Length: 6\r\n\r\nPOISON");
            wire.expectEnd();
        });
        assertWholeThenNewConnection();
    }

    @Test
    @DisplayName("reliability 9: an answer that comes while the connection rests closes it")
    void get_answerToNothing_closesTheConnection() throws InterruptedException {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send(OK + "Content-Length: 10" + BODY);
            Thread.sleep(50);
            wire.send(OK + "Content-Length: 6\r\n\r\nPOISON");
            wire.expectEnd();
            origin.release();
        });
        origin.on("/b", Reply.of(200, "clean".getBytes(US_ASCII)));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            assertThat(origins.get("/a").body()).asString().isEqualTo("0123456789");
            origin.awaitRelease();
            assertThat(origins.get("/b").body()).asString().isEqualTo("clean");
        }
        assertThat(origin.connections()).isEqualTo(2);
    }

    @Test
    void get_headInSmallPieces_isRead() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.drip(
                    "HTTP/1.1 103 Early\r\n\r\n" + OK
                            + "Transfer-Encoding: CHUNKED\r\n\r\n3;x\r\n012\r\n07\r\n3456789\r\n00\r\nt: v\r\n\r\n",
                    Duration.ZERO);
            wire.expectRequest();
            wire.send("HTTP/1.1 200 \r\nContent-Length: 0\r\nx-empty:\r\nx-latin: \u00e9\t \r\n\r\n");
            wire.expectEnd();
        });
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            assertThat(origins.get("/a").body()).asString().isEqualTo("0123456789");
            OriginsFixture.Got got = origins.get("/b");
            assertThat(got.headers().get("x-empty")).isEmpty();
            assertThat(got.headers().get("x-latin")).isEqualTo("\u00e9");
        }
        assertThat(origin.connections()).isEqualTo(1);
    }

    private void assertRefused(Map<String, String> headers) {
        origin.on("/b", Reply.of(200, new byte[10]));
        try (CapturedLog log = new CapturedLog(HttpOrigins.class.getName());
                OriginsFixture origins = OriginsFixture.plain(origin)) {
            ForebayException failure = origins.failure("/a", headers);
            assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.ORIGIN_INVALID);
            assertThat(failure).hasMessageContaining("127.0.0.1:" + origin.port() + " breaks HTTP: ");
            assertThat(log.lines()).containsExactly("Source s: " + failure.getMessage());
            assertThat(origins.get("/b").status()).isEqualTo(200);
        }
        assertThat(origin.connections()).isEqualTo(2);
        assertThat(origin.requests("/a")).isEqualTo(1);
    }

    private void assertWholeThenNewConnection() {
        origin.on("/b", Reply.of(200, "clean".getBytes(US_ASCII)));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            assertThat(origins.get("/a").body()).asString().isEqualTo("0123456789");
            assertThat(origins.get("/b").body()).asString().isEqualTo("clean");
        }
        assertThat(origin.connections()).isEqualTo(2);
    }
}
