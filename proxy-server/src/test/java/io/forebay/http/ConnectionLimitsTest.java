package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.TrustedProxies;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ConnectionLimitsTest {
    private final AtomicLong descriptors = new AtomicLong(20);
    private final ConnectionLimits limits = new ConnectionLimits(100, 100, TrustedProxies.NONE, descriptors::get);

    private EmbeddedChannel connect() {
        EmbeddedChannel channel = new EmbeddedChannel(false, false);
        limits.guard(channel);
        try {
            channel.register();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return channel;
    }

    @Test
    @DisplayName("reliability 77: descriptors are kept for files and origins, as many as there are now")
    void connections_many_leaveDescriptors() {
        List<EmbeddedChannel> open = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            open.add(connect());
        }
        assertThat(open).allMatch(EmbeddedChannel::isActive);
        assertThat(connect().isActive()).isFalse();
        descriptors.set(22);
        assertThat(connect().isActive()).isTrue();
        assertThat(connect().isActive()).isFalse();
        open.get(0).close();
        assertThat(connect().isActive()).isTrue();
    }
}
