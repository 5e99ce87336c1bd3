package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Plan;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HEAD of what is not held. */
class ProbeTest {
    @TempDir
    private Path directory;

    private final byte[] body = CacheFixture.bytes(1_000);
    private CacheFixture fixture;

    @BeforeEach
    void open() {
        fixture =
                CacheFixture.in(directory, CacheFixture.with(Duration.ofMinutes(1), Duration.ofMinutes(1), 1 << 30, 0));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private void assertFails(Plan plan, Kind kind) {
        assertThatThrownBy(() -> fixture.head(plan))
                .isInstanceOfSatisfying(
                        ForebayException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void head_artifactAndIndex_mayBeReusedAsLongAsByGet() {
        fixture.origin.on("/a", Reply.of(200, body)).on("/i", Reply.of(200, body));
        try (Answer artifact = fixture.head(fixture.artifact("/a"));
                Answer index = fixture.head(fixture.index("/i"))) {
            assertThat(artifact.lifetime()).isEqualTo(PackageCache.FOR_EVER);
            assertThat(artifact.immutable()).isTrue();
            assertThat(artifact.body().length()).hasValue(1_000);
            assertThat(artifact.status().value()).isEqualTo("forebay; fwd=miss; fwd-status=200");
            assertThat(index.lifetime()).isEqualTo(CacheOptions.DEFAULTS.indexTtl());
            assertThat(index.immutable()).isFalse();
        }
        assertThat(fixture.origin.requests())
                .allMatch(request -> request.method().equals("HEAD"));
    }

    @Test
    void head_withoutALength_tellsNone() {
        fixture.origin.on("/a", Reply.raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"));
        try (Answer head = fixture.head(fixture.artifact("/a"))) {
            assertThat(head.body().length()).isEmpty();
            assertThat(head.body().at(0, 1)).isInstanceOf(Piece.End.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"404, NOT_FOUND", "410, NOT_FOUND", "403, ORIGIN_UNAVAILABLE", "500, ORIGIN_UNAVAILABLE"})
    void head_failure_isRemembered(int status, Kind kind) {
        fixture.origin.on("/a", Scripts.status(status));
        assertFails(fixture.artifact("/a"), kind);
        assertFails(fixture.artifact("/a"), kind);
        assertThat(fixture.origin.requests("/a")).isEqualTo(1);
    }

    @Test
    void head_secondUrlOrSourceHasIt_isItsHead() {
        fixture.origin.on("/b", Reply.of(200, body));
        Plan urls = CacheFixture.artifact(
                fixture.candidate("/a").withUrls(List.of(fixture.origin.url("/a"), fixture.origin.url("/b"))));
        Plan sources = CacheFixture.artifact(fixture.candidate("/c"), fixture.candidate("t", "/b"));
        for (Plan plan : List.of(urls, sources)) {
            try (Answer head = fixture.head(plan)) {
                assertThat(head.body().length()).hasValue(1_000);
            }
        }
        fixture.origin.on("/d", Scripts.status(403));
        assertFails(
                CacheFixture.artifact(fixture.candidate("/d"), fixture.candidate("t", "/b")), Kind.ORIGIN_UNAVAILABLE);
    }
}
