package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The pure parts of the server, case by case. */
class HttpTablesTest {
    static List<String> hostileTargets() {
        return List.of(
                "",
                "*",
                "x",
                "http://a.test/",
                "https://a.test/cran/",
                "//\\a",
                "/a\\b",
                "/a b",
                "/a\tb",
                "/a\u0000b",
                "/a#b",
                "/#",
                "/a\"b",
                "/<a>",
                "/a\u007f",
                "/a\u00e9",
                "/..",
                "/../",
                "/a/..",
                "/a/../b",
                "/.",
                "/./a",
                "/%2e%2e/a",
                "/%2E%2E",
                "/.%2e/a",
                "/%2e./a",
                "/%2e",
                "/a/%2e%2e%2fb",
                "/..%2fb",
                "/%2f",
                "/a%2Fb",
                "/a%2fb",
                "/a%5cb",
                "/a%5Cb",
                "/..%5c..%5cetc",
                "/%00",
                "/a%00.tar.gz",
                "/a%0d%0aSet-Cookie:x",
                "/a%0a",
                "/a%1fb",
                "/a%7fb",
                "/%c0%ae%c0%ae/a",
                "/%c0%af",
                "/%e0%80%af",
                "/%f0%80%80%af",
                "/%c1%9c",
                "/%ff",
                "/%fe%ff",
                "/%ed%a0%80",
                "/%80",
                "/%",
                "/%2",
                "/%zz",
                "/a%g0",
                "/..;/a",
                "/..;x=1/a",
                "/.;/a",
                "/;/a",
                "/%2e%2e;/a",
                "/%2e%2e%3b/a",
                "/a%252fb",
                "/%252e%252e/a",
                "/a/%252E%252E%252Fb",
                "/a%255Cb",
                "/a%2500",
                "/%25252e/a",
                "/..%ef%bc%8fa",
                "/%ef%bc%8e%ef%bc%8e/a",
                "/a%ef%bc%bcb",
                "/a".repeat(65));
    }

