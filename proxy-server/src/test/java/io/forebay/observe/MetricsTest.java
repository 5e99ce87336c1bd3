package io.forebay.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Exchange;
import io.forebay.model.Exchange.CacheStatus;
import io.forebay.model.ForebayException;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final Metrics metrics = new Metrics(List.of("cran", "pypi"));

    @Test
    void ended_countsByRepositoryCacheAndStatus() {
        metrics.ended(Exchanging.of("cran", CacheStatus.HIT, 200, 10));
        metrics.ended(Exchanging.of("cran", CacheStatus.HIT, 200, 20));
        metrics.ended(Exchanging.of("cran", CacheStatus.MISS, 404, 0));
        assertThat(metrics.requests("cran", CacheStatus.HIT, 200)).isEqualTo(2);
        assertThat(metrics.scrape())
                .contains("forebay_requests_total{cache=\"hit\",repository=\"cran\",status=\"200\"} 2.0")
                .contains("forebay_requests_total{cache=\"miss\",repository=\"cran\",status=\"404\"} 1.0")
                .contains("forebay_sent_bytes_total{cache=\"hit\",repository=\"cran\"} 30.0")
                .contains("forebay_sent_bytes_total{cache=\"hit\",repository=\"pypi\"} 0.0");
    }

    @Test
    void ended_latency_isSplitByCacheStatus() {
        metrics.ended(Exchanging.of("cran", CacheStatus.HIT, 200, 10));
        assertThat(metrics.scrape())
                .contains("forebay_first_byte_seconds_bucket{cache=\"hit\",le=\"2.5E-4\"} 0")
                .contains("forebay_first_byte_seconds_bucket{cache=\"hit\",le=\"0.001\"} 1")
                .contains("forebay_request_seconds_bucket{cache=\"hit\",le=\"0.01\"} 0")
                .contains("forebay_request_seconds_bucket{cache=\"hit\",le=\"0.025\"} 1")
                .contains("forebay_request_seconds_count{cache=\"stale\"} 0");
    }

    @Test
    void ended_whateverClientsSend_labelsStayBounded() {
        for (int i = 0; i < 1_000; i++) {
            metrics.ended(Exchanging.of("made-up-" + i, CacheStatus.NONE, 600 + i, 0));
        }
        List<String> lines = metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("forebay_requests_total{"))
                .toList();
        assertThat(lines)
                .containsExactly("forebay_requests_total{cache=\"none\",repository=\"none\",status=\"none\"} 1000.0");
    }

    @Test
    void gauges_askTheirSuppliersAtEveryScrape() {
        AtomicLong flights = new AtomicLong(3);
        metrics.gauge("flights", "Downloads running", flights::get);
        metrics.gauge("source.circuit.open", "1 while the origin is not asked", "source", "cran", () -> 1);
        metrics.gauge("source.circuit.open", "1 while the origin is not asked", "source", "pypi", () -> 0);
        metrics.counter("access.log.dropped", "Lines dropped", () -> 7);
        assertThat(metrics.scrape())
                .contains("forebay_flights 3.0")
                .contains("forebay_source_circuit_open{source=\"cran\"} 1.0")
                .contains("forebay_source_circuit_open{source=\"pypi\"} 0.0")
                .contains("forebay_access_log_dropped_total 7.0")
                .contains("jvm_memory_used_bytes{");
        flights.set(4);
        assertThat(metrics.scrape()).contains("forebay_flights 4.0");
    }

    @Test
    void counter_nobodyElseHoldsIt_goesOnAfterACollection() throws Exception {
        LongAdder count = new LongAdder();
        WeakReference<Object> sign = new WeakReference<>(new Object());
        metrics.counter("refused.bodies", "Bodies refused.", count::sum);
        for (int i = 0; i < 100 && sign.get() != null; i++) {
            System.gc();
        }
        assertThat(sign.get()).isNull();
        count.add(3);
        assertThat(metrics.scrape()).contains("forebay_refused_bodies_total 3.0");
    }

    @Test
    void ended_failed_countsByKind() {
        Exchange answered = Exchanging.of("cran", CacheStatus.MISS, 502, 1);
        metrics.ended(answered);
        metrics.ended(Exchanging.failed(answered, ForebayException.Kind.CORRUPT));
        assertThat(metrics.scrape())
                .contains("forebay_failures_total{kind=\"corrupt\"} 1.0")
                .contains("forebay_failures_total{kind=\"internal\"} 0.0");
    }
}
