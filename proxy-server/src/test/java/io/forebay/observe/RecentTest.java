package io.forebay.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Exchange;
import io.forebay.model.Exchange.CacheStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RecentTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:30Z");

    private Instant now = START;
    private final Recent recent = new Recent(() -> now);

    @Test
    void lastHour_countsByMinuteAndForgets() {
        recent.ended(Exchanging.of("cran", CacheStatus.HIT, 200, 100));
        recent.ended(Exchanging.of("cran", CacheStatus.MISS, 200, 50));
        now = START.plus(Duration.ofMinutes(1));
        recent.ended(Exchanging.of("cran", CacheStatus.COLLAPSED, 200, 1));
        recent.ended(Exchanging.of("cran", CacheStatus.MISS, 503, 2));
        List<Recent.Count> hour = recent.lastHour();
        long minute = START.getEpochSecond() / 60;
        assertThat(hour).hasSize(60);
        assertThat(hour.get(58)).isEqualTo(new Recent.Count(minute, 2, 1, 0, 150, 50));
        assertThat(hour.get(59)).isEqualTo(new Recent.Count(minute + 1, 2, 1, 1, 3, 0));
        now = START.plus(Duration.ofMinutes(60));
        assertThat(recent.lastHour().get(0)).isEqualTo(new Recent.Count(minute + 1, 2, 1, 1, 3, 0));
        now = START.plus(Duration.ofMinutes(61));
        assertThat(recent.lastHour()).allMatch(count -> count.requests() == 0);
        assertThat(recent.sinceStart()).isEqualTo(new Recent.Count(minute, 4, 2, 1, 153, 50));
    }

    @Test
    void lastHour_anHourAndAMinuteLater_reusesThePlace() {
        recent.ended(Exchanging.of("cran", CacheStatus.HIT, 200, 100));
        now = START.plus(Duration.ofMinutes(61));
        recent.ended(Exchanging.of("cran", CacheStatus.HIT, 200, 7));
        assertThat(recent.lastHour().get(59).bytes()).isEqualTo(7);
        assertThat(recent.lastHour().stream().mapToLong(Recent.Count::bytes).sum())
                .isEqualTo(7);
    }

    @Test
    void ownPages_areNotCounted_refusalsAreNoHits() {
        recent.ended(Exchanging.of("", CacheStatus.NONE, 200, 100));
        recent.ended(Exchanging.of("cran", CacheStatus.NONE, 400, 10));
        recent.ended(Exchanging.of("cran", CacheStatus.NONE, 503, 1));
        assertThat(recent.sinceStart()).isEqualTo(new Recent.Count(START.getEpochSecond() / 60, 2, 0, 1, 11, 0));
    }

    @Test
    void slowest_isOneAMinuteSlowestFirst() {
        recent.ended(taking(5));
        recent.ended(taking(9));
        recent.ended(taking(7));
        now = START.plus(Duration.ofMinutes(2));
        recent.ended(taking(20));
        assertThat(recent.slowest()).extracting(Exchange::firstByteNanos).containsExactly(20L, 9L);
        now = START.plus(Duration.ofMinutes(61));
        assertThat(recent.slowest()).extracting(Exchange::firstByteNanos).containsExactly(20L);
    }

    @Test
    void failures_areTheLastNewestFirst() {
        for (int bytes = 0; bytes < 120; bytes++) {
            recent.ended(Exchanging.of("cran", CacheStatus.NONE, bytes % 2 == 0 ? 502 : 404, bytes));
        }
        assertThat(recent.failures()).hasSize(50).allMatch(failure -> failure.status() == 502);
        assertThat(recent.failures().get(0).bytes()).isEqualTo(118);
        assertThat(recent.failures().get(49).bytes()).isEqualTo(20);
    }

    @Test
    void ended_byManyThreads_losesNothing() throws InterruptedException {
        int threads = 4;
        int each = 10_000;
        CountDownLatch begin = new CountDownLatch(1);
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread thread = new Thread(() -> {
                try {
                    begin.await();
                } catch (InterruptedException e) {
                    return;
                }
                for (int n = 0; n < each; n++) {
                    recent.ended(Exchanging.of("cran", CacheStatus.HIT, 200, 1));
                }
            });
            thread.start();
            running.add(thread);
        }
        begin.countDown();
        for (Thread thread : running) {
            thread.join();
        }
        assertThat(recent.lastHour().get(59).requests()).isEqualTo((long) threads * each);
        assertThat(recent.sinceStart().bytes()).isEqualTo((long) threads * each);
    }

    private static Exchange taking(long nanos) {
        Exchange any = Exchanging.of("cran", CacheStatus.MISS, 200, 1);
        return new Exchange(
                any.method(),
                any.target(),
                any.repository(),
                any.subject(),
                any.status(),
                any.cacheStatus(),
                any.bytes(),
                nanos,
                any.totalNanos(),
                any.endMillis(),
                any.client(),
                any.principal(),
                any.userAgent(),
                any.protocol(),
                any.failure());
    }
}
