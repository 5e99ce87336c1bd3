package io.forebay.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.testing.CapturedLog;
import io.forebay.testing.OriginWire;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.testing.ScriptedOrigin.Reply;
import io.forebay.testing.TestCertificates;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

class TlsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final TestCertificates CERTIFICATES = new TestCertificates();

    @TempDir
    private Path directory;

    @Test
    @DisplayName("failures 27: the source's own CA file is trusted, and the pooled connection used again")
    void get_ownAuthority_isTrusted() throws Exception {
        try (ScriptedOrigin origin = ScriptedOrigin.start(CERTIFICATES.context(CERTIFICATES.server()));
                OriginsFixture origins = trusting(origin.url(""), Optional.empty())) {
            byte[] body = OriginsFixture.bytes(300_000);
            origin.on("/a", Reply.of(200, body));
            assertThat(origins.get("/a").body()).isEqualTo(body);
            assertThat(origins.get("/a").body()).isEqualTo(body);
            assertThat(origin.connections()).isEqualTo(1);
        }
    }

    static Stream<Arguments> bad() {
        Duration day = Duration.ofDays(1);
        return Stream.of(
                Arguments.of("expired", "expired", CERTIFICATES.issue(c -> c.subject("CN=localhost")
                        .addSanIpAddress("127.0.0.1")
                        .notBefore(Instant.now().minus(day.multipliedBy(3)))
                        .notAfter(Instant.now().minus(day)))),
                Arguments.of("not yet valid", "not valid yet", CERTIFICATES.issue(c -> c.subject("CN=localhost")
                        .addSanIpAddress("127.0.0.1")
                        .notBefore(Instant.now().plus(day))
                        .notAfter(Instant.now().plus(day.multipliedBy(3))))),
                Arguments.of("for another host", "another host", CERTIFICATES.issue(c -> c.subject("CN=127.0.0.1")
                        .addSanDnsName("elsewhere.example"))),
                Arguments.of("self-signed", "no trusted authority", TestCertificates.selfSigned()));
    }

    @ParameterizedTest(name = "reliability 25: a certificate that is {0} is refused, and never asked in plain")
    @MethodSource("bad")
    void get_badCertificate_isRefused(String name, String reason, X509Bundle certificate) throws Exception {
        try (CapturedLog log = new CapturedLog(HttpOrigins.class.getName());
                ScriptedOrigin origin = ScriptedOrigin.start(CERTIFICATES.context(certificate));
                OriginsFixture origins = trusting(origin.url(""), Optional.empty())) {
            ForebayException failure = origins.failure("/a");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(failure).hasMessageContaining(reason).hasMessageContaining("127.0.0.1:" + origin.port());
            assertThat(log.lines()).containsExactly("Source s: " + failure.getMessage());
            assertThat(origin.requests()).isEmpty();
        }
    }

    @Test
    @DisplayName("reliability 25: TLS 1.1 is refused")
    void get_oldTls_isRefused() throws Exception {
        SSLContext context = CERTIFICATES.context(CERTIFICATES.server());
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                OriginsFixture origins = trusting(URI.create("https://127.0.0.1:" + origin.port()), Optional.empty())) {
            assertThat(context.getProtocol()).isEqualTo("TLS");
            // A ServerHello of TLS 1.1, whatever the client offers.
            origin.next(wire -> {
                byte[] hello = new byte[47];
                byte[] head = {22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2};
                System.arraycopy(head, 0, hello, 0, head.length);
                hello[44] = 0;
                hello[45] = 0x2f;
                wire.send(hello);
                wire.expectEnd();
            });
            ForebayException failure = origins.failure("/a");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(failure).hasMessageContaining("TLS");
        }
    }

    @Test
    @DisplayName("reliability 25: plain HTTP where TLS is expected is refused")
    void get_plainOrigin_isRefused() throws Exception {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                OriginsFixture origins = trusting(URI.create("https://127.0.0.1:" + origin.port()), Optional.empty())) {
            origin.next(wire -> {
                wire.send(OK + "Content-Length: 1\r\n\r\nx");
                wire.expectEnd();
            });
            assertThat(origins.failure("/a").kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
        }
    }

    static Stream<Arguments> bodies() {
        return Stream.of(
                Arguments.of("with a length", OK + "Content-Length: 10\r\n\r\n01234"),
                Arguments.of("in chunks", OK + "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n"),
                Arguments.of("close-delimited", OK + "\r\n01234"));
    }

    @ParameterizedTest(name = "reliability 26: a body {0} cut without close_notify is an error")
    @MethodSource("bodies")
    void get_cutWithoutCloseNotify_fails(String name, String answer) throws Exception {
        try (ScriptedOrigin origin = ScriptedOrigin.start(CERTIFICATES.context(CERTIFICATES.server()));
                OriginsFixture origins = trusting(origin.url(""), Optional.empty())) {
            origin.next(wire -> {
                wire.expectRequest();
                wire.send(answer);
                wire.cut();
            });
            ForebayException failure = origins.failure("/a");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(failure).hasMessageContaining("cut its answer, after 5");
        }
    }

    @Test
    @DisplayName("reliability 7: a close-delimited body that ends with close_notify is whole")
    void get_closeDelimitedWithCloseNotify_completes() throws Exception {
        try (ScriptedOrigin origin = ScriptedOrigin.start(CERTIFICATES.context(CERTIFICATES.server()));
                OriginsFixture origins = trusting(origin.url(""), Optional.empty())) {
            origin.next(wire -> {
                wire.expectRequest();
                wire.send(OK + "\r\n01234");
                wire.close();
            });
            OriginsFixture.Got got = origins.get("/a");
            assertThat(got.body()).asString().isEqualTo("01234");
            assertThat(got.delimited()).isFalse();
        }
    }

    @Test
    @DisplayName("reliability 15: a TLS handshake that stalls ends")
    void get_stalledHandshake_fails() throws Exception {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                OriginsFixture origins = trusting(URI.create("https://127.0.0.1:" + origin.port()), Optional.empty())) {
            origin.next(OriginWire::stall);
            assertThat(origins.failure("/a")).hasMessageContaining("did not finish the TLS handshake in time");
        }
    }

    @Test
    @DisplayName("failures 27: a client certificate is shown to an origin that asks for one")
    void get_clientCertificate_isShown() throws Exception {
        X509Bundle mine = CERTIFICATES.issue(c -> c.subject("CN=forebay").addExtendedKeyUsageClientAuth());
        Path certificates = Files.writeString(directory.resolve("me.pem"), mine.getCertificatePathPEM());
        Path key = Files.writeString(directory.resolve("me.key"), mine.getPrivateKeyPEM());
        X509Bundle shown = CERTIFICATES.server();
        SslContext context = SslContextBuilder.forServer(shown.getKeyPair().getPrivate(), shown.getCertificatePath())
                .trustManager(CERTIFICATES.rootFile(directory).toFile())
                .clientAuth(ClientAuth.REQUIRE)
                .build();
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .secure(spec -> spec.sslContext(context))
                .handle((request, response) -> response.sendString(Mono.just("welcome")))
                .bindNow();
        URI url = URI.create("https://127.0.0.1:" + server.port());
        try (OriginsFixture with = trusting(url, Optional.of(new OriginOptions.ClientKey(certificates, key)));
                OriginsFixture without = trusting(url, Optional.empty())) {
            assertThat(with.get("/a").body()).asString().isEqualTo("welcome");
            assertThat(without.failure("/a").kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
        } finally {
            server.disposeNow();
        }
    }

    @Test
    @DisplayName(
            "HTTP/2 by ALPN: many bodies at once over the one connection allowed, byte-exact; refused answers do not end it")
    void get_http2_streamsAndGuards() throws Exception {
        byte[] body = OriginsFixture.bytes(3_000_000);
        X509Bundle shown = CERTIFICATES.server();
        GenericSslContextSpec<SslContextBuilder> context =
                Http2SslContextSpec.forServer(shown.getKeyPair().getPrivate(), shown.getCertificatePath());
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
                .secure(spec -> spec.sslContext(context))
                .handle((request, response) -> switch (request.path()) {
                    case "unasked" -> response.status(206).sendString(Mono.just("x"));
                    case "short" ->
                        response.header(HttpHeaderNames.CONTENT_LENGTH, "10").sendString(Mono.just("01234"));
                    default ->
                        response.header("x-version", request.version().text()).sendByteArray(Flux.just(body));
                })
                .bindNow();
        try (OriginsFixture origins = trusting(URI.create("https://127.0.0.1:" + server.port()), Optional.empty())) {
            assertThat(origins.get("/first").headers().get("x-version")).isEqualTo("HTTP/2.0");
            List<OriginsFixture.Got> all = Flux.range(0, 20)
                    .flatMap(
                            i -> origins.origins()
                                    .exchange(
                                            OriginRequest.get(
                                                    "s",
                                                    URI.create("https://127.0.0.1:" + server.port() + "/" + i),
                                                    Map.of()),
                                            OriginsFixture::read),
                            20)
                    .collectList()
                    .block(Duration.ofSeconds(20));
            assertThat(all).hasSize(20).allSatisfy(got -> assertThat(got.body()).isEqualTo(body));
            assertThat(all.get(0).delimited()).isTrue();
            ForebayException unasked = origins.failure("/unasked");
            assertThat(unasked.kind()).isEqualTo(Kind.ORIGIN_INVALID);
            assertThat(unasked).hasMessageContaining("206 to a request without a range");
            assertThat(origins.failure("/short")).isInstanceOf(ForebayException.class);
            assertThat(origins.get("/last").body()).isEqualTo(body);
        } finally {
            server.disposeNow();
        }
    }

    @Test
    void create_missingCaFile_namesTheKey() {
        assertThatThrownBy(() -> HttpOrigins.create(
                        OriginsFixture.options(OriginsFixture.LONG, OriginsFixture.LONG),
                        Map.of(
                                "s",
                                options(URI.create("https://a.example"), directory.resolve("none"), Optional.empty()))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sources.s.ca: ");
    }

    private OriginsFixture trusting(URI url, Optional<OriginOptions.ClientKey> key) throws Exception {
        return OriginsFixture.of(
                OriginsFixture.options(OriginsFixture.LONG, OriginsFixture.LONG),
                options(url, CERTIFICATES.rootFile(directory), key));
    }

    private static OriginOptions options(URI url, Path caFile, Optional<OriginOptions.ClientKey> key) {
        return new OriginOptions(url, List.of(), Optional.empty(), Optional.of(caFile), key, Optional.empty());
    }
}
