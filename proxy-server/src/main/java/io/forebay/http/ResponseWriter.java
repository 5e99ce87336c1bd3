package io.forebay.http;

import io.forebay.cache.Answer;
import io.forebay.cache.Body;
import io.forebay.cache.CacheStatus;
import io.forebay.cache.Piece;
import io.forebay.model.Exchange;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Answers on the wire: RFC 9110, 9111, 9112. What clients act on is in every answer: Date, a strong ETag, Content-Length wherever
 * it is known, Accept-Ranges, Cache-Control with an honest Age, Vary on negotiated pages, Cache-Status.
 *
 * <p>Stateless; runs on event loops.
 */
final class ResponseWriter {
    /** Bodies up to this length go out with their head in one write. */
    private static final int SMALL_BYTES = 64 << 10;

    private final Duration patience;

    /** @param patience a client that takes not one byte for so long is cut */
    ResponseWriter(Duration patience) {
        this.patience = patience;
    }

    /** Writes what the cache found and closes it. */
    Mono<Void> answer(ExchangeContext exchange, Answer answer) {
        exchange.cacheStatus(logged(answer.status().kind()));
        return Mono.usingWhen(
                Mono.just(answer), open -> written(exchange, open), open -> Mono.fromRunnable(open::close));
    }

    private Mono<Void> written(ExchangeContext exchange, Answer answer) {
        HttpHeaders request = exchange.request().requestHeaders();
        HttpServerResponse response = exchange.response();
        HttpHeaders headers = response.responseHeaders();
        Head head = answer.head();
        boolean gzip = answer.gzip().isPresent() && acceptsGzip(request);
        Body body = gzip ? answer.gzip().get().body() : answer.body();
        Optional<String> etag = gzip ? Optional.of(answer.gzip().get().etag()) : head.etag();
        common(headers);
        etag.ifPresent(value -> headers.set(HttpHeaderNames.ETAG, value));
        head.lastModified().ifPresent(time -> headers.set(HttpHeaderNames.LAST_MODIFIED, HttpDate.format(time)));
        headers.set(HttpHeaderNames.CACHE_CONTROL, cacheControl(answer));
        headers.set(HttpHeaderNames.AGE, Long.toString(answer.age().toSeconds()));
        headers.set("Cache-Status", answer.status().value());
        if (answer.negotiated()) {
            headers.set(HttpHeaderNames.VARY, "Accept, Accept-Encoding");
        }
        if (Conditions.isNotModified(request, etag, head.lastModified())) {
            return emptied(exchange, HttpResponseStatus.NOT_MODIFIED);
        }
        head.contentType().ifPresent(type -> headers.set(HttpHeaderNames.CONTENT_TYPE, type));
        head.extra().forEach(headers::set);
        if (gzip) {
            headers.set(HttpHeaderNames.CONTENT_ENCODING, "gzip");
        }
        OptionalLong length = body.length();
        if (length.isPresent()) {
            headers.set(HttpHeaderNames.ACCEPT_RANGES, "bytes");
        }
        boolean ranged = request.contains(HttpHeaderNames.RANGE);
        if (!ranged && length.isPresent() && length.getAsLong() > 0) {
            remember(exchange, answer, body, length.getAsLong());
        }
        return ranged(exchange, body, length, etag, head);
    }

    /** The same request gets the same answer in front of the codec, while it stands. */
    private static void remember(ExchangeContext exchange, Answer answer, Body body, long length) {
        HttpServerRequest request = exchange.request();
        boolean plain = request.method().equals(HttpMethod.GET)
                && request.version().equals(HttpVersion.HTTP_1_1)
                && !request.requestHeaders().contains(HttpHeaderNames.CONNECTION)
                && !request.requestHeaders().contains(HttpHeaderNames.IF_NONE_MATCH)
                && !request.requestHeaders().contains(HttpHeaderNames.IF_MODIFIED_SINCE)
                && !request.requestHeaders().contains(HttpHeaderNames.AUTHORIZATION);
        boolean small = length <= SMALL_BYTES;
        Optional<Body.Again> again = small ? Optional.empty() : body.again();
        if (plain && answer.standing().isPresent() && (small || again.isPresent())) {
            exchange.memo()
                    .ifPresent(memo -> memo.remember(new ResponseRecording.Answered(
                            answer.standing().get(), exchange.expected(length), small ? (int) length : 0, again)));
        }
    }

    private Mono<Void> ranged(
            ExchangeContext exchange, Body body, OptionalLong length, Optional<String> etag, Head head) {
        HttpHeaders request = exchange.request().requestHeaders();
        boolean get = exchange.request().method().equals(HttpMethod.GET);
        if (get
                && length.isPresent()
                && Conditions.allowsPart(request.get(HttpHeaderNames.IF_RANGE), etag, head.lastModified())) {
            ByteRange.Wish wish =
                    ByteRange.of(Optional.ofNullable(request.get(HttpHeaderNames.RANGE)), length.getAsLong());
            if (wish instanceof ByteRange.Wish.Unsatisfiable) {
                return unsatisfiable(exchange, length.getAsLong());
            }
            if (wish instanceof ByteRange.Wish.Part part) {
                ByteRange range = part.range();
                exchange.response().status(HttpResponseStatus.PARTIAL_CONTENT);
                exchange.response()
                        .header(
                                HttpHeaderNames.CONTENT_RANGE,
                                "bytes " + range.first() + "-" + range.last() + "/" + length.getAsLong());
                return sent(exchange, body, range.first(), range.last() + 1);
            }
        }
        exchange.response().status(HttpResponseStatus.OK);
        return sent(exchange, body, 0, length.orElse(-1));
    }

