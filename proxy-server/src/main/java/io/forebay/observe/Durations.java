package io.forebay.observe;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many durations fell between which limits, and their sum. {@link #record} is for event loops: it takes no lock, allocates
 * nothing and, unlike a window that slides, never has to rotate. Safe for use by many threads.
 */
final class Durations {
    /** Warm small hits on the left, the last byte of a large file from a far origin on the right. */
    private static final long[] LIMITS_NANOS = {
        250_000,
        1_000_000,
        2_500_000,
        5_000_000,
        10_000_000,
        25_000_000,
        50_000_000,
        100_000_000,
        250_000_000,
        500_000_000,
        1_000_000_000,
        2_500_000_000L,
        10_000_000_000L,
        60_000_000_000L
    };

    private static final double NANOS = 1e9;

    /** One more than the limits: what is longer than all of them. */
    private final LongAdder[] counts = new LongAdder[LIMITS_NANOS.length + 1];

    private final LongAdder sumNanos = new LongAdder();

    Durations() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void record(long nanos) {
        int bucket = 0;
        while (bucket < LIMITS_NANOS.length && nanos > LIMITS_NANOS[bucket]) {
            bucket++;
        }
        counts[bucket].increment();
        sumNanos.add(nanos);
    }

    HistogramDataPointSnapshot snapshot(Labels labels) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < counts.length; i++) {
            double limit = i < LIMITS_NANOS.length ? LIMITS_NANOS[i] / NANOS : Double.POSITIVE_INFINITY;
            buckets.bucket(limit, counts[i].sum());
        }
        return HistogramDataPointSnapshot.builder()
                .labels(labels)
                .classicHistogramBuckets(buckets.build())
                .sum(sumNanos.sum() / NANOS)
                .build();
    }
}
