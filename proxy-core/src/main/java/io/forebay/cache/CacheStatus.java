package io.forebay.cache;

import java.util.OptionalInt;

/**
 * How a request was handled: the value of Cache-Status (RFC 9211).
 *
 * @param originStatus what the origin answered, where it was asked and that is known
 * @param ttlSeconds what is left of the freshness of a hit, negative when stale
 */
public record CacheStatus(Kind kind, OptionalInt originStatus, long ttlSeconds) {
    /** The ways a request can go. */
    public enum Kind {
        /** Served from the store, fresh. */
        HIT,
        /** Served from the store, stale; the origin is asked behind the answer or could not answer. */
        STALE,
        /** Asked of the origin by this request. */
        MISS,
        /** Joined a fetch that another request had begun. */
        COLLAPSED,
        /** The origin was asked whether what is held is current. */
        REVALIDATED
    }

    static CacheStatus hit(long ttlSeconds) {
        return new CacheStatus(Kind.HIT, OptionalInt.empty(), ttlSeconds);
    }

    static CacheStatus stale(long ttlSeconds) {
        return new CacheStatus(Kind.STALE, OptionalInt.empty(), ttlSeconds);
    }

    static CacheStatus of(Kind kind) {
        return new CacheStatus(kind, OptionalInt.empty(), 0);
    }

    /** The field value. */
    public String value() {
        return switch (kind) {
            case HIT, STALE -> "forebay; hit; ttl=" + ttlSeconds;
            case MISS -> "forebay; fwd=miss" + status();
            case COLLAPSED -> "forebay; fwd=miss; collapsed" + status();
            case REVALIDATED -> "forebay; fwd=stale" + status();
        };
    }

    private String status() {
        return originStatus.isPresent() ? "; fwd-status=" + originStatus.getAsInt() : "";
    }
}
