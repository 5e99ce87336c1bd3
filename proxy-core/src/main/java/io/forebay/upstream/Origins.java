package io.forebay.upstream;

import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * HTTP to origins. One exchange is one request that the origin is asked, redirects followed; retries of a whole exchange are
 * the caller's, except the one on a pooled connection that had died before a byte came.
 *
 * <p>Threads: never blocks; signals and the handler run on an event loop.
 *
 * <p>Failure: {@link io.forebay.model.ForebayException}. {@code ORIGIN_UNAVAILABLE}: unreachable, silent, cut, certificate
 * refused, circuit open (with how long). {@code ORIGIN_INVALID}: the origin breaks HTTP, or redirects to where it may not, or
 * in a loop. An answer with any final status that HTTP allows here is no failure: the handler sees it.
 */
public interface Origins extends AutoCloseable {
    /**
     * Asks an origin.
     *
     * @param handler called once with the answer; the connection is held until the publisher it returns has ended, and is
     *     closed, not reused, when the body was not read to its end by then
     */
    <T> Flux<T> exchange(OriginRequest request, Function<OriginAnswer, Publisher<T>> handler);

    /** Health of every source, by its name. */
    java.util.Map<String, Health> health();

    /** What every source was asked and sent since the start, by its name; those that are no more included. */
    java.util.Map<String, Traffic> traffic();

    /** Closes pools and connections. */
    @Override
    void close();

    /**
     * How a source does.
     *
     * @param open whether the circuit is open: the origin is not asked until {@code retryAt}
     * @param lastSuccess epoch milliseconds, 0 when never
     * @param lastFailure epoch milliseconds, 0 when never
     * @param lastError empty when never
     */
    record Health(boolean open, long retryAt, long lastSuccess, long lastFailure, String lastError) {}

    /**
     * What went between a source and us.
     *
     * @param requests sent, retries and redirects included
     * @param receivedBytes of bodies
     * @param failures requests without an answer, and answers that were cut
     */
    record Traffic(long requests, long receivedBytes, long failures) {}
}
