package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A database under test, with the short forms that tests like. Blocks, so it is for test threads. */
record Database(ConnectionFactory factory) {
    static Database memory() {
        return new Database(ConnectionFactories.get("r2dbc:sqlite:///:memory:"));
    }

    static Database file(Path file, String query) {
        return new Database(ConnectionFactories.get("r2dbc:sqlite://" + file + query));
    }

    Connection open() {
        return Objects.requireNonNull(Mono.from(factory.create()).block());
    }

    /** Runs statements on a connection of their own. */
    void run(String... statements) {
        use(connection -> Flux.fromArray(statements).concatMap(sql -> update(connection, sql)));
    }

    <T> List<T> use(Function<Connection, Publisher<T>> body) {
        return Objects.requireNonNull(Flux.usingWhen(factory.create(), body, Connection::close)
                .collectList()
                .block());
    }

    List<Object> query(String sql) {
        return use(connection -> query(connection, sql));
    }

    /** The first column of every row; null is told as the text "null". */
    static Flux<Object> query(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map((row, metadata) -> String.valueOf(row.get(0))))
                .cast(Object.class);
    }

    static Mono<Long> update(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.getRowsUpdated())
                .reduce(0L, Long::sum);
    }

    static void close(Connection connection) {
        Mono.from(connection.close()).block();
    }
}
