package io.forebay.load.origin;

import java.time.Duration;

/**
 * How far away the origin seems.
 *
 * @param latency before the first byte of every answer
 * @param bytesPerSecond of each connection
 */
record Pace(Duration latency, long bytesPerSecond) {
    /** What one turn sends: small enough that the pace is even. */
    static final int TURN = 256 * 1024;

    static final Pace REAL = new Pace(Duration.ofMillis(30), 50L * 1024 * 1024);

    /** How long a turn of so many bytes takes. */
    long nanos(int bytes) {
        return bytes * 1_000_000_000L / bytesPerSecond;
    }
}
