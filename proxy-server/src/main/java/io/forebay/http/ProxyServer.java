package io.forebay.http;

import io.forebay.cache.PackageCache;
import io.forebay.model.Exchanges;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.policy.AccessPolicy;
import io.forebay.repository.Repositories;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * The HTTP server: repositories under their names, Forebay's own pages beside them.
 *
 * <p>Threads: requests are handled on the event loops given. {@link #close} blocks until running answers have ended or the drain
 * time-out has passed.
 */
public final class ProxyServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);

    /** First path segments that are Forebay's own and cannot name a repository. */
    public static final Set<String> OWN_SEGMENTS =
            Set.of("", "-", "health", "metrics", "api", "static", "favicon.ico", "robots.txt");

    /** Threads that read certificates and write pages into memory: one at a time, seldom. */
    private static final int READERS = 1;

    private static final int READERS_QUEUE = 100;

    /** Of what a client sends, in one go. */
    private static final int READ_BYTES_MAX = 64 << 10;

    private final ServerOptions options;
    private volatile AccessPolicy policy;
    private final ProxyHandler handler;
    private final ResponseWriter writer;
    private final OwnPages ownPages;
    private final Exchanges exchanges;
    private final HitMemos memos;
    private final LoopResources loops;
    private final Scheduler readers;
    private final Connections connections = new Connections();
    private Optional<DisposableServer> running = Optional.empty();
    private Optional<ReloadingTls> tls = Optional.empty();

    /** Answers what belongs to no repository. Called on event loops; never blocks. */
    @FunctionalInterface
    public interface OwnPages {
        /** @param principal is told who called, when that is known */
        Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response, Consumer<String> principal);
    }

    /**
     * Prepares a server.
     *
     * @param ownPages answers requests whose first path segment is one of {@link #OWN_SEGMENTS}
     */
    public ProxyServer(
            ServerOptions options,
            Repositories repositories,
            AccessPolicy policy,
            PackageCache cache,
            OwnPages ownPages,
            Exchanges exchanges,
            LoopResources loops,
            InstantSource clock) {
        this.options = options;
        this.readers = Schedulers.newBoundedElastic(READERS, READERS_QUEUE, "reader");
        this.writer = new ResponseWriter(options.idleTimeout());
        this.policy = policy;
        this.handler = new ProxyHandler(repositories, () -> this.policy, cache, writer, clock);
        this.ownPages = ownPages;
        this.exchanges = exchanges;
        this.memos = new HitMemos(exchanges, readers);
        this.loops = loops;
    }

    /** Begins to listen. Fails when the address is in use. */
    public Mono<InetSocketAddress> start() {
        ConnectionLimits limits =
                new ConnectionLimits(options.maxConnections(), options.maxConnectionsPerAddress(), options.proxies());
        HttpServer plain = HttpServer.create()
                .bindAddress(options::listen)
                .runOn(loops)
                .httpRequestDecoder(spec -> spec.maxInitialLineLength(options.maxTargetBytes())
                        .maxHeaderSize(options.maxHeaderBytes())
                        .validateHeaders(true))
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                // A guess from the last heads would cut a longer one in two, and the memo takes whole ones only.
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(HeadBytes.BYTES_MAX, HeadBytes.BYTES_MAX, READ_BYTES_MAX))
                .option(ChannelOption.SO_BACKLOG, 4096)
                .option(ChannelOption.SO_REUSEADDR, true)
                .idleTimeout(options.idleTimeout())
                .compress(false)
                .doOnChannelInit((observer, channel, remote) -> {
                    limits.guard(channel);
                    connections.opened(channel);
                    new HitMemo(memos, options.proxies(), connections, options.idleTimeout(), channel)
                            .install(channel.pipeline());
                    channel.pipeline()
                            .addAfter(
                                    HitMemo.NAME,
                                    HeadGuard.NAME,
                                    new HeadGuard(options.headTimeout(), connections::isAnswering));
                })
                .handle(this::handle);
        return options.tls()
                .map(files -> secured(plain, files))
                .orElse(plain)
                .bind()
                .<InetSocketAddress>map(server -> {
                    running = Optional.of(server);
                    return (InetSocketAddress) server.address();
                });
    }

    /** Asks other rules from the next request on; downloads that run go on. To be called when repositories were replaced, too. */
    public void policy(AccessPolicy fresh) {
        policy = fresh;
        memos.forget();
    }

    /** Looks at once whether the certificate's files have changed. Blocks while it reads them. */
    public void rereadCertificate() {
        tls.ifPresent(ReloadingTls::look);
    }

    private HttpServer secured(HttpServer plain, ServerOptions.Tls files) {
        ReloadingTls context = ReloadingTls.open(files, readers);
        tls = Optional.of(context);
        return plain.protocol(HttpProtocol.H2, HttpProtocol.HTTP11).secure(spec -> spec.sslContext(context));
    }

    private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        ExchangeContext exchange = new ExchangeContext(request, response, options.proxies());
        Channel channel = exchange.channel();
        connections.began(channel);
        if (connections.draining()) {
            response.keepAlive(false);
        }
        Mono<Void> answered = Mono.defer(() -> Mono.from(route(exchange)))
                .doOnError(thrown -> note(exchange, thrown))
                .onErrorResume(e -> !response.hasSentHeaders(), e -> Mono.from(writer.failure(exchange, failure(e))));
        return answered.doFinally(signal -> {
            exchanges.ended(exchange.ended());
            exchange.memo().ifPresent(HitMemo::ended);
            connections.ended(channel);
        });
    }

    private Publisher<Void> route(ExchangeContext exchange) {
        RequestHead.judge(exchange.request());
        RequestTarget target = RequestTarget.parse(exchange.request().uri());
        if (!OWN_SEGMENTS.contains(target.first())) {
            return handler.handle(exchange, target);
        }
        ResponseWriter.common(exchange.response().responseHeaders());
        return ownPages.answer(exchange.request(), exchange.response(), exchange::principal);
    }

    private static void note(ExchangeContext exchange, Throwable thrown) {
        failureKind(thrown).ifPresentOrElse(exchange::failed, exchange::left);
    }

    /** What an answer failed of; empty when its client left, which is nobody's failure. */
    static Optional<Kind> failureKind(Throwable thrown) {
        if (AbortedException.isConnectionReset(thrown)) {
            return Optional.empty();
        }
        return Optional.of(thrown instanceof ForebayException known ? known.kind() : Kind.INTERNAL);
    }

    private static ForebayException failure(Throwable thrown) {
        if (thrown instanceof ForebayException known) {
            return known;
        }
        if (AbortedException.isConnectionReset(thrown)) {
            return ForebayException.unavailable("the client left");
        }
        LOG.error("Unexpected failure while answering", thrown);
        return new ForebayException(
                Kind.INTERNAL, "an error in this server; its log says more", Optional.empty(), thrown);
    }

    static String address(@Nullable SocketAddress remote) {
        return remote instanceof InetSocketAddress address && address.getAddress() != null
                ? address.getAddress().getHostAddress()
                : "";
    }

    @Override
    public void close() {
        running.ifPresent(server -> {
            server.disposeNow();
            connections.drain(options.drainTimeout());
        });
        running = Optional.empty();
        memos.forget();
        tls.ifPresent(ReloadingTls::close);
        readers.dispose();
    }
}
