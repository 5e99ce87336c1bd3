package io.forebay.catalog;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import reactor.core.publisher.Mono;

/** The contract on PostgreSQL, where Debian's server is installed. */
class PostgresCatalogTest extends CatalogContract {
    private static Postgres postgres;

    private ConnectionPool pool;

    @BeforeAll
    static void start() throws Exception {
        Optional<Path> programs = Postgres.programs();
        Assumptions.assumeTrue(programs.isPresent(), "no PostgreSQL server under /usr/lib/postgresql: skipped");
        postgres = Postgres.start(programs.get());
    }

    @AfterAll
    static void stop() throws Exception {
        if (postgres != null) {
            postgres.close();
        }
    }

    @Override
    ConnectionFactory empty() {
        Mono.usingWhen(
                        postgres.connections().create(),
                        connection -> Sql.update(connection, "DROP SCHEMA public CASCADE")
                                .then(Sql.update(connection, "CREATE SCHEMA public")),
                        Connection::close)
                .block(WAIT);
        pool = new ConnectionPool(ConnectionPoolConfiguration.builder(postgres.connections())
                .initialSize(0)
                .maxSize(8)
                .build());
        return pool;
    }

    @Override
    void release() {
        pool.disposeLater().block(WAIT);
    }
}
