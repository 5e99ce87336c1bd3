package io.forebay.http;

import io.forebay.model.Exchanges;
import io.forebay.model.ForebayException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.resources.LoopResources;

/**
 * Sends who comes by plain HTTP to the same target by HTTPS: 308 (RFC 9110 section 15.4.9), so that the method stays. Serves
 * nothing itself. Where it sends is {@code public-url}, else the host that was asked for, if the request names one and no more.
 *
 * <p>Threads: requests are handled on the event loops given.
 */
public final class PlainRedirect implements AutoCloseable {
    private static final int HTTPS_PORT = 443;
    /** Each label ends at a dot or at the end: there is one way to read a text, so a long one costs no more than its length. */
    private static final Pattern HOST = Pattern.compile(
            "([A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\\.[A-Za-z0-9-]{1,63}){0,40}\\.?|\\[[0-9A-Fa-f:.]{2,45}])(?::[0-9]{1,5})?");

    /** What RFC 3986 lets stand in a path and a query. */
    private static final Pattern TARGET = Pattern.compile("/[A-Za-z0-9._~:/?\\[\\]@!$&'()*+,;=%-]*");

    private final DisposableServer server;

    private PlainRedirect(DisposableServer server) {
        this.server = server;
    }

    /**
     * Begins to listen. Fails when the address is in use.
     *
     * @param options limits of requests and connections; their address is not used
     * @param publicUrl where clients are sent; by the Host they name without
     * @param port where HTTPS is
     * @param exchanges told of every answer
     */
    public static Mono<PlainRedirect> start(
            InetSocketAddress listen,
            ServerOptions options,
            Optional<URI> publicUrl,
            int port,
            LoopResources loops,
            Exchanges exchanges) {
        ConnectionLimits limits =
                new ConnectionLimits(options.maxConnections(), options.maxConnectionsPerAddress(), options.proxies());
        return HttpServer.create()
                .bindAddress(() -> listen)
                .runOn(loops)
                .httpRequestDecoder(spec -> spec.maxInitialLineLength(options.maxTargetBytes())
                        .maxHeaderSize(options.maxHeaderBytes())
                        .validateHeaders(true))
                .idleTimeout(options.idleTimeout())
                .doOnChannelInit((observer, channel, remote) -> {
                    limits.guard(channel);
                    channel.pipeline()
                            .addBefore(
                                    NettyPipeline.HttpCodec,
                                    HeadGuard.NAME,
                                    new HeadGuard(options.headTimeout(), connection -> false));
                })
                .handle((request, response) -> {
                    ExchangeContext exchange = new ExchangeContext(request, response, options.proxies());
                    return Mono.from(answer(exchange, publicUrl, port))
                            .doFinally(signal -> exchanges.ended(exchange.ended()));
                })
                .bind()
                .map(PlainRedirect::new);
    }

    private static Publisher<Void> answer(ExchangeContext exchange, Optional<URI> publicUrl, int port) {
        HttpServerRequest request = exchange.request();
        exchange.response().keepAlive(false);
        try {
            RequestHead.judge(request);
            String host = Optional.ofNullable(request.requestHeaders().get(HttpHeaderNames.HOST))
                    .orElse("");
            String location = location(request.uri(), host, publicUrl, port);
            exchange.response().header(HttpHeaderNames.LOCATION, location);
            return ResponseWriter.text(exchange, HttpResponseStatus.PERMANENT_REDIRECT, "see " + location);
        } catch (ForebayException e) {
            exchange.failed(e.kind());
            return ResponseWriter.text(exchange, HttpResponseStatus.BAD_REQUEST, e.getMessage());
        }
    }

    /** @throws ForebayException of kind {@code BAD_REQUEST} when there is no telling where the client wants to go */
    static String location(String target, String host, Optional<URI> publicUrl, int port) {
        if (!TARGET.matcher(target).matches()) {
            throw ForebayException.badRequest("the request's target is no path");
        }
        Matcher named = HOST.matcher(host);
        if (!named.matches()) {
            throw ForebayException.badRequest("the request's Host is no host");
        }
        String base = publicUrl
                .map(url -> url.toString().replaceAll("/+$", ""))
                .orElseGet(() -> "https://" + named.group(1) + (port == HTTPS_PORT ? "" : ":" + port));
        return base + target;
    }

    /** Where it really listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.address();
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
