package io.forebay.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.ResourceKey;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;

/** The contract on PostgreSQL, where Debian's server is installed. */
class PostgresCatalogTest extends UpkeepContract {
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

    @Test
    void commit_textThatTheDatabaseRefuses_failsAloneAmongItsBatch() {
        ResourceKey refused = ResourceKey.of("s", "nul\u0000");
        List<Signal<Void>> answers = Flux.range(0, 20)
                .flatMapSequential(
                        i -> catalog.commit(List.of(entry(i == 7 ? refused : ResourceKey.of("s", "p" + i), A, T1)))
                                .materialize(),
                        20)
                .collectList()
                .block(WAIT);
        assertThat(answers).hasSize(20);
        assertThat(answers.stream().filter(Signal::isOnError)).hasSize(1);
        assertThat(answers.get(7).getThrowable()).isInstanceOf(CatalogException.class);
        assertThat(cold().census().block(WAIT)).isEqualTo(new Catalog.Census(19, 19));
    }
}
