package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * SQL text with the values bound to it. Built by one thread; may be executed any number of times.
 *
 * <p>A writing statement with several sets of values runs in one turn of the connection's thread, as one transaction where none is
 * open and under a savepoint where one is: all sets take effect or none.
 */
final class SqliteStatement implements Statement {
    private static final Object ABSENT = new Object();

    private final SqliteConnection connection;
    private final Sql sql;
    private final List<@Nullable Object[]> saved = new ArrayList<>();
    /** What each set of values starts as: absent where the text has a parameter, null in the gaps of numbered ones. */
    private final @Nullable Object[] template;

    private @Nullable Object[] current;
    private List<Sql.Part> parts;

    SqliteStatement(SqliteConnection connection, Sql sql) {
        this.connection = connection;
        this.sql = sql;
        this.parts = sql.statements();
        this.template = template(sql);
        this.current = template.clone();
    }

    @Override
    public SqliteStatement add() {
        requireComplete();
        saved.add(current);
        current = template.clone();
        return this;
    }

    @Override
    public SqliteStatement bind(int index, Object value) {
        SqliteConnection.requireNonNull(value, "value");
        return set(index, Encoder.encode(value));
    }

    @Override
    public SqliteStatement bind(String name, Object value) {
        SqliteConnection.requireNonNull(value, "value");
        return set(index(name), Encoder.encode(value));
    }

    @Override
    public SqliteStatement bindNull(int index, Class<?> type) {
        SqliteConnection.requireNonNull(type, "type");
        return set(index, null);
    }

    @Override
    public SqliteStatement bindNull(String name, Class<?> type) {
        SqliteConnection.requireNonNull(type, "type");
        return set(index(name), null);
    }

    @Override
    public SqliteStatement returnGeneratedValues(String... columns) {
        SqliteConnection.requireNonNull(columns, "columns");
        for (String column : columns) {
            SqliteConnection.requireNonNull(column, "column");
        }
        parts = sql.statements().stream()
                .map(part -> part.returning(List.of(columns)))
                .toList();
        return this;
    }

    @Override
    public Flux<SqliteResult> execute() {
        requireComplete();
        List<@Nullable Object[]> bindings = new ArrayList<>(saved.size() + 1);
        bindings.addAll(saved);
        bindings.add(current.clone());
        List<Sql.Part> now = parts;
        boolean lobs = bindings.stream().flatMap(Arrays::stream).anyMatch(Encoder.Lob.class::isInstance);
        if (!lobs) {
            return connection.run(now, bindings);
        }
        return Flux.fromIterable(bindings)
                .concatMap(SqliteStatement::read)
                .collectList()
                .flatMapMany(read -> connection.run(now, read));
    }

    /** The same values with the content of BLOBs and CLOBs in place. */
    private static Mono<@Nullable Object[]> read(@Nullable Object[] values) {
        @Nullable Object[] whole = values.clone();
        return Flux.range(0, values.length)
                .filter(i -> values[i] instanceof Encoder.Lob)
                .concatMap(i -> ((Encoder.Lob) values[i]).content().doOnNext(content -> whole[i] = content))
                .then(Mono.just(whole));
    }

    private SqliteStatement set(int index, @Nullable Object value) {
        if (index < 0 || index >= current.length) {
            throw new IndexOutOfBoundsException("parameter " + index + " of " + current.length);
        }
        current[index] = value;
        return this;
    }

    private int index(String name) {
        SqliteConnection.requireNonNull(name, "name");
        Integer index = sql.names().get(name);
        if (index == null) {
            throw new NoSuchElementException("no parameter is named '" + name + "'");
        }
        return index;
    }

    private void requireComplete() {
        for (int index : sql.required()) {
            if (current[index] == ABSENT) {
                throw new IllegalStateException("parameter " + index + " has no value");
            }
        }
    }

    private static @Nullable Object[] template(Sql sql) {
        @Nullable Object[] values = new Object[sql.parameters()];
        sql.required().forEach(index -> values[index] = ABSENT);
        return values;
    }
}
