package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens until the first byte is there. */
class FirstByteTest {
    private static final CacheOptions HASTY =
            CacheFixture.with(new CacheOptions.Fetches(10, 10, Duration.ofSeconds(5), Duration.ofMillis(300)));

    @TempDir
    Path directory;

    private final byte[] body = CacheFixture.bytes(300_000);

    @Test
    @DisplayName("reliability 15: the time until the first byte has one limit, however long each attempt may take")
    void fetch_silent_failsWithinTheSum() {
        try (CacheFixture fixture = CacheFixture.in(directory, HASTY)) {
            fixture.origin.on("/a", (request, wire) -> wire.stall());
            ForebayException failure = fixture.failure(fixture.artifact("/a"));
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(failure).hasMessageContaining("sent nothing within 300 ms");
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
            fixture.origin.on("/head", (request, wire) -> wire.stall());
            assertThatThrownBy(() -> fixture.head(fixture.artifact("/head")))
                    .hasMessageContaining("did not answer in time");
        }
    }

    @Test
    @DisplayName("reliability 16: once a byte is there the limit no longer holds")
    void fetch_slowAfterTheFirstByte_isServedWhole() {
        try (CacheFixture fixture = CacheFixture.in(directory, HASTY)) {
            CountDownLatch gate = new CountDownLatch(1);
            fixture.origin.on("/slow", Scripts.gated(body, 100_000, gate));
            fixture.origin.on("/silent", (request, wire) -> wire.stall());
            BodyReader reader = fixture.begin(fixture.artifact("/slow"));
            reader.awaitBytes(1);
            // Another fetch begins later and runs into its limit: the first one's has passed by then.
            fixture.failure(fixture.artifact("/silent"));
            gate.countDown();
            assertThat(reader.awaitEnd().bytes()).isEqualTo(body);
        }
    }

    @Test
    @DisplayName("reliability 27 and 28: a time to wait that is told as a date reaches the client")
    void fetch_retryAfterAsADate_isTold() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            String later = HttpTime.format(Instant.now().plusSeconds(40));
            fixture.origin.on("/a", Scripts.status(503, "retry-after: " + later));
            assertThat(fixture.failure(fixture.artifact("/a")).retryAfter()).hasValueSatisfying(wait -> assertThat(wait)
                    .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(41)));
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("reliability 27: 503 with Retry-After concerns its file: others of the host are fetched")
    void fetch_oneFileBusy_othersAreFetched() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            fixture.origin.on("/a", Scripts.status(503, "retry-after: 60")).on("/b", Reply.of(200, body));
            for (int i = 0; i < 3; i++) {
                assertThat(fixture.failure(fixture.artifact("/a")).retryAfter()).hasValue(Duration.ofSeconds(60));
            }
            assertThat(fixture.get(fixture.artifact("/b")).bytes()).isEqualTo(body);
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("reliability 27: an origin that asks for a second is asked again within the fetch, once")
    void fetch_shortPause_isWaitedForOnce() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            Reply busy = Scripts.status(503, "retry-after: 1");
            fixture.origin.on("/a", Scripts.sequence(busy, Reply.of(200, body))).on("/b", busy);
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(body);
            assertThat(fixture.failure(fixture.artifact("/b")).kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(List.of(fixture.origin.requests("/a"), fixture.origin.requests("/b")))
                    .containsExactly(2L, 2L);
        }
    }

    @Test
    @DisplayName("reliability 14 and 18: paths behind which nothing is said close no host")
    void fetch_manySilentPaths_othersAreFetched() {
        try (CacheFixture fixture = CacheFixture.in(directory, HASTY)) {
            fixture.origin.on("/good", Reply.of(200, body));
            for (int i = 0; i < 4; i++) {
                fixture.origin.on("/cut" + i, (request, wire) -> wire.close());
                fixture.failure(fixture.artifact("/cut" + i));
            }
            assertThat(fixture.get(fixture.artifact("/good")).bytes()).isEqualTo(body);
        }
    }
}