    @ParameterizedTest
    @MethodSource("hostileTargets")
    @DisplayName("failures 29: a target that could mean something else to a disk or an origin is refused")
    void target_hostile_isBadRequest(String raw) {
        assertThatThrownBy(() -> RequestTarget.parse(raw))
                .isInstanceOfSatisfying(
                        ForebayException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BAD_REQUEST));
    }

    @ParameterizedTest
    @DisplayName("failures 15: two slashes are one, %2B is +, a double encoding is decoded once")
    @CsvSource({
        "/, '', true",
        "//, '', true",
        "/a, a, false",
        "/a/, a, true",
        "//a///b//, a|b, true",
        "/a%2Bb, a+b, false",
        "/a+b, a+b, false",
        "/%61, a, false",
        "/a%20b, a b, false",
        "/a%25b, a%b, false",
        "/%c3%a9, é, false",
        "/..., ..., false",
        "/..a, ..a, false",
        "/a.., a.., false",
        "/a?b=../c, a, false"
    })
    void target_legal_isDecoded(String raw, String segments, boolean directory) {
        RequestTarget target = RequestTarget.parse(raw);
        assertThat(String.join("|", target.segments())).isEqualTo(segments);
        assertThat(target.directory()).isEqualTo(directory);
    }

    @Test
    void target_of64KiB_isParsedInOneGo() {
        assertThat(RequestTarget.parse("/" + "x".repeat(64 << 10)).segments()).hasSize(1);
        assertThat(RequestTarget.parse("/a?b#".replace("#", "")).query()).hasValue("b");
    }

    @ParameterizedTest
    @DisplayName("failures 10: what a Range field asks of a body of 100 bytes")
    @CsvSource(
            nullValues = "-",
            value = {
                "-, whole",
                "'', whole",
                "bytes=0-0, 0-0",
                "bytes=0-, 0-99",
                "bytes=99-, 99-99",
                "bytes=10-19, 10-19",
                "bytes=10-1000, 10-99",
                "'bytes= 10 - 19 ', 10-19",
                "bytes=-1, 99-99",
                "bytes=-100, 0-99",
                "bytes=-1000, 0-99",
                "bytes=-0, none",
                "bytes=100-, none",
                "bytes=100-200, none",
                "bytes=19-10, whole",
                "'bytes=0-1,3-4', whole",
                "bytes=, whole",
                "bytes=-, whole",
                "bytes=a-b, whole",
                "bytes=0x1-2, whole",
                "bytes=+1-2, whole",
                "bytes=1--2, whole",
                "bytes=9999999999999999999-, whole",
                "items=0-1, whole",
                "Bytes 0-1, whole"
            })
    void range_ofAHundredBytes(String field, String expected) {
        ByteRange.Wish wish = ByteRange.of(Optional.ofNullable(field), 100);
        String told = wish instanceof ByteRange.Wish.Part part
                ? part.range().first() + "-" + part.range().last()
                : wish instanceof ByteRange.Wish.Unsatisfiable ? "none" : "whole";
        assertThat(told).isEqualTo(expected);
    }

    @Test
    void range_ofAnEmptyBody_isUnsatisfiable() {
        assertThat(ByteRange.of(Optional.of("bytes=0-"), 0)).isInstanceOf(ByteRange.Wish.Unsatisfiable.class);
        assertThat(ByteRange.of(Optional.of("bytes=-5"), 0)).isInstanceOf(ByteRange.Wish.Unsatisfiable.class);
    }

    private static final Instant MODIFIED = Instant.parse("2026-03-10T12:00:00.700Z");
    private static final String SAME = "Tue, 10 Mar 2026 12:00:00 GMT";
    private static final String EARLIER = "Tue, 10 Mar 2026 11:59:59 GMT";
    private static final String LATER = "Tue, 10 Mar 2026 12:00:01 GMT";

    @ParameterizedTest
    @DisplayName("failures 13: If-None-Match by weak comparison, alone where it is there; else If-Modified-Since")
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -, false",
                "'\"a\"', -, true",
                "'W/\"a\"', -, true",
                "'\"b\"', -, false",
                "'\"b\", \"a\"', -, true",
                "'\"ab\"', -, false",
                "*, -, true",
                "a, -, false",
                "'\"a', -, false",
                "'\"b\"', '" + SAME + "', false",
                "-, '" + SAME + "', true",
                "-, '" + LATER + "', true",
                "-, '" + EARLIER + "', false",
                "-, rubbish, false"
            })
    void conditions_notModified(String noneMatch, String since, boolean expected) {
        DefaultHttpHeaders headers = new DefaultHttpHeaders();
        Optional.ofNullable(noneMatch).ifPresent(value -> headers.set("If-None-Match", value));
        Optional.ofNullable(since).ifPresent(value -> headers.set("If-Modified-Since", value));
        assertThat(Conditions.isNotModified(headers, Optional.of("\"a\""), Optional.of(MODIFIED)))
                .isEqualTo(expected);
        assertThat(Conditions.isNotModified(headers, Optional.empty(), Optional.empty()))
                .isEqualTo("*".equals(noneMatch));
    }

    @ParameterizedTest
    @DisplayName("failures 10: If-Range by strong comparison")
    @CsvSource(
            nullValues = "-",
            value = {
                "-, true",
                "'\"a\"', true",
                "'\"b\"', false",
                "'W/\"a\"', false",
                "'" + SAME + "', true",
                "'" + LATER + "', false",
                "rubbish, false"
            })
    void conditions_ifRange(String ifRange, boolean expected) {
        assertThat(Conditions.allowsPart(ifRange, Optional.of("\"a\""), Optional.of(MODIFIED)))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @DisplayName("failures 18, invariant 10: upstream trouble is 503 or 502, never 404 or 504")
    @CsvSource({
        "BAD_REQUEST, 400",
        "FORBIDDEN, 403",
        "NOT_FOUND, 404",
        "METHOD_NOT_ALLOWED, 405",
        "OVERLOADED, 503",
        "ORIGIN_UNAVAILABLE, 503",
        "ORIGIN_INVALID, 502",
        "CORRUPT, 502",
        "INTERNAL, 500"
    })
    void errors_byKind(Kind kind, int status) {
        ForebayException failure = new ForebayException(kind, "text");
        assertThat(ErrorResponses.status(failure).code()).isEqualTo(status);
        assertThat(ErrorResponses.retryAfterSeconds(failure).isPresent()).isEqualTo(status == 503);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "1000, 1", "1001, 2", "30000, 30"})
    void retryAfter_isRoundedUp(long millis, long seconds) {
        ForebayException failure =
                new ForebayException(Kind.ORIGIN_UNAVAILABLE, "text", Optional.of(Duration.ofMillis(millis)), null);
        assertThat(ErrorResponses.retryAfterSeconds(failure)).hasValue(seconds);
    }

    @Test
    void date_roundTrip() {
        assertThat(HttpDate.format(MODIFIED)).isEqualTo(SAME);
        assertThat(HttpDate.parse(" " + SAME + " ")).hasValue(Instant.parse("2026-03-10T12:00:00Z"));
        assertThat(HttpDate.parse("Tue, 10 Mar 26 12:00:00 GMT")).isEmpty();
        assertThat(HttpDate.parse("Wed, 10 Mar 2026 12:00:00 GMT")).isEmpty();
        assertThat(HttpDate.parse(SAME + " and whatever a client may add to it until it is longer"))
                .isEmpty();
        assertThat(HttpDate.parse(null)).isEmpty();
        assertThat(HttpDate.parse(HttpDate.now())).isPresent();
    }
}
