package io.forebay.upstream;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Whether one authority is asked at all. Opens after {@value #THRESHOLD} failures in a row to connect; then one exchange at a
 * time is let through as a probe, after a pause that grows from one second to three; any connection closes it. Silence behind a
 * connection is a matter of what was asked: one bad path closes no host. An origin that says it is asked too much (429 with
 * Retry-After, RFC 9110 section 10.2.3) is left alone for the time it names.
 *
 * <p>Safe for use by many threads; nothing blocks. Time is monotonic.
 */
final class Circuit {
    static final int THRESHOLD = 5;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    /** A connection that is refused costs next to nothing, and an origin that is back should not be left alone for long. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(3);

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
        reached();
        lastSuccess = clock.millis();
    }

    /** A connection was there, whatever became of the request. */
    synchronized void reached() {
        failures = 0;
        pause = Duration.ZERO;
        probing = false;
    }

    /** The origin could not be reached. */
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
