package io.forebay.cache;

import java.time.Duration;

/**
 * How the cache behaves.
 *
 * @param indexTtl how long an index is fresh after the origin confirmed it
 * @param staleWhileRevalidate how long past that an index is still served at once while it is revalidated behind the answer
 * @param revalidationWait how long a client waits for a revalidation of an index staler than that before it gets the stale one
 * @param staleIfError how long past freshness an index may be served when its origin fails
 * @param notFoundTtl how long an origin's 404 is remembered, so that a name that is not there costs one request
 * @param failureTtl how long a failed fetch is remembered, so that clients' own retries do not multiply ours
 * @param memoryBytes weight of small bodies, listings and rendered pages kept in memory
 * @param keepAbandonedBytes how much may still be fetched, over all flights, for clients that have left
 * @param retries how often a flight asks again after a failure that asking again may mend
 * @param diskPatience how long the disk may take nothing of a fetch before it counts as failed: clients wait for it, and base R for
 *     60 s in all
 * @param fetches how many fetches from origins there may be
 */
public record CacheOptions(
        Duration indexTtl,
        Duration staleWhileRevalidate,
        Duration revalidationWait,
        Duration staleIfError,
        Duration notFoundTtl,
        Duration failureTtl,
        long memoryBytes,
        long keepAbandonedBytes,
        int retries,
        Duration diskPatience,
        Fetches fetches) {
    /**
     * How many fetches for clients there may be. Background revalidations are not among them: no client waits for those.
     *
     * @param atOnce flights under way; each holds up to some 100 KiB of buffers and a connection or a stream, or waits for one
     * @param waiting flights that may wait for one of these to end
     * @param waitMax how long they may: less than what clients wait for a first byte
     * @param firstByteMax how long all attempts of one fetch together may take until the first byte of a body is there
     */
    public record Fetches(int atOnce, int waiting, Duration waitMax, Duration firstByteMax) {
        public static final Fetches DEFAULTS = new Fetches(512, 2_000, Duration.ofSeconds(5), Duration.ofSeconds(35));

        public Fetches {
            if (atOnce < 1
                    || waiting < 0
                    || waitMax.isNegative()
                    || waitMax.isZero()
                    || firstByteMax.isNegative()
                    || firstByteMax.isZero()) {
                throw new IllegalArgumentException("limits of fetches must be more than 0");
            }
        }
    }

    public static final CacheOptions DEFAULTS = new CacheOptions(
            Duration.ofMinutes(10),
            Duration.ofHours(1),
            Duration.ofSeconds(5),
            Duration.ofDays(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(5),
            128L << 20,
            2L << 30,
            3,
            Duration.ofSeconds(5),
            Fetches.DEFAULTS);
}
