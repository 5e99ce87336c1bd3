package io.forebay.catalog;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Statements with their arguments. Markers are {@code $1}, {@code $2} ... in the order of their first appearance: so they
 * mean the same to a database that numbers them and to one that names them.
 */
final class Sql {
    private Sql() {}

    /** Rows of a query. The mapping must not return null and must not keep the row. */
    static <T> Flux<T> query(Connection connection, String sql, Function<Row, T> mapping, Object... arguments) {
        return Flux.defer(() -> bind(connection.createStatement(sql), arguments).execute())
                .concatMap(result -> result.map((row, metadata) -> mapping.apply(row)));
    }

    /** Number of rows changed. */
    static Mono<Long> update(Connection connection, String sql, Object... arguments) {
        return updateAll(connection, sql, List.<Object[]>of(arguments));
    }

    /** Number of rows changed by one statement for each line of arguments. */
    static Mono<Long> updateAll(Connection connection, String sql, List<Object[]> lines) {
        if (lines.isEmpty()) {
            return Mono.just(0L);
        }
        return Flux.defer(() -> {
                    Statement statement = connection.createStatement(sql);
                    for (int i = 0; i < lines.size(); i++) {
                        bind(i == 0 ? statement : statement.add(), lines.get(i));
                    }
                    return statement.execute();
                })
                .concatMap(Result::getRowsUpdated)
                .reduce(0L, Long::sum);
    }

    /** A value of a column that is never null. */
    static <T> T get(Row row, int column, Class<T> type) {
        T value = row.get(column, type);
        if (value == null) {
            throw new CatalogException(CatalogException.Kind.DAMAGED, "column " + column + " of a row is null", null);
        }
        return value;
    }

    static String text(Row row, int column) {
        return get(row, column, String.class);
    }

    static long number(Row row, int column) {
        return get(row, column, Long.class);
    }

    private static Statement bind(Statement statement, Object... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            statement.bind(i, arguments[i]);
        }
        return statement;
    }
}
