package io.forebay.load.origin;

import io.forebay.load.origin.Resource.Kind;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the origin was asked. A body that leaves the origin a second time is what a cache exists to prevent: it is counted by
 * kind, apart from requests that a validator answered. Safe for use by many threads.
 */
final class Counts {
    private final LongAdder requests = new LongAdder();
    private final LongAdder absent = new LongAdder();
    private final LongAdder unchanged = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final Map<Kind, Map<String, LongAdder>> bodies = new EnumMap<>(Kind.class);

    Counts() {
        for (Kind kind : Kind.values()) {
            bodies.put(kind, new ConcurrentHashMap<>());
        }
    }

    void absent() {
        requests.increment();
        absent.increment();
    }

    void unchanged() {
        requests.increment();
        unchanged.increment();
    }

    void body(Kind kind, String path, long length) {
        requests.increment();
        bytes.add(length);
        of(kind).computeIfAbsent(path, key -> new LongAdder()).increment();
    }

    private Map<String, LongAdder> of(Kind kind) {
        return bodies.getOrDefault(kind, Map.of());
    }

    /** All of it as one JSON object. */
    String json() {
        StringBuilder json = new StringBuilder("{\"requests\":" + requests + ",\"absent\":" + absent + ",\"unchanged\":"
                + unchanged + ",\"bytes\":" + bytes);
        for (Kind kind : Kind.values()) {
            long sent = of(kind).values().stream().mapToLong(LongAdder::sum).sum();
            json.append(",\"")
                    .append(kind.name().toLowerCase(Locale.ROOT))
                    .append("\":{\"sent\":")
                    .append(sent)
                    .append(",\"distinct\":")
                    .append(of(kind).size())
                    .append('}');
        }
        return json.append("}\n").toString();
    }
}