    private Mono<Void> sent(ExchangeContext exchange, Body body, long from, long end) {
        HttpServerResponse response = exchange.response();
        boolean undelimited = end < 0 && exchange.request().version().equals(HttpVersion.HTTP_1_0);
        if (end >= 0) {
            response.responseHeaders().set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(end - from));
        } else if (undelimited) {
            response.chunkedTransfer(false).keepAlive(false);
        } else {
            response.chunkedTransfer(true);
        }
        exchange.headSent();
        if (exchange.request().method().equals(HttpMethod.HEAD)) {
            return response.send().then();
        }
        if (end >= 0 && end - from <= SMALL_BYTES) {
            Piece piece = end == from ? new Piece.End() : body.at(from, (int) (end - from));
            if (piece instanceof Piece.Bytes bytes && bytes.bytes().readableBytes() == end - from) {
                exchange.sent(end - from);
                return response.sendObject(bytes.bytes()).then();
            }
            if (piece instanceof Piece.Bytes bytes) {
                bytes.bytes().release();
            }
            if (end == from) {
                return response.send().then();
            }
        }
        Channel to = exchange.channel();
        Mono<Void> sending = BodySending.send(Wire.through(to), body, from, end, exchange::sent, patience);
        return response.sendHeaders()
                .then(undelimited ? endedByReset(to, sending) : sending)
                .then();
    }

    /** HTTP/1.0 has no chunks: the connection's end is the body's, so that of a broken one must be a reset. */
    private static Mono<Void> endedByReset(Channel channel, Mono<Void> sending) {
        return Mono.defer(() -> {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            return sending.doOnSuccess(whole -> channel.config().setOption(ChannelOption.SO_LINGER, -1));
        });
    }

    private Mono<Void> unsatisfiable(ExchangeContext exchange, long length) {
        HttpServerResponse response = exchange.response();
        response.header(HttpHeaderNames.CONTENT_RANGE, "bytes */" + length);
        return emptied(exchange, HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE);
    }

    private static Mono<Void> emptied(ExchangeContext exchange, HttpResponseStatus status) {
        exchange.response().status(status);
        if (!status.equals(HttpResponseStatus.NOT_MODIFIED)) {
            exchange.response().header(HttpHeaderNames.CONTENT_LENGTH, "0");
        }
        exchange.headSent();
        return exchange.response().send().then();
    }

    /** 301: another spelling of the same name, which clients may remember. */
    Publisher<Void> redirect(ExchangeContext exchange, String location) {
        HttpHeaders headers = exchange.response().responseHeaders();
        headers.set(HttpHeaderNames.LOCATION, location);
        headers.set(HttpHeaderNames.CACHE_CONTROL, "max-age=86400, public");
        return text(exchange, HttpResponseStatus.MOVED_PERMANENTLY, "see " + location);
    }

    /** A failure as a status and one line of text. */
    Publisher<Void> failure(ExchangeContext exchange, ForebayException failure) {
        exchange.failed(failure.kind());
        HttpHeaders headers = exchange.response().responseHeaders();
        ErrorResponses.retryAfterSeconds(failure)
                .ifPresent(seconds -> headers.set(HttpHeaderNames.RETRY_AFTER, Long.toString(seconds)));
        if (failure.kind() == Kind.METHOD_NOT_ALLOWED) {
            headers.set(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        if (failure.kind() == Kind.BAD_REQUEST) {
            // What follows on the connection may be anything, even a part of this request.
            exchange.response().keepAlive(false);
        }
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        HttpResponseStatus status = ErrorResponses.status(failure);
        return text(exchange, status, failure.getMessage());
    }

    /** A plain text answer. */
    static Publisher<Void> text(ExchangeContext exchange, HttpResponseStatus status, String line) {
        HttpServerResponse response = exchange.response();
        HttpHeaders headers = response.responseHeaders();
        common(headers);
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        response.status(status);
        headers.set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        headers.set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(bytes.length));
        exchange.headSent();
        if (exchange.request().method().equals(HttpMethod.HEAD)) {
            return response.send().then();
        }
        ByteBuf body = Unpooled.wrappedBuffer(bytes);
        exchange.sent(bytes.length);
        return response.sendObject(body).then();
    }

    private static Exchange.CacheStatus logged(CacheStatus.Kind kind) {
        return switch (kind) {
            case HIT -> Exchange.CacheStatus.HIT;
            case STALE -> Exchange.CacheStatus.STALE;
            case MISS -> Exchange.CacheStatus.MISS;
            case COLLAPSED -> Exchange.CacheStatus.COLLAPSED;
            case REVALIDATED -> Exchange.CacheStatus.REVALIDATED;
        };
    }

    /** What every answer has. */
    static void common(HttpHeaders headers) {
        headers.set(HttpHeaderNames.DATE, HttpDate.now());
        headers.set("X-Content-Type-Options", "nosniff");
    }

    private static String cacheControl(Answer answer) {
        String lifetime = "max-age=" + answer.lifetime().toSeconds();
        return answer.immutable() ? lifetime + ", immutable, public" : lifetime + ", public";
    }

    /** Whether gzip may be sent: named without {@code q=0}. */
    private static boolean acceptsGzip(HttpHeaders request) {
        String field = request.get(HttpHeaderNames.ACCEPT_ENCODING);
        if (field == null) {
            return false;
        }
        for (String coding : field.split(",")) {
            String[] parts = coding.trim().split(";");
            if (parts[0].trim().equalsIgnoreCase("gzip") || parts[0].trim().equals("x-gzip")) {
                return parts.length < 2 || !parts[1].trim().matches("q=0(\\.0*)?");
            }
        }
        return false;
    }
}
