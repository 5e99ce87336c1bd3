package io.forebay.observe;

import static java.util.Objects.requireNonNull;

import io.forebay.model.Exchange;
import io.forebay.model.Exchange.CacheStatus;
import io.forebay.model.Exchanges;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.DoubleSupplier;

/**
 * Counters, histograms and gauges, told in Prometheus' text format. Every label has a bounded set of values: repositories are
 * the configured ones, statuses those of HTTP.
 *
 * <p>Threads: {@link #ended} is for event loops: it finds its counters by index and takes no lock. {@link #scrape} takes CPU time and
 * asks every gauge, so it is not. Gauges are added before the first scrape, each name with the same label; their suppliers
 * must not block. Figures of the JVM are bound at the first scrape, because finding them costs a good part of a start.
 */
public final class Metrics implements Exchanges {
    /** Media type of {@link #scrape}. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** Limits of latency histograms: warm small hits on the left, the first byte of a far origin on the right. */
    private static final Duration[] BUCKETS = {
        Duration.ofNanos(250_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, Traffic> byRepository = new LinkedHashMap<>();
    private final Traffic elsewhere;
    private final Map<CacheStatus, Timer> firstByte = new EnumMap<>(CacheStatus.class);
    private final Map<CacheStatus, Timer> total = new EnumMap<>(CacheStatus.class);
    /** The registry itself holds counts of others weakly, and tells what it saw last when they are gone. */
    private final Queue<DoubleSupplier> counted = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean bound = new AtomicBoolean();

    /** @param repositories names; requests for anything else count for the repository {@code none} */
    public Metrics(Collection<String> repositories) {
        elsewhere = new Traffic(registry, "none");
        repositories.forEach(name -> byRepository.put(name, new Traffic(registry, name)));
        for (CacheStatus status : CacheStatus.values()) {
            firstByte.put(status, timer("forebay.first.byte", "Time to the first byte of an answer", status));
            total.put(status, timer("forebay.request", "Time to the last byte of an answer", status));
        }
    }

    private Timer timer(String name, String description, CacheStatus status) {
        return Timer.builder(name)
                .description(description)
                .tag("cache", status.label())
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    @Override
    public void ended(Exchange exchange) {
        CacheStatus cache = exchange.cacheStatus();
        Traffic traffic = byRepository.getOrDefault(exchange.repository(), elsewhere);
        traffic.requests(cache, exchange.status()).increment();
        traffic.bytes(cache).increment((double) exchange.bytes());
        requireNonNull(firstByte.get(cache)).record(exchange.firstByteNanos(), TimeUnit.NANOSECONDS);
        requireNonNull(total.get(cache)).record(exchange.totalNanos(), TimeUnit.NANOSECONDS);
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
