package io.forebay.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EventLoopLagTest {
    private final AtomicLong clock = new AtomicLong();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    @Test
    void seconds_loopComesLate_tellsTheWorstOnce() {
        channel.freezeTime();
        try (EventLoopLag lag = new EventLoopLag(channel.eventLoop(), clock::get)) {
            turnAfter(500);
            assertThat(lag.seconds()).isZero();
            turnAfter(1_700);
            turnAfter(501);
            assertThat(lag.seconds()).isEqualTo(1.2);
            assertThat(lag.seconds()).isZero();
            turnAfter(750);
            assertThat(lag.seconds()).isEqualTo(0.25);
        }
        turnAfter(5_000);
        assertThat(channel.runScheduledPendingTasks())
                .as("nothing is scheduled after the close")
                .isEqualTo(-1);
    }

    private void turnAfter(long millis) {
        clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }
}
