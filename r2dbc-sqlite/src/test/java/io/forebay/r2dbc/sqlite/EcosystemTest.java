package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcBadGrammarException;
import io.r2dbc.spi.ValidationDepth;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The driver below r2dbc-pool and Spring, as others use it. */
class EcosystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private ConnectionFactory file() {
        return ConnectionFactories.get(
                "r2dbc:sqlite://" + directory.resolve("t.db") + "?journalMode=WAL&synchronous=OFF&busyTimeout=PT1M");
    }

    private static ConnectionPool pool(ConnectionFactory factory, int size) {
        return new ConnectionPool(ConnectionPoolConfiguration.builder(factory)
                .initialSize(0)
                .maxSize(size)
                .validationDepth(ValidationDepth.REMOTE)
                .build());
    }

    private static Mono<Long> update(ConnectionPool pool, String sql) {
        return Mono.usingWhen(
                pool.create(), connection -> Database.update(connection, sql), connection -> connection.close());
    }

    @Test
    void pool_moreTasksThanConnections_allDone() {
        ConnectionPool pool = pool(file(), 4);
        update(pool, "CREATE TABLE t(a INTEGER)").block(LIMIT);
        Flux.range(0, 200)
                .flatMap(i -> update(pool, "INSERT INTO t VALUES (" + i + ")"))
                .blockLast(LIMIT);
        assertThat(Mono.usingWhen(
                                pool.create(),
                                connection -> Database.query(connection, "SELECT count(DISTINCT a) FROM t")
                                        .last(),
                                connection -> connection.close())
                        .block(LIMIT))
                .isEqualTo("200");
        pool.disposeLater().block(LIMIT);
    }

    @Test
    void pool_memoryDatabase_outlivesItsConnections() {
        ConnectionFactory memory = ConnectionFactories.get("r2dbc:sqlite:///:memory:");
        ConnectionPool first = pool(memory, 2);
        update(first, "CREATE TABLE t(a INTEGER)").block(LIMIT);
        first.disposeLater().block(LIMIT);
        ConnectionPool second = pool(memory, 2);
        assertThat(update(second, "INSERT INTO t VALUES (1)").block(LIMIT)).isEqualTo(1);
        second.disposeLater().block(LIMIT);
        Connection other = Database.memory().open();
        StepVerifier.create(Database.query(other, "SELECT * FROM t"))
                .expectError(R2dbcBadGrammarException.class)
                .verify(LIMIT);
        Database.close(other);
    }

    @Test
    void pool_transactionLeftOpen_nextUserStartsClean() {
        ConnectionPool pool = pool(file(), 1);
        update(pool, "CREATE TABLE t(a INTEGER)").block(LIMIT);
        Mono.usingWhen(
                        pool.create(),
                        connection -> Mono.from(connection.beginTransaction())
                                .then(Database.update(connection, "INSERT INTO t VALUES (1)")),
                        connection -> connection.close())
                .block(LIMIT);
        assertThat(update(pool, "INSERT INTO t VALUES (2)").block(LIMIT)).isEqualTo(1);
        assertThat(new Database(file()).query("SELECT a FROM t")).containsExactly("2");
        pool.disposeLater().block(LIMIT);
    }

    @Test
    void databaseClient_namedParameters_rowsAndGeneratedKeys() {
        DatabaseClient client = DatabaseClient.create(ConnectionFactories.get("r2dbc:sqlite:///:memory:"));
        client.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE, size BIGINT)")
                .then()
                .block(LIMIT);
        Map<String, Object> key = client.sql("INSERT INTO t(name, size) VALUES (:name, :size)")
                .filter(statement -> statement.returnGeneratedValues("id"))
                .bind("name", "one")
                .bindNull("size", Long.class)
                .fetch()
                .one()
                .block(LIMIT);
        assertThat(key).containsEntry("id", 1);
        assertThat(client.sql("UPDATE t SET size = :size WHERE name IN (:names)")
                        .bind("size", 7)
                        .bind("names", List.of("one", "two"))
                        .fetch()
                        .rowsUpdated()
                        .block(LIMIT))
                .isEqualTo(1);
        assertThat(client.sql("SELECT * FROM t WHERE name = :name OR name = :name")
                        .bind("name", "one")
                        .fetch()
                        .all()
                        .collectList()
                        .block(LIMIT))
                .containsExactly(Map.of("id", 1, "name", "one", "size", 7L));
        StepVerifier.create(client.sql("INSERT INTO t(name) VALUES ('one')").then())
                .verifyError(DuplicateKeyException.class);
    }

    @Test
    void transactionalOperator_errorAndSuccess_rollsBackAndCommits() {
        ConnectionPool pool = pool(file(), 2);
        DatabaseClient client = DatabaseClient.create(pool);
        TransactionalOperator transaction = TransactionalOperator.create(new R2dbcTransactionManager(pool));
        client.sql("CREATE TABLE t(a INTEGER)").then().block(LIMIT);
        StepVerifier.create(client.sql("INSERT INTO t VALUES (1)")
                        .then()
                        .then(Mono.error(new IllegalStateException("stop")))
                        .as(transaction::transactional))
                .verifyErrorMessage("stop");
        client.sql("INSERT INTO t VALUES (2)")
                .then()
                .as(transaction::transactional)
                .block(LIMIT);
        assertThat(client.sql("SELECT a FROM t")
                        .mapValue(Integer.class)
                        .all()
                        .collectList()
                        .block(LIMIT))
                .containsExactly(2);
        pool.disposeLater().block(LIMIT);
    }
}
