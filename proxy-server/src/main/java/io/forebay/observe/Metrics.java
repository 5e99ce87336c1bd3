package io.forebay.observe;

import static java.util.Objects.requireNonNull;

import io.forebay.model.Exchange;
import io.forebay.model.Exchange.CacheStatus;
import io.forebay.model.Exchanges;
import io.forebay.model.ForebayException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.PrometheusNaming;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongConsumer;

/**
 * Counters, histograms and gauges, told in Prometheus' text format. Every label has a bounded set of values: repositories are
 * the configured ones, statuses those of HTTP.
 *
 * <p>Threads: {@link #ended} is for event loops: it finds its counters by index and takes no lock. {@link #scrape} takes CPU time and
 * asks every gauge, so it is not. Gauges of one name have the same label; their suppliers
 * must not block. Figures of the JVM are bound at the first scrape, because finding them costs a good part of a start.
 */
public final class Metrics implements Exchanges {
    /** Media type of {@link #scrape}. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, Traffic> byRepository = new ConcurrentHashMap<>();
    private final Traffic elsewhere;
    private final Map<CacheStatus, Durations> firstByte;
    private final Map<CacheStatus, Durations> total;
    private final Map<ForebayException.Kind, LongAdder> failures = new EnumMap<>(ForebayException.Kind.class);
    /** Micrometer holds what it counts weakly: without this the counts would stand still from the next collection on. */
    private final List<DoubleSupplier> counted = new CopyOnWriteArrayList<>();

    private final AtomicBoolean bound = new AtomicBoolean();

    /** @param repositories names; requests for anything else count for the repository {@code none} */
    public Metrics(Collection<String> repositories) {
        elsewhere = new Traffic(registry, "none");
        repositories(repositories);
        firstByte = byCacheStatus("forebay_first_byte_seconds", "Time to the first byte of an answer.");
        total = byCacheStatus("forebay_request_seconds", "Time to the last byte of an answer.");
        for (ForebayException.Kind kind : ForebayException.Kind.values()) {
            LongAdder count = new LongAdder();
            failures.put(kind, count);
            counter(
                    "failures",
                    "Requests that failed, at once or in the middle of a body.",
                    "kind",
                    kind.label(),
                    count::sum);
        }
    }

    /** Requests for these are counted by their names from now on; what was counted of others is told as before. */
    public void repositories(Collection<String> names) {
        names.forEach(name -> byRepository.computeIfAbsent(name, n -> new Traffic(registry, n)));
    }

    private Map<CacheStatus, Durations> byCacheStatus(String name, String description) {
        Map<CacheStatus, Durations> durations = new EnumMap<>(CacheStatus.class);
        Map<Labels, Durations> labelled = new LinkedHashMap<>();
        for (CacheStatus status : CacheStatus.values()) {
            Durations one = new Durations();
            durations.put(status, one);
            labelled.put(Labels.of("cache", status.label()), one);
        }
        registry.getPrometheusRegistry().register(new DurationsFamily(name, description, labelled));
        return durations;
    }

    @Override
    public void ended(Exchange exchange) {
        CacheStatus cache = exchange.cacheStatus();
        Traffic traffic = byRepository.getOrDefault(exchange.repository(), elsewhere);
        traffic.requests(cache, exchange.status()).increment();
        traffic.bytes(cache).increment((double) exchange.bytes());
        requireNonNull(firstByte.get(cache)).record(exchange.firstByteNanos());
        requireNonNull(total.get(cache)).record(exchange.totalNanos());
        if (exchange.failure().isPresent()) {
            requireNonNull(failures.get(exchange.failure().get())).increment();
        }
    }

    /** @param name with dots, without the prefix: {@code store.bytes} becomes {@code forebay_store_bytes} */
    public void gauge(String name, String description, DoubleSupplier value) {
        Gauge.builder("forebay." + name, value::getAsDouble)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    /** One of a family of gauges: {@code gauge("source.circuit.open", ..., "source", "cran", ...)}. */
    public void gauge(String name, String description, String label, String labelValue, DoubleSupplier value) {
        Gauge.builder("forebay." + name, value::getAsDouble)
                .description(description)
                .tag(label, labelValue)
                .strongReference(true)
                .register(registry);
    }

    /** A count that somebody else keeps; never falls. */
    public void counter(String name, String description, DoubleSupplier value) {
        counted.add(value);
        FunctionCounter.builder("forebay." + name, value, DoubleSupplier::getAsDouble)
                .description(description)
                .register(registry);
    }

    /** One of a family of counts that somebody else keeps. */
    public void counter(String name, String description, String label, String labelValue, DoubleSupplier value) {
        counted.add(value);
        FunctionCounter.builder("forebay." + name, value, DoubleSupplier::getAsDouble)
                .description(description)
                .tag(label, labelValue)
                .register(registry);
    }

    /** A histogram of durations: takes nanoseconds, from any thread. */
    public LongConsumer durations(String name, String description) {
        Durations durations = new Durations();
        registry.getPrometheusRegistry()
                .register(new DurationsFamily(
                        PrometheusNaming.prometheusName("forebay." + name + ".seconds"),
                        description,
                        Map.of(Labels.EMPTY, durations)));
        return durations::record;
    }

    /** All figures, as {@link #CONTENT_TYPE}. */
    public String scrape() {
        if (bound.compareAndSet(false, true)) {
            new JvmMemoryMetrics().bindTo(registry);
            new ProcessorMetrics().bindTo(registry);
            new FileDescriptorMetrics().bindTo(registry);
            new UptimeMetrics().bindTo(registry);
        }
        return registry.scrape();
    }

    /** The counter for a test or a page: how many requests of a repository ended so. */
    double requests(String repository, CacheStatus cache, int status) {
        Counter counter = registry.find("forebay.requests")
                .tags("repository", repository, "cache", cache.label(), "status", Integer.toString(status))
                .counter();
        return counter == null ? 0 : counter.count();
    }
}
