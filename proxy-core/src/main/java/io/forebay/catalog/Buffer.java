package io.forebay.catalog;

import io.r2dbc.spi.Connection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BinaryOperator;
import reactor.core.publisher.Mono;

/**
 * Values waiting for the writer's next flush, merged by key and bounded in number. Any thread adds and never waits; what is
 * over the limit is dropped and counted.
 */
final class Buffer<K, V> {
    /** How a part of the buffer is written; runs inside a transaction, and again when that is tried again. */
    interface Rows<K, V> {
        Mono<Void> write(Connection connection, Map<K, V> rows);
    }

    private final int limit;
    private final BinaryOperator<V> merge;
    private final Rows<K, V> rows;
    private final ConcurrentHashMap<K, V> waiting = new ConcurrentHashMap<>();
    private final LongAdder dropped = new LongAdder();

    /**
     * @param merge of an earlier and a later value of one key
     */
    Buffer(int limit, BinaryOperator<V> merge, Rows<K, V> rows) {
        this.limit = limit;
        this.merge = merge;
        this.rows = rows;
    }

    void add(K key, V value) {
        if (waiting.mappingCount() >= limit && !waiting.containsKey(key)) {
            dropped.increment();
        } else {
            waiting.merge(key, value, merge);
        }
    }

    Optional<V> get(K key) {
        return Optional.ofNullable(waiting.get(key));
    }

    void remove(K key) {
        waiting.remove(key);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    long dropped() {
        return dropped.sum();
    }

    /** Takes out what is waiting. */
    Taken take() {
        ConcurrentHashMap<K, V> taken = new ConcurrentHashMap<>();
        for (K key : waiting.keySet()) {
            V value = waiting.remove(key);
            if (value != null) {
                taken.put(key, value);
            }
        }
        return new Taken(taken);
    }

    /** A part of the buffer that is on its way to the database. */
    final class Taken {
        private final Map<K, V> values;

        private Taken(Map<K, V> values) {
            this.values = values;
        }

        Mono<Void> write(Connection connection) {
            return values.isEmpty() ? Mono.empty() : rows.write(connection, values);
        }

        /** The transaction failed: back to what is waiting, as the earlier values. */
        void giveBack() {
            values.forEach((key, value) -> {
                if (waiting.mappingCount() >= limit && !waiting.containsKey(key)) {
                    dropped.increment();
                } else {
                    waiting.merge(key, value, (later, earlier) -> merge.apply(earlier, later));
                }
            });
        }
    }
}
