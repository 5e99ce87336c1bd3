package io.forebay.upstream;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Whether one authority is asked at all. Opens after {@value #THRESHOLD} failures in a row to connect or to answer; then one
 * exchange at a time is let through as a probe, after a pause that doubles from one second to thirty; any answer closes it. An
 * origin that names a time itself (429 or 503 with Retry-After, RFC 9110 section 10.2.3) is left alone for that time.
 *
 * <p>Safe for use by many threads; nothing blocks. Time is monotonic.
 */
final class Circuit {
    static final int THRESHOLD = 5;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    /** A probe that is neither answered nor given up by then is forgotten: no lost signal may keep a circuit open. */
    private static final Duration LONGEST_PROBE = Duration.ofMinutes(5);

    private final LongSupplier nanoTime;
    private final Clock clock;
    private int failures;
    private Duration pause = Duration.ZERO;
    private long opened;
    private Duration rest = Duration.ZERO;
    private long rested;
    private boolean probing;
    private long probed;
    private long lastSuccess;
    private long lastFailure;
    private String lastError = "";

    Circuit(LongSupplier nanoTime, Clock clock) {
        this.nanoTime = nanoTime;
        this.clock = clock;
    }

    /** Asks to go ahead: empty when one may, else how long to wait. Who goes ahead tells how it went. */
    synchronized Optional<Duration> admit() {
        Duration wait = left();
        if (!wait.isZero()) {
            return Optional.of(wait);
        }
        if (failures >= THRESHOLD) {
            if (probing && since(probed).compareTo(LONGEST_PROBE) < 0) {
                return Optional.of(FIRST_PAUSE);
            }
            probing = true;
            probed = nanoTime.getAsLong();
        }
        return Optional.empty();
    }

    /** The origin answered. */
    synchronized void answered() {
        failures = 0;
        pause = Duration.ZERO;
        probing = false;
        lastSuccess = clock.millis();
    }

    /** The origin could not be reached, or was silent. */
    synchronized void failed() {
        boolean probe = probing;
        probing = false;
        failures++;
        if (failures == THRESHOLD || probe) {
            opened = nanoTime.getAsLong();
            Duration doubled = pause.multipliedBy(2);
            pause = pause.isZero() ? FIRST_PAUSE : doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
        }
    }

    /** Something is wrong that is no reason to stop asking. */
    synchronized void note(Throwable error) {
        lastError = String.valueOf(error.getMessage());
        lastFailure = clock.millis();
    }

    /** The one who went ahead left before anything was known. */
    synchronized void abandoned() {
        probing = false;
    }

    /** The origin asked to be left alone. */
    synchronized void rest(Duration time) {
        rest = time;
        rested = nanoTime.getAsLong();
    }

    synchronized Origins.Health health() {
        Duration wait = left();
        boolean open = !wait.isZero() || failures >= THRESHOLD;
        return new Origins.Health(
                open, open ? clock.millis() + wait.toMillis() : 0, lastSuccess, lastFailure, lastError);
    }

    private Duration left() {
        Duration ofPause = failures < THRESHOLD ? Duration.ZERO : pause.minus(since(opened));
        Duration ofRest = rest.isZero() ? Duration.ZERO : rest.minus(since(rested));
        if (ofRest.isNegative() || ofRest.isZero()) {
            rest = Duration.ZERO;
        }
        Duration longer = ofPause.compareTo(ofRest) > 0 ? ofPause : ofRest;
        return longer.isNegative() ? Duration.ZERO : longer;
    }

    private Duration since(long nanos) {
        return Duration.ofNanos(nanoTime.getAsLong() - nanos);
    }
}
