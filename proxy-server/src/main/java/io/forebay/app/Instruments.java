package io.forebay.app;

import io.forebay.cache.Eviction;
import io.forebay.cache.PackageCache;
import io.forebay.cache.Scrub;
import io.forebay.catalog.SqlCatalog;
import io.forebay.observe.EventLoopLag;
import io.forebay.observe.Health;
import io.forebay.observe.Metrics;
import io.forebay.observe.Recent;
import io.forebay.store.BlobStore;
import io.forebay.upstream.Origins;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/** The figures that the parts of a server keep, given to {@link Metrics} by name. All are asked at each scrape, from memory. */
final class Instruments {
    private static final double MILLIS = 1e3;

    private final Metrics metrics;
    private final Recent recent;
    private final Health health;
    private final Set<String> sources = ConcurrentHashMap.newKeySet();

    Instruments(Metrics metrics, Recent recent, Health health) {
        this.metrics = metrics;
        this.recent = recent;
        this.health = health;
    }

    void bind(
            BlobStore store,
            SqlCatalog catalog,
            PackageCache cache,
            Origins origins,
            Eviction eviction,
            Scrub scrub,
            EventLoopLag lag) {
        metrics.gauge("build.info", "The version that runs, as a label.", "version", Forebay.version(), () -> 1);
        metrics.gauge("ready", "Whether the server can do its work: 1 or 0.", () -> health.wasReady() ? 1 : 0);
        metrics.gauge("event.loop.lag.seconds", "The latest an event loop came since the last scrape.", lag::seconds);
        metrics.gauge("direct.memory.bytes", "Memory outside the heap in buffers.", Instruments::directMemory);
        metrics.gauge("direct.memory.limit.bytes", "What it may be.", PlatformDependent::maxDirectMemory);
        disk(store, eviction, scrub);
        fetches(cache);
        database(catalog);
        sources(origins);
        amplification(origins);
    }

    private void disk(BlobStore store, Eviction eviction, Scrub scrub) {
        metrics.gauge("blobs", "Bodies in the store.", () -> store.usage().blobs());
        metrics.gauge("store.bytes", "Bytes in the store.", () -> store.usage().bytes());
        metrics.gauge(
                "store.limit.bytes", "What may be stored.", () -> store.room().limitBytes());
        metrics.gauge(
                "disk.bytes", "Size of the file system.", () -> store.usage().totalBytes());
        metrics.gauge("disk.free.bytes", "Free bytes of the file system.", () -> store.usage()
                .freeBytes());
        metrics.gauge("disk.used.bytes", "Used bytes of the file system.", () -> used(store.usage()));
        metrics.counter(
                "evicted.blobs", "Bodies evicted.", () -> eviction.evicted().blobs());
        metrics.counter(
                "evicted.bytes", "Bytes evicted.", () -> eviction.evicted().bytes());
        metrics.counter("scrubbed.blobs", "Stored bodies hashed in the background.", scrub::checked);
        metrics.counter("damaged.blobs", "Stored bodies found damaged in the background.", scrub::damaged);
    }

    private static double used(BlobStore.Usage usage) {
        return usage.totalBytes() - usage.freeBytes();
    }

    private void fetches(PackageCache cache) {
        metrics.gauge("flights", "Fetches from origins under way.", cache::flights);
        metrics.gauge("followers", "Clients reading from fetches under way.", cache::followers);
        metrics.gauge("memory.bodies.bytes", "Small bodies kept in memory.", cache::hotBytes);
        metrics.counter("refused.bodies", "Bodies that were not what was promised of them.", cache::refusals);
    }

    private void database(SqlCatalog catalog) {
        catalog.watch(
                metrics.durations("database.read", "Time of a read of the database, waiting for it included."),
                metrics.durations("database.transaction", "Time of a transaction."));
        metrics.gauge("database.queued.writes", "Writes that wait for the database.", () -> catalog.activity()
                .queued());
        metrics.counter(
                "database.writes", "Writes done.", () -> catalog.activity().written());
        metrics.counter(
                "database.dropped.writes",
                "Uses, validations and quarantine entries for which there was no room.",
                () -> catalog.activity().dropped());
    }

    /** Tells of those that are new, too; of one that is no more, what was counted stays. */
    void sources(Origins origins) {
        origins.health().keySet().stream().filter(sources::add).forEach(source -> {
            metrics.gauge(
                    "circuit.open",
                    "Whether a source is left alone for a moment: 1 or 0.",
                    "source",
                    source,
                    () -> health(origins, source, health -> health.open() ? 1 : 0));
            metrics.gauge(
                    "source.success.timestamp.seconds",
                    "When a source last answered; 0 when never.",
                    "source",
                    source,
                    () -> health(origins, source, health -> health.lastSuccess() / MILLIS));
            metrics.counter(
                    "origin.requests",
                    "Requests sent to a source, retries and redirects included.",
                    "source",
                    source,
                    () -> traffic(origins, source, Origins.Traffic::requests));
            metrics.counter(
                    "origin.received.bytes",
                    "Bytes of bodies received from a source.",
                    "source",
                    source,
                    () -> traffic(origins, source, Origins.Traffic::receivedBytes));
            metrics.counter(
                    "origin.failures",
                    "Requests to a source without an answer, and answers that were cut.",
                    "source",
                    source,
                    () -> traffic(origins, source, Origins.Traffic::failures));
        });
    }

    /** Both since the start; rates of a shorter time follow from the counters. */
    private void amplification(Origins origins) {
        metrics.gauge(
                "upstream.requests.ratio",
                "Requests to sources for each request of a client, since the start.",
                () -> ratio(
                        sum(origins, Origins.Traffic::requests),
                        recent.sinceStart().requests()));
        metrics.gauge(
                "upstream.bytes.ratio",
                "Bytes from sources for each byte to a client, since the start.",
                () -> ratio(
                        sum(origins, Origins.Traffic::receivedBytes),
                        recent.sinceStart().bytes()));
    }

    private static double ratio(double upstream, long downstream) {
        return downstream == 0 ? 0 : upstream / downstream;
    }

    private static double sum(Origins origins, ToDoubleFunction<Origins.Traffic> figure) {
        return origins.traffic().values().stream().mapToDouble(figure).sum();
    }

    private static double health(Origins origins, String source, ToDoubleFunction<Origins.Health> figure) {
        Origins.Health health = origins.health().get(source);
        return health == null ? 0 : figure.applyAsDouble(health);
    }

    private static double traffic(Origins origins, String source, ToDoubleFunction<Origins.Traffic> figure) {
        Origins.Traffic traffic = origins.traffic().get(source);
        return traffic == null ? 0 : figure.applyAsDouble(traffic);
    }

    /** Netty's own count where it keeps one, else the JVM's. */
    private static double directMemory() {
        long counted = PlatformDependent.usedDirectMemory();
        return counted >= 0
                ? counted
                : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .filter(pool -> pool.getName().equals("direct"))
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
    }
}
