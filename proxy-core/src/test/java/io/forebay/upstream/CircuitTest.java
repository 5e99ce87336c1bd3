package io.forebay.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CircuitTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000); // wraps around
    private final Clock clock = Clock.fixed(Instant.ofEpochSecond(1_000_000), ZoneOffset.UTC);
    private final Circuit circuit = new Circuit(nanos::get, clock);

    @Test
    void admit_fewerFailuresThanThreshold_staysClosed() {
        for (int i = 0; i < Circuit.THRESHOLD - 1; i++) {
            assertThat(circuit.admit()).isEmpty();
            circuit.failed();
        }
        assertThat(circuit.admit()).isEmpty();
        circuit.answered();
        circuit.failed();
        assertThat(circuit.admit()).isEmpty();
        assertThat(circuit.health().open()).isFalse();
    }

    @Test
    @DisplayName("reliability 20: after five failures one probe at a time, after 1 s, 2 s, 3 s, 3 s; any answer closes")
    void admit_afterThreshold_oneProbeAfterGrowingPauses() {
        open();
        for (long seconds : new long[] {1, 2, 3, 3}) {
            assertThat(circuit.admit()).hasValue(Duration.ofSeconds(seconds));
            assertThat(circuit.health().open()).isTrue();
            assertThat(circuit.health().retryAt()).isEqualTo(clock.millis() + seconds * 1000);
            pass(Duration.ofSeconds(seconds));
            assertThat(circuit.admit()).isEmpty();
            assertThat(circuit.admit()).as("a second one beside the probe").isPresent();
            circuit.failed();
        }
        pass(Duration.ofSeconds(3));
        assertThat(circuit.admit()).isEmpty();
        circuit.answered();
        circuit.note(new Exception("down"));
        assertThat(circuit.admit()).isEmpty();
        assertThat(circuit.health()).isEqualTo(new Origins.Health(false, 0, clock.millis(), clock.millis(), "down"));
    }

    @Test
    @DisplayName("reliability 20: a connection closes the circuit, whatever becomes of the request on it")
    void reached_open_closes() {
        open();
        pass(Duration.ofSeconds(1));
        assertThat(circuit.admit()).isEmpty();
        circuit.reached();
        assertThat(circuit.admit()).isEmpty();
        assertThat(circuit.health()).isEqualTo(new Origins.Health(false, 0, 0, 0, ""));
    }

    @Test
    void admit_probeGivenUp_nextOneProbes() {
        open();
        pass(Duration.ofSeconds(1));
        assertThat(circuit.admit()).isEmpty();
        circuit.abandoned();
        assertThat(circuit.admit()).isEmpty();
        pass(Duration.ofMinutes(6));
        assertThat(circuit.admit()).as("a probe of which nothing was heard").isEmpty();
    }

    @Test
    @DisplayName("reliability 28: an origin that asks to be left alone is")
    void rest_forATime_refusesForThatTime() {
        circuit.rest(Duration.ofSeconds(60));
        circuit.answered();
        assertThat(circuit.admit()).hasValue(Duration.ofSeconds(60));
        pass(Duration.ofSeconds(59));
        assertThat(circuit.admit()).hasValue(Duration.ofSeconds(1));
        pass(Duration.ofSeconds(1));
        assertThat(circuit.admit()).isEmpty();
    }

    @Test
    void retryAfter_secondsAndDates_areClamped() {
        assertThat(RetryAfter.read("7", clock)).hasValue(Duration.ofSeconds(7));
        assertThat(RetryAfter.read("86400", clock)).hasValue(RetryAfter.LONGEST);
        assertThat(RetryAfter.read("99999999999999999999", clock)).hasValue(RetryAfter.LONGEST);
        assertThat(RetryAfter.read("Mon, 12 Jan 1970 13:47:10 GMT", clock)).hasValue(Duration.ofSeconds(30));
        assertThat(RetryAfter.read("Mon, 12 Jan 1970 13:46:10 GMT", clock)).isEmpty();
        for (String nothing : new String[] {null, "", "0", "-1", "soon", "1.5"}) {
            assertThat(RetryAfter.read(nothing, clock)).as(nothing).isEqualTo(Optional.empty());
        }
    }

    private void open() {
        for (int i = 0; i < Circuit.THRESHOLD; i++) {
            circuit.failed();
        }
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
