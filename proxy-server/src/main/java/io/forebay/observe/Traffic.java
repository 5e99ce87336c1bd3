package io.forebay.observe;

import static java.util.Objects.requireNonNull;

import io.forebay.model.Exchange.CacheStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The counters of one repository, found without a look-up by labels. A counter is made when it is first needed, so that only
 * statuses that occurred are told. Safe for use by many threads.
 */
final class Traffic {
    private static final int STATUS_MIN = 100;
    private static final int STATUS_MAX = 599;

    private final MeterRegistry registry;
    private final String repository;
    private final Map<CacheStatus, AtomicReferenceArray<Counter>> requests = new EnumMap<>(CacheStatus.class);
    private final Map<CacheStatus, Counter> bytes = new EnumMap<>(CacheStatus.class);

    Traffic(MeterRegistry registry, String repository) {
        this.registry = registry;
        this.repository = repository;
        for (CacheStatus cache : CacheStatus.values()) {
            bytes.put(cache, sentBytes(cache));
            // A place for each status of HTTP, the last one for anything else: a client that left before it got one.
            requests.put(cache, new AtomicReferenceArray<>(STATUS_MAX - STATUS_MIN + 2));
        }
    }

    Counter bytes(CacheStatus cache) {
        return requireNonNull(bytes.get(cache));
    }

    Counter requests(CacheStatus cache, int status) {
        AtomicReferenceArray<Counter> byStatus = requireNonNull(requests.get(cache));
        boolean known = status >= STATUS_MIN && status <= STATUS_MAX;
        int index = known ? status - STATUS_MIN : byStatus.length() - 1;
        Counter counter = byStatus.get(index);
        if (counter == null) {
            // Registering twice gives the same counter.
            counter = answered(cache, known ? Integer.toString(status) : "none");
            byStatus.set(index, counter);
        }
        return counter;
    }

    private Counter answered(CacheStatus cache, String status) {
        return Counter.builder("forebay.requests")
                .description("Requests answered.")
                .tags("repository", repository, "cache", cache.label(), "status", status)
                .register(registry);
    }

    private Counter sentBytes(CacheStatus cache) {
        return Counter.builder("forebay.sent.bytes")
                .description("Bytes of bodies sent to clients.")
                .tags("repository", repository, "cache", cache.label())
                .register(registry);
    }
}
