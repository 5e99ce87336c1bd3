package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClientResponse;

/** One answer, over either version of HTTP. The guards in the pipeline have checked its head. */
final class Answer implements OriginAnswer {
    private final HttpClientResponse response;
    private final Flux<ByteBuf> content;
    private final URI url;
    private final Authority authority;
    private final Clock clock;
    private final boolean bodiless;
    private final Consumer<ForebayException> onCut;

    /**
     * An answer.
     *
     * @param content buffers that live as long as the signal that carries them
     * @param head whether the request was HEAD
     * @param clock what a date in the head is held against
     * @param onCut told when the body fails
     */
    Answer(
            HttpClientResponse response,
            Flux<ByteBuf> content,
            URI url,
            Authority authority,
            boolean head,
            Clock clock,
            Consumer<ForebayException> onCut) {
        this.response = response;
        this.content = content;
        this.url = url;
        this.authority = authority;
        this.clock = clock;
        this.bodiless = head || status() == 204 || status() == 304;
        this.onCut = onCut;
    }

    @Override
    public int status() {
        return response.status().code();
    }

    @Override
    public HttpHeaders headers() {
        return response.responseHeaders();
    }

    @Override
    public OptionalLong length() {
        String value = bodiless ? null : headers().get(HttpHeaderNames.CONTENT_LENGTH);
        return value == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(value));
    }

    @Override
    public Optional<Duration> retryAfter() {
        return RetryAfter.read(headers().get(HttpHeaderNames.RETRY_AFTER), clock);
    }

    @Override
    public boolean delimited() {
        return bodiless
                || response.version().majorVersion() > 1
                || headers().contains(HttpHeaderNames.CONTENT_LENGTH)
                || headers().contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    @Override
    public URI url() {
        return url;
    }

    @Override
    public Flux<ByteBuf> body() {
        AtomicLong received = new AtomicLong();
        return content.map(buffer -> {
                    received.lazySet(received.get() + buffer.readableBytes());
                    return buffer.retain();
                })
                .concatWith(Mono.defer(() -> whole(received.get())))
                .onErrorMap(error -> cut(error, received.get()));
    }

    private Mono<ByteBuf> whole(long received) {
        OptionalLong length = length();
        return length.isEmpty() || length.getAsLong() == received
                ? Mono.empty()
                : Mono.error(ForebayException.unavailable("The origin " + authority + " cut its answer"));
    }

    private Throwable cut(Throwable error, long received) {
        OptionalLong length = length();
        String progress = "after " + received + (length.isPresent() ? " of " + length.getAsLong() : "") + " bytes";
        ForebayException failure = Failures.inBody(error, authority, progress);
        onCut.accept(failure);
        return failure;
    }
}
