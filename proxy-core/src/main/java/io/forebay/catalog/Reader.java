package io.forebay.catalog;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongConsumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Reads, each with a connection of its own that goes back when the read ends in whatever way. */
final class Reader {
    private final ConnectionFactory connections;
    private final Dialect dialect;
    private final Duration limit;
    private volatile LongConsumer watch = nanos -> {};

    Reader(ConnectionFactory connections, Dialect dialect, Duration limit) {
        this.connections = connections;
        this.dialect = dialect;
        this.limit = limit;
    }

    /** Told how long each read of one row took, in nanoseconds, the wait for a connection included. */
    void watch(LongConsumer watcher) {
        watch = watcher;
    }

    private <T> Mono<T> watched(Mono<T> read) {
        return Mono.defer(() -> {
            long begun = System.nanoTime();
            return read.doFinally(signal -> watch.accept(System.nanoTime() - begun));
        });
    }

    <T> Mono<T> one(Function<Connection, Mono<T>> query) {
        return Mono.usingWhen(connections.create(), query, Connection::close)
                .transform(this::watched)
                .timeout(limit)
                .onErrorMap(dialect::translate)
                .publishOn(Schedulers.parallel());
    }

    /** Many rows: the limit is for the first of them, the pace of the others is the subscriber's. */
    <T> Flux<T> many(Function<Connection, Flux<T>> query) {
        return Flux.usingWhen(connections.create(), query, Connection::close)
                .timeout(Mono.delay(limit))
                .onErrorMap(dialect::translate)
                .publishOn(Schedulers.parallel());
    }
}
