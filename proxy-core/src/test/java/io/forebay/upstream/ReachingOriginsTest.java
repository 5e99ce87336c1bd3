package io.forebay.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.testing.OriginWire;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.testing.ScriptedOrigin.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.LoopResources;

/** Getting to an origin: names, addresses, connections, proxies, circuits. */
class ReachingOriginsTest {
    private static final UpstreamOptions OPTIONS = OriginsFixture.options(OriginsFixture.LONG, OriginsFixture.LONG);
    private static final byte[] LOCAL = {127, 0, 0, 1};

    private final ScriptedOrigin origin = ScriptedOrigin.start();
    private final AtomicLong nanos = new AtomicLong();

    @AfterEach
    void close() {
        origin.close();
    }

    @Test
    @DisplayName(
            "reliability 20: a refused connection fails at once, opens the circuit after five, and recovers by one probe")
    void get_refusedConnection_opensCircuitAndRecovers() {
        int port = origin.port();
        origin.close();
        URI url = URI.create("http://127.0.0.1:" + port);
        try (OriginsFixture origins = timed(url)) {
            for (int i = 0; i < Circuit.THRESHOLD; i++) {
                ForebayException failure = origins.failure("/a");
                assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
                assertThat(failure).hasMessageContaining("connection refused");
                assertThat(failure.retryAfter()).isEmpty();
            }
            assertThat(origins.failure("/a").retryAfter()).hasValue(Duration.ofSeconds(1));
            assertThat(origins.origins().health().get("s").open()).isTrue();
            assertThat(origins.origins().health().get("s").lastError()).contains("refused");
        }
    }

    @Test
    @DisplayName("reliability 18 and 20: no answer, a 404 and broken HTTP are no reason to open the circuit")
    void get_answersOfAnyKind_keepTheCircuitClosed() {
        try (OriginsFixture origins = timed(origin.url(""))) {
            for (int i = 0; i < 2 * Circuit.THRESHOLD; i++) {
                origin.next(OriginWire::expectRequest);
                assertThat(origins.failure("/a").retryAfter()).isEmpty();
            }
            int asked = origin.connections();
            assertThat(origins.get("/missing").status()).isEqualTo(404);
            for (int i = 0; i < 2 * Circuit.THRESHOLD; i++) {
                origin.on("/bad", Reply.raw("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"));
                assertThat(origins.failure("/bad").kind()).isEqualTo(Kind.ORIGIN_INVALID);
            }
            assertThat(origin.connections()).isGreaterThan(asked);
            assertThat(origins.origins().health().get("s").open()).isFalse();
        }
    }

    @Test
    @DisplayName("reliability 28: 429 with Retry-After reaches the caller once; the origin is left alone for that long")
    void get_tooManyRequests_leavesTheOriginAlone() {
        origin.on("/a", Reply.of(429, new byte[0], "retry-after: 60")).on("/b", Reply.of(200, new byte[0]));
        try (OriginsFixture origins = timed(origin.url(""))) {
            assertThat(origins.get("/a").status()).isEqualTo(429);
            ForebayException failure = origins.failure("/b");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(failure.retryAfter()).hasValue(Duration.ofSeconds(60));
            nanos.addAndGet(Duration.ofSeconds(60).toNanos());
            assertThat(origins.get("/b").status()).isEqualTo(200);
        }
        assertThat(origin.requests()).hasSize(2);
    }

    @Test
    @DisplayName("reliability 27: 503 with Retry-After is a matter of its path: the others are asked")
    void get_unavailable_othersAreAsked() {
        origin.on("/a", Reply.of(503, new byte[0], "retry-after: 60")).on("/b", Reply.of(200, new byte[0]));
        try (OriginsFixture origins = timed(origin.url(""))) {
            assertThat(origins.get("/a").status()).isEqualTo(503);
            assertThat(origins.get("/b").status()).isEqualTo(200);
        }
    }

