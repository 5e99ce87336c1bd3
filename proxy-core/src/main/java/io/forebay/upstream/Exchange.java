package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;

/** One request of a caller, from the first connection to the last redirect's answer. */
final class Exchange<T> {
    private static final Logger LOG = LoggerFactory.getLogger(HttpOrigins.class);

    private final UpstreamOptions options;
    private final OriginClient origin;
    private final OriginRequest request;
    private final Function<OriginAnswer, Publisher<T>> handler;

    Exchange(
            UpstreamOptions options,
            OriginClient origin,
            OriginRequest request,
            Function<OriginAnswer, Publisher<T>> handler) {
        this.options = options;
        this.origin = origin;
        this.request = request;
        this.handler = handler;
    }

    Flux<T> start() {
        return visit(request.url());
    }

    private Flux<T> visit(URI url) {
        Authority authority = Authority.of(url);
        return attempt(origin.pooled(authority), url, authority);
    }

    private Flux<T> attempt(HttpClient client, URI url, Authority authority) {
        Attempt attempt = new Attempt();
        return client.request(request.head() ? HttpMethod.HEAD : HttpMethod.GET)
                .uri(url)
                .send((outgoing, outbound) -> {
                    prepare(outgoing, authority);
                    outbound.withConnection(connection -> begin(connection, authority, attempt));
                    return outbound;
                })
                .response((response, content) -> answer(response, content, url, authority, attempt))
                .onErrorMap(error -> attempt.answered ? error : failed(error, authority));
    }

    private void prepare(HttpClientRequest outgoing, Authority authority) {
        HttpHeaders headers = outgoing.requestHeaders();
        headers.clear();
        headers.set(HttpHeaderNames.HOST, authority.hostHeader());
        headers.set(HttpHeaderNames.USER_AGENT, options.userAgent());
        request.headers().forEach(headers::set);
        headers.set(HttpHeaderNames.ACCEPT_ENCODING, "identity");
    }

    private void begin(Connection connection, Authority authority, Attempt attempt) {
        Channel channel = connection.channel();
        Watch watch = Watch.of(channel, options, authority);
        attempt.onAnswer = () -> watch.answered(channel);
        watch.asked(channel);
        connection.onTerminate().subscribe(null, error -> watch.ended(), watch::ended);
    }

    private Publisher<T> answer(
            HttpClientResponse response, Flux<ByteBuf> content, URI url, Authority authority, Attempt attempt) {
        attempt.answered = true;
        attempt.onAnswer.run();
        Answer answer = new Answer(response, content, url, authority, request.head(), this::log);
        return Flux.defer(() -> handler.apply(answer));
    }

    private ForebayException failed(Throwable error, Authority authority) {
        ForebayException failure = Failures.beforeAnswer(error, authority);
        log(failure);
        return failure;
    }

    private void log(ForebayException failure) {
        LOG.warn("Source {}: {}", origin.source(), failure.getMessage());
    }

    /** What is known of one try on one connection. */
    private static final class Attempt {
        volatile boolean answered;
        Runnable onAnswer = () -> {};
    }
}
