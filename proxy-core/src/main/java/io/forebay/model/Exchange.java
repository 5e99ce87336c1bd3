package io.forebay.model;

import java.util.Locale;
import java.util.Optional;

/**
 * One answered request, told when its last byte is written or its connection is gone.
 *
 * @param target as it came, not decoded
 * @param repository its name; empty when the path names none that exists
 * @param subject the package it was about
 * @param status what was answered; 0 when the client left before that
 * @param bytes of bodies that went out
 * @param firstByteNanos from the whole request read to the first byte of the answer written
 * @param totalNanos from the whole request read to the end
 * @param endMillis when it ended, in milliseconds of the epoch
 * @param client address, after trusted proxies are taken off
 * @param principal who an administrator's call came from, such as {@code token ci}; empty for everybody else
 * @param userAgent empty when it named none
 * @param protocol such as {@code HTTP/1.1}
 * @param failure what kind of failure was told, or cut the body; empty when the client left and when nothing failed
 */
public record Exchange(
        String method,
        String target,
        String repository,
        Optional<PackageId> subject,
        int status,
        CacheStatus cacheStatus,
        long bytes,
        long firstByteNanos,
        long totalNanos,
        long endMillis,
        String client,
        String principal,
        String userAgent,
        String protocol,
        Optional<ForebayException.Kind> failure) {

    /** What the cache had to do with it. */
    public enum CacheStatus {
        /** Held and fresh. */
        HIT,
        /** Fetched from the origin for this request. */
        MISS,
        /** Joined a fetch that another request had begun. */
        COLLAPSED,
        /** Held, no longer fresh, and served nevertheless. */
        STALE,
        /** Held, and confirmed by the origin before it was served. */
        REVALIDATED,
        /** The cache was not asked: pages of the server itself, refusals. */
        NONE;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** In lower case, as metrics and logs write it. */
        public String label() {
            return label;
        }
    }
}
