package io.forebay.catalog;

import io.forebay.catalog.Catalog.Count;
import io.forebay.catalog.Catalog.UseFilter;
import io.r2dbc.spi.Connection;
import java.time.LocalDate;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of uses, read; it is written by {@link Buffers}. */
final class Uses {
    /** An empty text stands for every repository, every name. */
    private static final String LIST = "SELECT day, repository, ecosystem, name, version, downloads, bytes FROM uses"
            + " WHERE day >= $1 AND day <= $2 AND ($3 = '' OR repository = $4) AND ($5 = '' OR name = $6)"
            + " ORDER BY day DESC, repository, ecosystem, name, version LIMIT $7";

    private static final String FORGET = "DELETE FROM uses WHERE day < $1";

    private Uses() {}

    static Flux<Count> list(Connection connection, UseFilter filter) {
        String repository = filter.repository().orElse("");
        String name = filter.name().orElse("");
        return Sql.query(
                connection,
                LIST,
                row -> new Count(
                        LocalDate.ofEpochDay(Sql.number(row, 0)),
                        Sql.text(row, 1),
                        Sql.text(row, 2),
                        Sql.text(row, 3),
                        Sql.text(row, 4),
                        Sql.number(row, 5),
                        Sql.number(row, 6)),
                filter.from().toEpochDay(),
                filter.to().toEpochDay(),
                repository,
                repository,
                name,
                name,
                (long) filter.limit());
    }

    static Mono<Long> forget(Connection connection, LocalDate before) {
        return Sql.update(connection, FORGET, before.toEpochDay());
    }
}
