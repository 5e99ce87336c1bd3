package io.forebay.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.ResourceKey;
import java.time.Duration;
import java.util.Optional;

/**
 * What an origin could not give, remembered for a moment: its 404 so that a name that is not there costs one request, a failure
 * so that clients' retries do not multiply ours. On a monotonic clock; lost with the process, as it should be.
 */
final class Negatives {
    /** At about 300 bytes each, a few tens of megabytes at most. */
    private static final int ENTRIES_MAX = 100_000;

    /** No answer may shut a resource for longer: who names more is asked once a minute. */
    private static final Duration NAMED_MAX = Duration.ofMinutes(1);

    private final Cache<ResourceKey, ForebayException> remembered;

    Negatives(CacheOptions options, Ticker ticker) {
        remembered = Caffeine.newBuilder()
                .maximumSize(ENTRIES_MAX)
                .executor(Runnable::run)
                .ticker(ticker)
                .expireAfter(
                        Expiry.writing((ResourceKey key, ForebayException failure) -> failure.kind() == Kind.NOT_FOUND
                                ? options.notFoundTtl()
                                : failure.retryAfter().map(Negatives::named).orElse(options.failureTtl())))
                .build();
    }

    /** The time that was named by the origin, or by a circuit, which knows better than we when asking makes sense again. */
    private static Duration named(Duration time) {
        return time.compareTo(NAMED_MAX) < 0 ? time : NAMED_MAX;
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

    void forgetAll() {
        remembered.invalidateAll();
    }
}
