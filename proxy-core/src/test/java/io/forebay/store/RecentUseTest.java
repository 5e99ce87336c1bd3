package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecentUseTest {
    private static final int PART = RecentUse.PART_BYTES;

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000_000_000L);
    private final RecentUse recent = new RecentUse(clock::get);

    private void pass(long nanos) {
        clock.addAndGet(nanos);
    }

    @Test
    void renew_neverUsed_isNotRecent() {
        assertThat(recent.renew(0, 1)).isFalse();
        recent.used(0, PART);
        assertThat(recent.renew(PART, 1)).isFalse();
        assertThat(recent.renew(0, PART + 1)).isFalse();
    }

    @Test
    void renew_withinTheWindow_isRecentForAsLongAsItIsUsed() {
        recent.used(3L * PART, 2L * PART);
        for (int i = 0; i < 10; i++) {
            pass(RecentUse.WINDOW.toNanos() - 200_000_000L);
            assertThat(recent.renew(3L * PART + 1, PART)).isTrue();
        }
        assertThat(recent.renew(2L * PART, 1)).isFalse();
    }

    @Test
    void renew_afterTheWindow_isNotRecent() {
        recent.used(0, 2L * PART);
        pass(RecentUse.WINDOW.toNanos() / 2);
        assertThat(recent.renew(0, PART)).isTrue();
        pass(RecentUse.WINDOW.toNanos() / 2 + 200_000_000L);
        assertThat(recent.renew(PART, PART)).isFalse();
        assertThat(recent.renew(0, 2 * PART)).isFalse();
        assertThat(recent.renew(0, PART)).isTrue();
    }
}
