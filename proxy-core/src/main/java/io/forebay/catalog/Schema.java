package io.forebay.catalog;

import io.forebay.catalog.CatalogException.Kind;
import io.r2dbc.spi.Connection;
import java.time.Clock;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Brings a database to the schema this program knows, or refuses before anything is written. */
final class Schema {
    private static final String TABLE = "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT NOT NULL,"
            + " name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (version))";
    private static final String APPLIED = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";
    private static final String RECORD =
            "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";

    private final List<Migration> known;
    private final Dialect dialect;
    private final Clock clock;

    Schema(List<Migration> known, Dialect dialect, Clock clock) {
        this.known = List.copyOf(known);
        this.dialect = dialect;
        this.clock = clock;
    }

    /** Runs the steps that are missing, all in one transaction. */
    Mono<Void> bring(Connection connection) {
        Mono<Void> steps = dialect.lockSchema(connection)
                .then(Sql.update(connection, TABLE))
                .thenMany(Sql.query(
                        connection,
                        APPLIED,
                        row -> new Applied(Sql.number(row, 0), Sql.text(row, 1), Sql.text(row, 2))))
                .collectList()
                .flatMap(applied -> {
                    verify(applied);
                    return Flux.fromIterable(known.subList(applied.size(), known.size()))
                            .concatMap(step -> run(connection, step))
                            .then();
                });
        return Transaction.of(connection, steps);
    }

    private Mono<Long> run(Connection connection, Migration step) {
        return Flux.fromIterable(step.statements())
                .concatMap(statement -> Sql.update(connection, statement))
                .then(Mono.defer(() -> Sql.update(
                        connection, RECORD, (long) step.version(), step.name(), step.checksum(), clock.millis())));
    }

    private void verify(List<Applied> applied) {
        if (applied.size() > known.size()) {
            Applied first = applied.get(known.size());
            throw refusal("has the migration " + first.name + " of a newer version of the program");
        }
        for (int i = 0; i < applied.size(); i++) {
            Migration expected = known.get(i);
            Applied found = applied.get(i);
            if (found.version != expected.version() || !found.checksum.equals(expected.checksum())) {
                throw refusal("was made with another migration " + found.name + " than this program's "
                        + expected.name() + " (checksum " + found.checksum + ", not " + expected.checksum() + ")");
            }
        }
    }

    private static CatalogException refusal(String what) {
        return new CatalogException(
                Kind.NEWER_SCHEMA, "the catalog's database " + what + "; nothing was written to it", null);
    }

    private record Applied(long version, String name, String checksum) {}
}
