package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.Batch;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;

/** Statements without parameters that are run one after the other. Built by one thread. */
final class SqliteBatch implements Batch {
    private static final Object[] NO_VALUES = {};

    private final SqliteConnection connection;
    private final List<Sql.Part> parts = new ArrayList<>();

    SqliteBatch(SqliteConnection connection) {
        this.connection = connection;
    }

    @Override
    public SqliteBatch add(String sql) {
        SqliteConnection.requireNonNull(sql, "sql");
        Sql parsed = Sql.parse(sql);
        if (parsed.parameters() > 0) {
            throw new IllegalArgumentException("a batch takes no parameters: use a statement and its add()");
        }
        parts.addAll(parsed.statements());
        return this;
    }

    @Override
    public Flux<SqliteResult> execute() {
        return connection.run(List.copyOf(parts), List.<Object[]>of(NO_VALUES));
    }
}
