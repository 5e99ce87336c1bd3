package io.forebay.admin;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Live figures of the running server, for its pages. Asked on any thread; never blocks. */
public interface Figures {
    /** Since the server started. */
    Traffic sinceStart();

    /** The last 60 minutes, oldest first. */
    List<Traffic> lastHour();

    /** Slow answers of the last hour, slowest first. */
    List<Answered> slowest();

    /** The last answers with a status of 500 or more, newest first. */
    List<Answered> failures();

    /** Health of the sources, in the order of their declaration. */
    List<SourceState> sources();

    /** What made room since the start. */
    Evicted evicted();

    /** Most bytes that the store may take. */
    long quotaBytes();

    /**
     * Requests to repositories during a time.
     *
     * @param begin of the time
     * @param hits answers that needed no fetch of their own
     * @param fetched bytes that came from origins for the requests counted
     */
    record Traffic(Instant begin, long requests, long hits, long failed, long bytes, long fetched) {
        /** Sum of both; the time begins where this one does. */
        Traffic plus(Traffic other) {
            return new Traffic(
                    begin,
                    requests + other.requests,
                    hits + other.hits,
                    failed + other.failed,
                    bytes + other.bytes,
                    fetched + other.fetched);
        }
    }

    /**
     * An answer to a client.
     *
     * @param target as it came: hostile until escaped
     * @param cacheStatus in the words of the log
     * @param failure its kind in the words of the metrics; empty when nothing failed
     */
    record Answered(
            Instant at,
            String target,
            int status,
            String cacheStatus,
            String failure,
            long bytes,
            long firstByteNanos,
            long nanos) {}

    /**
     * What was removed to make room.
     *
     * @param bodies how many
     * @param bytes of them
     */
    record Evicted(long bodies, long bytes) {}

    /**
     * How a source does.
     *
     * @param resting until when it is not asked
     */
    record SourceState(
            String name,
            String url,
            Optional<Instant> resting,
            Optional<Instant> lastSuccess,
            Optional<Instant> lastFailure,
            String lastError) {}
}
