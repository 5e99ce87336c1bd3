package io.forebay.observe;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Map;

/**
 * Histograms of one name, as Prometheus collects them.
 *
 * @param name as Prometheus writes it
 * @param members by their labels, each with the same label names
 */
record DurationsFamily(String name, String description, Map<Labels, Durations> members) implements Collector {
    @Override
    public MetricSnapshot collect() {
        HistogramSnapshot.Builder family =
                HistogramSnapshot.builder().name(name).help(description);
        members.forEach((labels, durations) -> family.dataPoint(durations.snapshot(labels)));
        return family.build();
    }
}