    @Test
    @DisplayName("reliability 32: a name with dots that resolves to this machine or its link is not connected to")
    void get_nameOfThisMachine_isRefused() throws UnknownHostException {
        origin.on("/a", Reply.of(200, new byte[0]));
        List<byte[]> near = List.of(LOCAL, new byte[] {(byte) 169, (byte) 254, (byte) 169, (byte) 254}, new byte[4]);
        for (byte[] address : near) {
            InetAddress resolved = InetAddress.getByAddress("origin.example", address);
            try (OriginsFixture origins = resolving("origin.example", () -> List.of(resolved))) {
                ForebayException failure = origins.failure("/a");
                assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_INVALID);
                assertThat(failure).hasMessageContaining("must be written as an address");
            }
        }
        assertThat(origin.connections()).isZero();
    }

    @Test
    void addresses_nearAndFar_farOnesStay() throws UnknownHostException {
        InetSocketAddress near = new InetSocketAddress(InetAddress.getByAddress(LOCAL), 80);
        InetSocketAddress intranet = new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 0, 0, 1}), 80);
        List<InetSocketAddress> both = List.of(near, intranet);
        assertThat(ReachableAddresses.of(named("http://files.example.org"), both))
                .isEqualTo(List.of(intranet));
        for (String configured :
                List.of("http://127.0.0.1", "http://[::1]", "http://localhost", "http://build.localhost")) {
            assertThat(ReachableAddresses.of(named(configured), both)).isEqualTo(both);
        }
    }

    private static Authority named(String url) {
        return Authority.of(URI.create(url));
    }

    @Test
    @DisplayName("reliability 22: a name that does not resolve fails, and works as soon as it does")
    void get_unresolvedName_failsAndRecovers() {
        AtomicBoolean known = new AtomicBoolean();
        origin.on("/a", Reply.of(200, new byte[0]));
        try (OriginsFixture origins = resolving("origin.localhost", () -> {
            if (!known.get()) {
                throw new UnknownHostException("origin.example");
            }
            return List.of(InetAddress.getByAddress("origin.example", LOCAL));
        })) {
            assertThat(origins.failure("/a")).hasMessageContaining("does not resolve");
            known.set(true);
            assertThat(origins.get("/a").status()).isEqualTo(200);
        }
        assertThat(origin.requests().get(0).header("host")).hasValue("origin.localhost:" + origin.port());
    }

    @Test
    @DisplayName("reliability 23: of two addresses the second is tried when the first does not connect")
    void get_firstAddressDead_secondIsTried() {
        origin.on("/a", Reply.of(200, new byte[0]));
        try (OriginsFixture origins = resolving(
                "origin.localhost",
                () -> List.of(
                        InetAddress.getByAddress("origin.example", new byte[] {127, 0, 0, 9}),
                        InetAddress.getByAddress("origin.example", LOCAL)))) {
            assertThat(origins.get("/a").status()).isEqualTo(200);
        }
    }

    @Test
    void get_localhostByName_resolvesWithoutBlocking() {
        origin.on("/a", Reply.of(200, new byte[0]));
        URI url = URI.create("http://localhost:" + origin.port());
        try (OriginsFixture origins = OriginsFixture.of(OPTIONS, OriginOptions.of(url))) {
            assertThat(origins.get("/a").status()).isEqualTo(200);
        }
    }

    @Test
    @DisplayName("reliability 21: when every connection hangs, those who wait fail in their time and the pool recovers")
    void get_everyConnectionBusy_waitersFail() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.stall();
        });
        origin.on("/b", Reply.of(200, new byte[0]));
        UpstreamOptions hasty = new UpstreamOptions(
                Duration.ofSeconds(1),
                OriginsFixture.LONG,
                OriginsFixture.LONG,
                1,
                10,
                OriginsFixture.SHORT,
                OriginsFixture.LONG,
                5,
                32 * 1024,
                "forebay/test");
        try (OriginsFixture origins = OriginsFixture.of(hasty, OriginOptions.of(origin.url("")))) {
            Disposable hanging = origins.origins()
                    .exchange(OriginRequest.get("s", origin.url("/a"), Map.of()), OriginsFixture::read)
                    .subscribe();
            ForebayException failure = origins.failure("/b");
            assertThat(failure.kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
            assertThat(failure).hasMessageContaining("every connection to it is in use");
            hanging.dispose();
            assertThat(origins.get("/b").status()).isEqualTo(200);
        }
    }

    @Test
    void exchange_handlerLeavesBody_connectionIsClosedNotReused() {
        origin.on("/a", Reply.of(200, OriginsFixture.bytes(5_000_000))).on("/b", Reply.of(200, new byte[0]));
        try (OriginsFixture origins = OriginsFixture.of(OPTIONS, OriginOptions.of(origin.url("")))) {
            OriginRequest request = OriginRequest.get("s", origin.url("/a"), Map.of());
            assertThat(origins.origins()
                            .exchange(request, answer -> Mono.just(answer.status()))
                            .blockLast(OriginsFixture.LONG))
                    .isEqualTo(200);
            assertThatThrownBy(() -> origins.origins()
                            .exchange(request, answer -> {
                                throw new IllegalArgumentException("mine");
                            })
                            .blockLast(OriginsFixture.LONG))
                    .hasMessage("mine");
            assertThat(origins.origins()
                            .exchange(request, answer -> answer.body().take(1).doOnNext(ByteBuf::release))
                            .count()
                            .block(OriginsFixture.LONG))
                    .isEqualTo(1);
            assertThat(origins.get("/b").status()).isEqualTo(200);
        }
        assertThat(origin.connections()).isEqualTo(4);
    }

    @Test
    @DisplayName("reliability 51: demand reaches the origin's socket, and waiting for a slow reader is no idle time")
    void exchange_noDemand_stopsReadingAndDoesNotTimeOut() {
        int size = 64 * 1024 * 1024;
        AtomicLong sent = new AtomicLong();
        origin.on("/a", (request, wire) -> {
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: " + size + "\r\n\r\n");
            byte[] piece = new byte[64 * 1024];
            for (int i = 0; i < size / piece.length; i++) {
                wire.send(piece);
                sent.addAndGet(piece.length);
            }
        });
        try (OriginsFixture origins = OriginsFixture.of(
                OriginsFixture.options(OriginsFixture.LONG, OriginsFixture.SHORT), OriginOptions.of(origin.url("")))) {
            OriginRequest request = OriginRequest.get("s", origin.url("/a"), Map.of());
            SlowReader reader = new SlowReader();
            long read = origins.origins()
                    .exchange(request, answer -> Flux.from(answer.body()).transform(body -> Mono.<Long>create(sink -> {
                                reader.done = sink::success;
                                reader.failed = sink::error;
                                body.subscribe(reader);
                                // Four times the idle time-out without demand.
                                Schedulers.parallel()
                                        .schedule(
                                                () -> {
                                                    reader.sentWhileWaiting = sent.get();
                                                    reader.request(Long.MAX_VALUE);
                                                },
                                                1,
                                                TimeUnit.SECONDS);
                            })
                            .flux()))
                    .blockLast(Duration.ofSeconds(20));
            assertThat(read).isEqualTo(size);
            assertThat(reader.sentWhileWaiting).isLessThan(size / 2);
        }
    }

    @Test
    @DisplayName("failures 27: the source's proxy is used by CONNECT, with its password, and NO_PROXY is honoured")
    void get_throughProxy_connects() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send("HTTP/1.1 200 Connected\r\n\r\n");
            wire.expectRequest();
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            wire.expectEnd();
        });
        URI target = URI.create("http://packages.example:81");
        OriginOptions source = new OriginOptions(
                target,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(URI.create("http://me:p%40ss@127.0.0.1:" + origin.port())));
        try (OriginsFixture origins = OriginsFixture.of(OPTIONS, source)) {
            assertThat(origins.get("/a").body()).asString().isEqualTo("ok");
        }
        OriginWire.Request connect = origin.requests().get(0);
        assertThat(connect.method() + " " + connect.target()).isEqualTo("CONNECT packages.example:81");
        assertThat(connect.header("proxy-authorization")).hasValue("Basic bWU6cEBzcw==");
        assertThat(origin.requests().get(1).header("proxy-authorization")).isEmpty();
        assertThat(origin.requests().get(1).header("host")).hasValue("packages.example:81");
    }

    @Test
    @DisplayName("failures 27: a proxy that refuses is told as such, without its password")
    void get_proxyRefuses_failsWithoutSecret() {
        origin.next(wire -> {
            wire.expectRequest();
            wire.send("HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n");
            wire.expectEnd();
        });
        OriginOptions source = OriginOptions.of(URI.create("http://packages.example"));
        Map<String, String> environment = Map.of("HTTP_PROXY", "http://me:secret@127.0.0.1:" + origin.port());
        try (OriginsFixture origins = OriginsFixture.of(
                HttpOrigins.create(OPTIONS, Map.of("s", source), environment, Optional.empty()), source.url())) {
            ForebayException failure = origins.failure("/a");
            assertThat(failure).hasMessageContaining("the proxy in front of it refused");
            assertThat(failure.getMessage()).doesNotContain("secret");
        }
    }

    @Test
    @DisplayName("failures 27: HTTPS_PROXY, HTTP_PROXY and NO_PROXY")
    void proxyChoice_ofEnvironment_followsItsRules() {
        ProxyChoice choice = new ProxyChoice(
                Optional.empty(),
                Map.of(
                        "https_proxy", "http://lower:1",
                        "HTTPS_PROXY", "http://upper:2",
                        "HTTP_PROXY", "plain:3",
                        "NO_PROXY", "localhost, .internal.example,*.star.example exact.example:8443"));
        assertThat(choice.of(authority("https://pypi.org"))).hasValue(URI.create("http://lower:1"));
        assertThat(choice.of(authority("http://pypi.org"))).hasValue(URI.create("http://plain:3"));
        assertThat(choice.of(authority("http://localhost:99"))).isEmpty();
        assertThat(choice.of(authority("https://a.internal.example"))).isEmpty();
        assertThat(choice.of(authority("https://star.example"))).isEmpty();
        assertThat(choice.of(authority("https://exact.example:8443"))).isEmpty();
        assertThat(choice.of(authority("https://exact.example"))).isPresent();
        assertThat(choice.of(authority("https://notinternal.example"))).isPresent();
        assertThat(new ProxyChoice(Optional.empty(), Map.of("https_proxy", "http://p:1", "no_proxy", "*"))
                        .of(authority("https://pypi.org")))
                .isEmpty();
        assertThatThrownBy(() -> new ProxyChoice(Optional.empty(), Map.of("http_proxy", "http://u:secret @x"))
                        .of(authority("http://pypi.org")))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }

    @Test
    void create_sharedLoops_areLeftOpen() {
        LoopResources loops = LoopResources.create("shared", 1, true);
        origin.on("/a", Reply.of(200, new byte[0]));
        OriginOptions source = OriginOptions.of(origin.url(""));
        for (int i = 0; i < 2; i++) {
            try (OriginsFixture origins = OriginsFixture.of(
                    HttpOrigins.create(OPTIONS, Map.of("s", source), Map.of(), Optional.of(loops)), source.url())) {
                assertThat(origins.get("/a").status()).isEqualTo(200);
            }
            assertThat(loops.isDisposed()).isFalse();
        }
        loops.disposeLater(Duration.ZERO, OriginsFixture.LONG).block(OriginsFixture.LONG);
    }

    @Test
    void options_outOfRange_nameTheKey() {
        assertThatThrownBy(() -> new UpstreamOptions(
                        Duration.ZERO,
                        OriginsFixture.LONG,
                        OriginsFixture.LONG,
                        1,
                        1,
                        OriginsFixture.LONG,
                        OriginsFixture.LONG,
                        5,
                        32 * 1024,
                        "x"))
                .hasMessageContaining("upstream.connect-timeout");
        assertThatThrownBy(() -> new UpstreamOptions(
                        OriginsFixture.LONG,
                        OriginsFixture.LONG,
                        OriginsFixture.LONG,
                        0,
                        1,
                        OriginsFixture.LONG,
                        OriginsFixture.LONG,
                        5,
                        32 * 1024,
                        "x"))
                .hasMessageContaining("upstream.max-connections");
        assertThatThrownBy(() -> HttpOrigins.create(OPTIONS, Map.of("s", OriginOptions.of(URI.create("ftp://x/")))))
                .hasMessageContaining("sources.s.url");
        assertThat(UpstreamOptions.defaults("1.0").userAgent()).isEqualTo("forebay/1.0");
    }

    private static Authority authority(String url) {
        return Authority.of(URI.create(url));
    }

    private OriginsFixture timed(URI url) {
        return tuned(OriginOptions.of(url), UnaryOperator.identity());
    }

    private OriginsFixture tuned(OriginOptions source, UnaryOperator<HttpClient> tuning) {
        return OriginsFixture.of(
                new HttpOrigins(
                        OPTIONS,
                        Map.of("s", source),
                        Map.of(),
                        Optional.empty(),
                        tuning,
                        nanos::get,
                        Clock.systemUTC()),
                source.url());
    }

    /** What a name resolves to. */
    private interface Names {
        List<InetAddress> lookup() throws UnknownHostException;
    }

    private OriginsFixture resolving(String host, Names names) {
        AddressResolverGroup<InetSocketAddress> group = new AddressResolverGroup<>() {
            @Override
            protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
                return new InetNameResolver(executor) {
                    @Override
                    protected void doResolve(String name, Promise<InetAddress> promise) throws Exception {
                        promise.setSuccess(names.lookup().get(0));
                    }

                    @Override
                    protected void doResolveAll(String name, Promise<List<InetAddress>> promise) throws Exception {
                        promise.setSuccess(names.lookup());
                    }
                }.asAddressResolver();
            }
        };
        return tuned(
                OriginOptions.of(URI.create("http://" + host + ":" + origin.port())), client -> client.resolver(group));
    }

    /** Asks for one buffer, then waits to be told. */
    private static final class SlowReader extends BaseSubscriber<ByteBuf> {
        volatile long sentWhileWaiting;
        private long read;
        Consumer<Long> done = count -> {};
        Consumer<Throwable> failed = error -> {};

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            request(1);
        }

        @Override
        protected void hookOnNext(ByteBuf buffer) {
            read += buffer.readableBytes();
            buffer.release();
        }

        @Override
        protected void hookOnComplete() {
            done.accept(read);
        }

        @Override
        protected void hookOnError(Throwable error) {
            failed.accept(error);
        }
    }
}
