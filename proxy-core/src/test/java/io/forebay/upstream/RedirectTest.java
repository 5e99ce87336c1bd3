package io.forebay.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedirectTest {
    private final ScriptedOrigin origin = ScriptedOrigin.start();
    private final ScriptedOrigin other = ScriptedOrigin.start();

    @AfterEach
    void close() {
        origin.close();
        other.close();
    }

    @ParameterizedTest(name = "reliability 31: {0} is followed")
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void get_redirect_isFollowedAndTheFinalUrlTold(int status) {
        origin.on("/a", Reply.of(status, new byte[100], "location: ../b?c=d#e"))
                .on("/b?c=d", Reply.of(200, new byte[10]));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            OriginsFixture.Got got = origins.get("/a");
            assertThat(got.status()).isEqualTo(200);
            assertThat(got.url().getPath()).isEqualTo("/b");
        }
        assertThat(origin.connections()).isEqualTo(1);
    }

    @Test
    @DisplayName("reliability 31: five redirects are followed, a sixth and a loop are refused")
    void get_manyRedirects_endAfterFive() {
        for (int i = 0; i < 6; i++) {
            origin.on("/" + i, Reply.of(302, new byte[0], "location: /" + (i + 1)));
        }
        origin.on("/6", Reply.of(200, new byte[0]));
        origin.on("/loop", Reply.of(302, new byte[0], "location: /loop"));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            assertThat(origins.get("/1").status()).isEqualTo(200);
            assertThat(origins.failure("/0").kind()).isEqualTo(Kind.ORIGIN_INVALID);
            assertThat(origins.failure("/loop")).hasMessageContaining("redirects more than 5 times");
        }
        assertThat(origin.requests("/loop")).isEqualTo(6);
    }

    @Test
    @DisplayName("reliability 32, failures 29: a redirect to a port that is not listed is refused and not asked")
    void get_redirectToUnlistedAuthority_isRefused() {
        origin.on("/a", Reply.of(302, new byte[0], "location: " + other.url("/secret")));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            ForebayException failure = origins.failure("/a");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_INVALID);
            assertThat(failure).hasMessageContaining("127.0.0.1:" + other.port());
        }
        assertThat(other.connections()).isZero();
    }

    @ParameterizedTest(name = "reliability 32: {0} is refused")
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "ftp://127.0.0.1/x",
                "gopher://127.0.0.1/x",
                "http://169.254.169.254/latest/meta-data/",
                "http://localhost/x",
                "http://[::1]/x",
                "http://user:secret@127.0.0.1/x",
                "http:///x",
                "//127.0.0.1:1/x",
                "http://127.1/x",
                "http://2130706433/x",
                "jar:http://127.0.0.1!/x",
                "http://exa mple/",
                "http://127.0.0.1:99999/"
            })
    void get_redirectElsewhere_isRefused(String location) {
        origin.on("/a", Reply.of(302, new byte[0], "location: " + location));
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            ForebayException failure = origins.failure("/a");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_INVALID);
            assertThat(failure.getMessage()).doesNotContain("secret");
        }
        assertThat(origin.requests()).hasSize(1);
    }

    @Test
    @DisplayName("failures 29: a link to a host that is not listed is refused")
    void get_unlistedUrl_isRefused() {
        try (OriginsFixture origins = OriginsFixture.plain(origin)) {
            OriginRequest request = OriginRequest.get("s", other.url("/x"), Map.of());
            assertThat(origins.failure(request).kind()).isEqualTo(Kind.ORIGIN_INVALID);
        }
        assertThat(other.connections()).isZero();
    }

    @Test
    @DisplayName("failures 28: credentials go to the source's own authority and do not follow a redirect")
    void get_redirectToAnotherAuthority_dropsCredentials() {
        origin.on("/a", Reply.of(302, new byte[0], "location: " + other.url("/b")));
        other.on("/b", Reply.of(200, new byte[10]));
        OriginOptions source = new OriginOptions(
                origin.url("/base"),
                List.of(URI.create("HTTP://127.0.0.1:" + other.port() + "/ignored/path")),
                Optional.of(Credentials.basic("me", "pässword")),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        try (OriginsFixture origins =
                OriginsFixture.of(OriginsFixture.options(OriginsFixture.LONG, OriginsFixture.LONG), source)) {
            OriginRequest request = OriginRequest.get("s", origin.url("/a"), Map.of());
            assertThat(origins.exchange(request).status()).isEqualTo(200);
        }
        assertThat(origin.requests().get(0).header("authorization")).hasValue("Basic bWU6cMOkc3N3b3Jk");
        assertThat(other.requests().get(0).header("authorization")).isEmpty();
        assertThat(source.toString()).doesNotContain("bWU6");
        assertThat(source.credentials().toString()).doesNotContain("bWU6");
    }

    @Test
    void get_largeRedirectBody_isNotRead() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send("HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 1000000\r\n\r\n");
            wire.stall();
        });
        origin.on("/b", Reply.of(200, new byte[10]));
        try (OriginsFixture origins = OriginsFixture.of(
                OriginsFixture.options(OriginsFixture.LONG, OriginsFixture.LONG), OriginOptions.of(origin.url("")))) {
            assertThat(origins.get("/a").status()).isEqualTo(200);
        }
    }
}
