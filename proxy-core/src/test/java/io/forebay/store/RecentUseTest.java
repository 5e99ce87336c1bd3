package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecentUseTest {
    private static final int PART = RecentUse.PART_BYTES;

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000_000_000L);
    private final Doubt doubt = new Doubt(clock::get);
    private final RecentUse recent = new RecentUse(clock::get);

    private void pass(long nanos) {
        clock.addAndGet(nanos);
    }

    @Test
    void renew_neverUsed_isNotRecent() {
        assertThat(recent.renew(0, 1, doubt)).isFalse();
        recent.used(0, PART);
        assertThat(recent.renew(PART, 1, doubt)).isFalse();
        assertThat(recent.renew(0, PART + 1, doubt)).isFalse();
    }

    @Test
    void renew_ofAnyPartBehindTheUsed_isNotRecent() {
        recent.used(0, PART);
        for (int part = 1; part < 5_000; part++) {
            assertThat(recent.renew((long) part * PART, PART, doubt)).isFalse();
            assertThat(recent.renew(0, (part + 1) * PART, doubt)).isFalse();
        }
    }

    @Test
    void used_nothing_isNoUse() {
        recent.used(5, 0);
        assertThat(recent.renew(0, 1, doubt)).isFalse();
    }

    @Test
    void renew_withinTheWindow_isRecentForAsLongAsItIsUsed() {
        recent.used(3L * PART, 2L * PART);
        for (int i = 0; i < 10; i++) {
            pass(RecentUse.WINDOW.toNanos() - 200_000_000L);
            assertThat(recent.renew(3L * PART + 1, PART, doubt)).isTrue();
        }
        assertThat(recent.renew(2L * PART, 1, doubt)).isFalse();
    }

    @Test
    void renew_afterTheWindow_isNotRecent() {
        recent.used(0, 2L * PART);
        pass(RecentUse.WINDOW.toNanos() / 2);
        assertThat(recent.renew(0, PART, doubt)).isTrue();
        pass(RecentUse.WINDOW.toNanos() / 2 + 200_000_000L);
        assertThat(recent.renew(PART, PART, doubt)).isFalse();
        assertThat(recent.renew(0, 2 * PART, doubt)).isFalse();
        assertThat(recent.renew(0, PART, doubt)).isTrue();
    }

    @Test
    void renew_afterADoubt_believesOnlyWhatWasUsedSince() {
        pass(1_000_000_000L);
        recent.used(0, 2L * PART);
        pass(1_000_000_000L);
        assertThat(recent.renew(0, PART, doubt)).isTrue();
        pass(200_000_000L);
        doubt.raise();
        pass(200_000_000L);
        assertThat(recent.renew(0, PART, doubt)).isFalse();
        assertThat(new RecentUse(clock::get).renew(0, PART, doubt)).isFalse();
        recent.used(0, PART);
        assertThat(recent.renew(0, PART, doubt)).isTrue();
        assertThat(recent.renew(PART, PART, doubt)).isFalse();
    }
}
