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
        int retries) {
    public static final CacheOptions DEFAULTS = new CacheOptions(
            Duration.ofMinutes(10),
            Duration.ofHours(1),
            Duration.ofSeconds(5),
            Duration.ofDays(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(2),
            128L << 20,
            2L << 30,
            3);
}
