package io.forebay.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.ResourceKey;
import java.util.Optional;

/**
 * What an origin could not give, remembered for a moment: its 404 so that a name that is not there costs one request, a failure
 * so that clients' retries do not multiply ours. On a monotonic clock; lost with the process, as it should be.
 */
final class Negatives {
    /** At about 300 bytes each, a few tens of megabytes at most. */
    private static final int ENTRIES_MAX = 100_000;

    private final Cache<ResourceKey, ForebayException> remembered;

    Negatives(CacheOptions options, Ticker ticker) {
        long notFoundNanos = options.notFoundTtl().toNanos();
        long failureNanos = options.failureTtl().toNanos();
        remembered = Caffeine.newBuilder()
                .maximumSize(ENTRIES_MAX)
                .ticker(ticker)
                .expireAfter(Expiry.writing((ResourceKey key, ForebayException failure) ->
                        java.time.Duration.ofNanos(failure.kind() == Kind.NOT_FOUND ? notFoundNanos : failureNanos)))
                .build();
    }

    Optional<ForebayException> find(ResourceKey key) {
        return Optional.ofNullable(remembered.getIfPresent(key));
    }

    /** Remembers what the origin could not give, which asking again at once would not mend; other failures are left alone. */
    void remember(ResourceKey key, ForebayException failure) {
        switch (failure.kind()) {
            case NOT_FOUND, ORIGIN_UNAVAILABLE, ORIGIN_INVALID, CORRUPT -> remembered.put(key, failure);
            default -> {}
        }
    }

    void forget(ResourceKey key) {
        remembered.invalidate(key);
    }
}
