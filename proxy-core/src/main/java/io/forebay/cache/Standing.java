package io.forebay.cache;

import java.time.Duration;

/**
 * Whether an answer still stands: asking again now would give the same representation from the store, fresh. Cheap; safe for use by
 * many threads.
 */
public interface Standing {
    boolean holds();

    /** Since the origin last confirmed the bytes, as of now. */
    Duration age();

    /** As of now. */
    CacheStatus status();
}
