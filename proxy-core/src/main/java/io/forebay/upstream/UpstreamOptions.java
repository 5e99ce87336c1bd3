package io.forebay.upstream;

import java.time.Duration;

/**
 * Limits of every exchange with an origin. There is no limit on the whole of an exchange: a large file may take as long as it
 * makes progress.
 *
 * @param connectTimeout for each address of the origin, and for the TLS handshake again
 * @param firstByteTimeout from the request sent until the head of the answer is complete
 * @param idleTimeout longest silence of the origin while bytes of a body are wanted
 * @param maxConnections to one origin, for one source
 * @param maxPending requests that may wait for one of these connections
 * @param pendingTimeout how long they may wait
 * @param maxIdleTime an unused connection is closed after this; shorter than what origins grant, so that few die in use
 * @param maxRedirects followed within one exchange
 * @param maxHeaderBytes size of an answer's head, status line included
 * @param userAgent sent when the request names none
 */
public record UpstreamOptions(
        Duration connectTimeout,
        Duration firstByteTimeout,
        Duration idleTimeout,
        int maxConnections,
        int maxPending,
        Duration pendingTimeout,
        Duration maxIdleTime,
        int maxRedirects,
        int maxHeaderBytes,
        String userAgent) {
    private static final Duration LONGEST = Duration.ofHours(1);

    public UpstreamOptions {
        check("upstream.connect-timeout", connectTimeout);
        check("upstream.first-byte-timeout", firstByteTimeout);
        check("upstream.idle-timeout", idleTimeout);
        check("upstream.max-connections", maxConnections, 1, 10_000);
        check("upstream.max-pending", maxPending, 0, 1_000_000);
        check("upstream.pending-timeout", pendingTimeout);
        check("upstream.max-idle-time", maxIdleTime);
        check("upstream.max-redirects", maxRedirects, 0, 20);
        check("upstream.max-header-bytes", maxHeaderBytes, 1024, 1024 * 1024);
        if (userAgent.isEmpty() || !userAgent.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("upstream.user-agent must be printable ASCII");
        }
    }

    /** The defaults, for a version of Forebay. */
    public static UpstreamOptions defaults(String version) {
        return new UpstreamOptions(
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofSeconds(15),
                64,
                1_000,
                Duration.ofSeconds(30),
                Duration.ofSeconds(20),
                5,
                32 * 1024,
                "forebay/" + version);
    }

    private static void check(String key, Duration value) {
        if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(key + " must be between 1ms and 1h, not " + value);
        }
    }

    private static void check(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(key + " must be between " + min + " and " + max + ", not " + value);
        }
    }
}
