package io.forebay.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StreamingTest {
    private final ScriptedOrigin origin = ScriptedOrigin.start();

    @AfterEach
    void close() {
        origin.close();
    }

    @Test
    void get_wholeBody_arrivesAndTheConnectionIsReused() {
        byte[] body = OriginsFixture.bytes(1_000_000);
        origin.on("/a", Reply.of(200, body, "etag: \"1\""));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            for (int i = 0; i < 3; i++) {
                OriginsFixture.Got got = origins.get("/a");
                assertThat(got.status()).isEqualTo(200);
                assertThat(got.headers().get("etag")).isEqualTo("\"1\"");
                assertThat(got.body()).isEqualTo(body);
            }
        }
        assertThat(origin.connections()).isEqualTo(1);
        assertThat(origin.requests("/a")).isEqualTo(3);
        assertThat(origin.requests().get(0).fields().stream().map(f -> f.name() + ": " + f.value()))
                .containsExactlyInAnyOrder(
                        "host: 127.0.0.1:" + origin.port(), "user-agent: forebay/test", "accept-encoding: identity");
    }

    @Test
    @DisplayName("reliability 19: a kept connection that dies as it is used again is replaced silently")
    void get_keptConnectionDies_isAskedOnAFreshOne() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            wire.expectRequest();
        });
        origin.on("/b", Reply.of(200, new byte[3]));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            assertThat(origins.get("/a").body()).hasSize(2);
            assertThat(origins.get("/b").body()).hasSize(3);
        }
        assertThat(origin.connections()).isEqualTo(2);
        assertThat(origin.requests("/b")).isEqualTo(2);
    }

    @Test
    void get_headersOfTheRequest_areSentAndOurEncodingStays() {
        origin.on("/a", Reply.of(200, new byte[0]));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            origins.get("/a", Map.of("user-agent", "R/4.5", "accept", "text/html", "accept-encoding", "gzip"));
        }
        assertThat(origin.requests().get(0).fields().stream().map(f -> f.name() + ": " + f.value()))
                .containsExactlyInAnyOrder(
                        "host: 127.0.0.1:" + origin.port(),
                        "user-agent: R/4.5",
                        "accept: text/html",
                        "accept-encoding: identity");
    }

    @Test
    @DisplayName("reliability 14: a stall inside a body ends it with an error that counts the bytes")
    void get_stallInBody_failsWithCount() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345");
            wire.stall();
        });
        origin.on("/b", Reply.of(200, OriginsFixture.bytes(10)));
        try (OriginsFixture origins = OriginsFixture.of(
                OriginsFixture.options(OriginsFixture.LONG, OriginsFixture.SHORT), OriginOptions.of(origin.url("")))) {
            ForebayException failure = origins.failure("/a");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(failure).hasMessageContaining("sent nothing for 250 ms").hasMessageContaining("5 of 10 bytes");
            assertThat(origins.get("/b").status()).isEqualTo(200);
        }
        assertThat(origin.connections()).isEqualTo(2);
    }

    @Test
    @DisplayName("reliability 15: silence before the head ends at the first-byte time-out")
    void get_stallBeforeHead_fails() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.stall();
        });
        try (OriginsFixture origins = OriginsFixture.of(
                OriginsFixture.options(OriginsFixture.SHORT, OriginsFixture.LONG), OriginOptions.of(origin.url("")))) {
            ForebayException failure = origins.failure("/a");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(failure).hasMessageContaining("did not answer within 250 ms");
        }
        assertThat(origin.requests("/a")).isEqualTo(1);
    }
}
