package io.forebay.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.testing.OriginWire;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers that end before their end. */
class CutAnswersTest {
    private static final String OK = "HTTP/1.1 200 OK\r\n";

    private final ScriptedOrigin origin = ScriptedOrigin.start();

    /** How a script ends a connection. */
    interface End {
        void of(OriginWire wire) throws IOException;
    }

    @AfterEach
    void close() {
        origin.close();
    }

    static Stream<Arguments> cuts() {
        End rst = OriginWire::reset;
        End fin = OriginWire::close;
        String ten = OK + "Content-Length: 10\r\n\r\n";
        String chunked = OK + "Transfer-Encoding: chunked\r\n\r\n";
        return Stream.of(
                Arguments.of("reliability 1: RST inside a body", ten + "01234", rst, "of 10 bytes"),
                Arguments.of("reliability 2: FIN inside a body", ten + "01234", fin, "after 5 of 10 bytes"),
                Arguments.of("reliability 3: FIN after the head", ten, fin, "after 0 of 10 bytes"),
                Arguments.of("reliability 4: one byte short", ten + "012345678", fin, "after 9 of 10 bytes"),
                Arguments.of("reliability 5: no last chunk", chunked + "5\r\n01234\r\n", fin, "after 5 bytes"),
                Arguments.of("reliability 5: inside a chunk", chunked + "5\r\n012", fin, "after 3 bytes"),
                Arguments.of(
                        "reliability 5: inside the trailer", chunked + "5\r\n01234\r\n0\r\n", fin, "after 5 bytes"),
                Arguments.of("reliability 6: close-delimited body, RST", OK + "\r\n01234", rst, "bytes"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cuts")
    void get_cutBody_failsWithCountAndRecovers(String name, String answer, End end, String count) {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send(answer);
            Thread.sleep(20); // else RST overtakes the head
            end.of(wire);
        });
        origin.on("/b", Reply.of(200, new byte[10]));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            ForebayException failure = origins.failure("/a");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(failure).hasMessageContaining("cut its answer").hasMessageContaining(count);
            assertThat(origins.get("/b").status()).isEqualTo(200);
        }
        assertThat(origin.requests("/a")).isEqualTo(1);
    }

    @Test
    @DisplayName("reliability 7: a close-delimited body that ends with FIN completes and is told apart")
    void get_closeDelimitedBody_isNotDelimited() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send(OK + "\r\n01234");
        });
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            OriginsFixture.Got got = origins.get("/a");
            assertThat(got.delimited()).isFalse();
            assertThat(got.length()).isEmpty();
            assertThat(got.body()).asString().isEqualTo("01234");
        }
    }

    @Test
    void get_delimitedBodies_sayWhatDelimitsThem() {
        origin.on("/length", Reply.raw(OK + "Content-Length: 2\r\n\r\nab"))
                .on("/chunked", Reply.raw(OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            OriginsFixture.Got length = origins.get("/length");
            assertThat(length.delimited()).isTrue();
            assertThat(length.length()).hasValue(2);
            OriginsFixture.Got chunked = origins.get("/chunked");
            assertThat(chunked.delimited()).isTrue();
            assertThat(chunked.length()).isEmpty();
            OriginsFixture.Got head = origins.head("/length".replace("length", "head"));
            assertThat(head.status()).isEqualTo(404);
            assertThat(head.delimited()).isTrue();
            assertThat(head.body()).isEmpty();
        }
        assertThat(origin.connections()).isEqualTo(1);
        assertThat(origin.requests().get(2).method()).isEqualTo("HEAD");
    }

    @Test
    @DisplayName("reliability 16, failures 7: a slow drip is delivered as it comes, however long the whole takes")
    void get_slowDrip_isDelivered() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send(OK + "Content-Length: 20\r\n\r\n");
            wire.drip("01234567890123456789", Duration.ofMillis(30)); // longer in all than the idle time-out
        });
        try (OriginsFixture origins = OriginsFixture.of(
                OriginsFixture.options(OriginsFixture.LONG, OriginsFixture.SHORT), OriginOptions.of(origin.url("")))) {
            assertThat(origins.get("/a").body()).hasSize(20);
        }
    }

    @Test
    @DisplayName("reliability 17: a dripped head ends at its deadline")
    void get_drippedHead_fails() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.drip(OK + "x: " + "y".repeat(1000), Duration.ofMillis(20));
        });
        try (OriginsFixture origins = OriginsFixture.of(
                OriginsFixture.options(OriginsFixture.SHORT, OriginsFixture.LONG), OriginOptions.of(origin.url("")))) {
            ForebayException failure = origins.failure("/a");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(failure).hasMessageContaining("did not answer within 250 ms");
        }
    }

    @Test
    @DisplayName("reliability 18: a fresh connection closed without a byte is an error, not retried")
    void get_closedWithoutByte_fails() {
        origin.next(OriginWire::expectRequest);
        origin.next(wire -> {
            wire.expectRequest();
            wire.reset();
        });
        origin.on("/a", Reply.of(200, new byte[10]));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            for (int i = 0; i < 2; i++) {
                assertThat(origins.failure("/a").kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            }
            assertThat(origins.get("/a").status()).isEqualTo(200);
        }
        assertThat(origin.requests("/a")).isEqualTo(3);
    }

    static Stream<Arguments> deaths() {
        End rst = OriginWire::reset;
        End fin = OriginWire::close;
        return Stream.of(Arguments.of("FIN", fin), Arguments.of("RST", rst));
    }

    @ParameterizedTest(
            name = "reliability 19, failures 26: a kept connection that dies by {0} as it is used again is replaced")
    @MethodSource("deaths")
    void get_pooledConnectionDies_oneRetryOnAFreshOne(String how, End end) {
        for (int i = 0; i < 2; i++) {
            origin.next(wire -> {
                wire.expectRequest();
                wire.send(OK + "Content-Length: 2\r\n\r\nok");
                wire.expectRequest();
                end.of(wire);
            });
        }
        origin.on("/b", Reply.of(200, new byte[10]));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            assertThat(origins.get("/a").status()).isEqualTo(200);
            assertThat(origins.get("/b").body()).asString().isEqualTo("ok");
        }
        assertThat(origin.requests("/b")).isEqualTo(2);
        assertThat(origin.connections()).isEqualTo(2);
    }

    @Test
    @DisplayName("failures 26: a connection that dies inside the head is not retried")
    void get_pooledConnectionDiesInsideHead_fails() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send(OK + "Content-Length: 2\r\n\r\nok");
            wire.expectRequest();
            wire.send("HTTP/1.1 2");
        });
        origin.on("/b", Reply.of(200, new byte[10]));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            assertThat(origins.get("/a").status()).isEqualTo(200);
            assertThat(origins.failure("/b").kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
        }
        assertThat(origin.requests("/b")).isEqualTo(1);
    }
}
