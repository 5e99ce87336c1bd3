package io.forebay.http;

import io.forebay.model.Exchange;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.PackageId;
import io.forebay.model.TrustedProxies;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** What is learnt of one request while it is answered. Used by the connection's event loop only. */
final class ExchangeContext {
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final TrustedProxies proxies;
    /** Held, because a request that has been answered no longer tells it. */
    private final Channel channel;

    private final long begun = System.nanoTime();
    private String repository = "";
    private @Nullable PackageId subject;
    private String principal = "";
    private Exchange.CacheStatus cacheStatus = Exchange.CacheStatus.NONE;
    private @Nullable Kind failure;
    private boolean left;
    private long firstByte;
    private long bytes;

    ExchangeContext(HttpServerRequest request, HttpServerResponse response, TrustedProxies proxies) {
        this.proxies = proxies;
        this.request = request;
        this.response = response;
        this.channel = channelOf(request);
    }

    /** The connection's memo of hits; empty where there is none. */
    Optional<HitMemo> memo() {
        return HitMemo.of(channel());
    }

    /** The connection, or the stream of an HTTP/2 connection. */
    Channel channel() {
        return channel;
    }

    private static Channel channelOf(HttpServerRequest request) {
        AtomicReference<@Nullable Channel> found = new AtomicReference<>();
        request.withConnection(connection -> found.set(connection.channel()));
        return Objects.requireNonNull(found.get());
    }

    /**
     * The record of the exchange as it will be when a body of so many bytes has been sent with 200, its client the one that the
     * head names to whom it comes from a trusted proxy.
     */
    Exchange expected(long bodyBytes) {
        return new Exchange(
                request.method().name(),
                request.uri(),
                repository,
                Optional.ofNullable(subject),
                200,
                cacheStatus,
                bodyBytes,
                0,
                0,
                0,
                proxies.client(request.requestHeaders()::getAll)
                        .map(InetAddress::getHostAddress)
                        .orElse(""),
                "",
                Optional.ofNullable(request.requestHeaders().get("user-agent")).orElse(""),
                request.version().text(),
                Optional.empty());
    }

    /** Address of who asks, as far as it can be believed. */
    String client() {
        return proxies.sender(request.remoteAddress(), request.requestHeaders()::getAll)
                .address();
    }

    HttpServerRequest request() {
        return request;
    }

    HttpServerResponse response() {
        return response;
    }

    void repository(String name) {
        repository = name;
    }

    void subject(PackageId id) {
        subject = id;
    }

    /** Who an administrator's call came from. */
    void principal(String name) {
        principal = name;
    }

    void cacheStatus(Exchange.CacheStatus status) {
        cacheStatus = status;
    }

    /** A failure is told to the client, or cuts its body. */
    void failed(Kind kind) {
        failure = kind;
    }

    /** The client went away, which is nobody's failure. */
    void left() {
        left = true;
    }

    /** The head goes out now. */
    void headSent() {
        if (firstByte == 0) {
            firstByte = System.nanoTime();
        }
    }

    void sent(long count) {
        bytes += count;
    }

    /** The record of the exchange, when it is over. */
    Exchange ended() {
        long now = System.nanoTime();
        return new Exchange(
                request.method().name(),
                request.uri(),
                repository,
                Optional.ofNullable(subject),
                response.hasSentHeaders() ? response.status().code() : 0,
                cacheStatus,
                bytes,
                (firstByte == 0 ? now : firstByte) - begun,
                now - begun,
                System.currentTimeMillis(),
                client(),
                principal,
                Optional.ofNullable(request.requestHeaders().get("user-agent")).orElse(""),
                request.version().text(),
                left ? Optional.empty() : Optional.ofNullable(failure));
    }
}
