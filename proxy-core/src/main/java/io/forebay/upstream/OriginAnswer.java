package io.forebay.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/** An origin's answer: its head, and its body as it comes. Valid only inside the handler's publisher. */
public interface OriginAnswer {
    int status();

    /** Header fields, validated: nothing outside the grammar of RFC 9110 gets here. */
    HttpHeaders headers();

    /** Content-Length, when the body is delimited by it. */
    OptionalLong length();

    /** For how long the origin asks to be left alone (RFC 9110 section 10.2.3), within what one answer may ask for. */
    Optional<Duration> retryAfter();

    /**
     * Whether the framing tells the body's end: false for a body that ends when the origin closes the connection, which a cut
     * cannot be told from. Such a body may be stored only when a size or a checksum agrees with it.
     */
    boolean delimited();

    /** The URL that answered, after redirects. */
    URI url();

    /**
     * The body, once. Buffers are owned by the subscriber. Demand reaches the origin's socket. Ends with an error when the
     * origin cuts it, stalls longer than the idle time-out, or sends less than it announced; completes only when the framing
     * was whole.
     */
    Flux<ByteBuf> body();
}
