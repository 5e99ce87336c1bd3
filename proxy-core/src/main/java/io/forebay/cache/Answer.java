package io.forebay.cache;

import io.forebay.model.Head;
import java.time.Duration;
import java.util.Optional;

/**
 * What the cache answers with. Owned by who asked: {@link #close} must be called, whether the body was read or not.
 *
 * @param body null-free also for HEAD: then it is simply not read
 * @param gzip the same page gzip-coded, with an entity tag of its own; only computed pages have it
 * @param negotiated whether the page depends on Accept and Accept-Encoding
 * @param age since the origin last confirmed these bytes
 * @param lifetime how long a client may reuse the answer, counted from that moment
 * @param immutable whether the bytes never change under this URL
 * @param standing for how long the same request may be answered with the same; only fresh hits have it
 */
public record Answer(
        Head head,
        Body body,
        Optional<Coded> gzip,
        boolean negotiated,
        Duration age,
        Duration lifetime,
        boolean immutable,
        CacheStatus status,
        Optional<Standing> standing)
        implements AutoCloseable {
    /** An answer that is no fresh hit. */
    public Answer(
            Head head,
            Body body,
            Optional<Coded> gzip,
            boolean negotiated,
            Duration age,
            Duration lifetime,
            boolean immutable,
            CacheStatus status) {
        this(head, body, gzip, negotiated, age, lifetime, immutable, status, Optional.empty());
    }

    /** The same while it stands. */
    Answer standing(Standing newStanding) {
        return new Answer(head, body, gzip, negotiated, age, lifetime, immutable, status, Optional.of(newStanding));
    }

    /**
     * A content-coded form of a page.
     *
     * @param etag strong, with quotes
     */
    public record Coded(String etag, Body body) {}

    @Override
    public void close() {
        body.close();
        gzip.ifPresent(coded -> coded.body().close());
    }
}
