package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ConnectionsTest {
    /** The clock says after its first reading that the time is over: whoever waits for it once more waits a day. */
    @Test
    @Timeout(value = 1, unit = TimeUnit.MINUTES)
    void drain_timeIsOver_waitsNoMoreAndCloses() {
        Duration limit = Duration.ofDays(1);
        AtomicLong clock = new AtomicLong();
        Connections connections = new Connections(() -> clock.getAndSet(limit.toNanos()));
        EmbeddedChannel idle = new EmbeddedChannel();
        connections.opened(idle);
        connections.drain(limit);
        assertThat(connections.draining()).isTrue();
        assertThat(idle.isOpen()).isFalse();
    }
}
