package io.forebay.cache;

import io.forebay.catalog.Entry;
import io.forebay.model.Nature;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What to do with a request, from facts alone: no clock, no I/O (RFC 9111 sections 4.2 and 4.3; RFC 5861).
 *
 * <p>A wall clock that steps backwards makes an age negative: it counts as nothing, so that nothing expires because of it. One
 * that steps forward makes indexes stale, which costs a revalidation behind the answer and no more.
 */
enum CacheDecision {
    /** Serve what is held. */
    SERVE,
    /** Serve what is held and revalidate behind the answer. */
    SERVE_AND_REVALIDATE,
    /** Revalidate, then serve; what is held is served when that fails or takes too long. */
    REVALIDATE,
    /** Nothing is held that may be served. */
    FETCH;

    static CacheDecision of(Optional<Entry> held, Instant now, CacheOptions options) {
        if (held.isEmpty()) {
            return FETCH;
        }
        Entry entry = held.get();
        if (entry.nature() == Nature.ARTIFACT) {
            return SERVE;
        }
        Duration age = age(entry, now);
        if (age.compareTo(options.indexTtl()) < 0) {
            return SERVE;
        }
        return age.compareTo(options.indexTtl().plus(options.staleWhileRevalidate())) < 0
                ? SERVE_AND_REVALIDATE
                : REVALIDATE;
    }

    /** Whether an entry that the origin could not confirm may still be served. */
    static boolean mayServeOnError(Entry entry, Instant now, CacheOptions options) {
        return age(entry, now).compareTo(options.indexTtl().plus(options.staleIfError())) < 0;
    }

    /** How long ago the origin confirmed the entry, never negative. */
    static Duration age(Entry entry, Instant now) {
        Duration age = Duration.between(entry.validated(), now);
        return age.isNegative() ? Duration.ZERO : age;
    }
}
