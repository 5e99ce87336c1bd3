package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Lifecycle;
import io.r2dbc.spi.Option;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcRollbackException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import io.r2dbc.spi.TransactionDefinition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class TransactionTest {
    @TempDir
    Path directory;

    private Database database;
    private Connection connection;

    @BeforeEach
    void open() {
        database = Database.file(directory.resolve("t.db"), "?journalMode=WAL&synchronous=OFF&busyTimeout=PT0S");
        connection = database.open();
        update("CREATE TABLE t(a INTEGER UNIQUE)");
    }

    @AfterEach
    void close() {
        Database.close(connection);
    }

    private static void run(Publisher<Void> change) {
        Mono.from(change).block();
    }

    private void update(String sql) {
        Database.update(connection, sql).block();
    }

    private List<Object> query(String sql) {
        return Database.query(connection, sql).collectList().block();
    }

    private static TransactionDefinition definition(Map<Option<?>, Object> attributes) {
        return new TransactionDefinition() {
            @Override
            public <T> T getAttribute(Option<T> option) {
                return option.cast(attributes.get(option));
            }
        };
    }

    @Test
    void savepoints_nestedAndReleased_rollBackToTheRightOne() {
        run(connection.beginTransaction());
        update("INSERT INTO t VALUES (1)");
        run(connection.createSavepoint("one \"quoted\""));
        update("INSERT INTO t VALUES (2)");
        run(connection.createSavepoint("two"));
        update("INSERT INTO t VALUES (3)");
        run(connection.releaseSavepoint("two"));
        run(connection.rollbackTransactionToSavepoint("one \"quoted\""));
        run(connection.commitTransaction());
        assertThat(query("SELECT a FROM t")).containsExactly("1");
        assertThat(connection.isAutoCommit()).isTrue();
    }

    @Test
    void begin_writing_takesTheLockAtOnce() {
        run(connection.beginTransaction(definition(Map.of(TransactionDefinition.READ_ONLY, false))));
        Connection other = database.open();
        StepVerifier.create(other.beginTransaction(definition(Map.of(TransactionDefinition.READ_ONLY, false))))
                .verifyError(R2dbcTransientResourceException.class);
        assertThat(other.isAutoCommit()).isTrue();
        run(connection.rollbackTransaction());
        run(other.beginTransaction(definition(Map.of(TransactionDefinition.READ_ONLY, false))));
        run(other.rollbackTransaction());
        Database.close(other);
    }

    @Test
    void begin_readOnly_refusesWritesUntilItsEnd() {
        run(connection.beginTransaction(definition(Map.of(TransactionDefinition.READ_ONLY, true))));
        StepVerifier.create(Database.update(connection, "INSERT INTO t VALUES (1)"))
                .verifyError(R2dbcNonTransientResourceException.class);
        run(connection.commitTransaction());
        update("INSERT INTO t VALUES (1)");
        assertThat(query("SELECT a FROM t")).containsExactly("1");
    }

    @Test
    void begin_plain_readsOneSnapshot() {
        update("INSERT INTO t VALUES (1)");
        run(connection.beginTransaction());
        assertThat(query("SELECT count(*) FROM t")).containsExactly("1");
        database.run("INSERT INTO t VALUES (2)");
        assertThat(query("SELECT count(*) FROM t")).containsExactly("1");
        StepVerifier.create(Database.update(connection, "INSERT INTO t VALUES (3)"))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(R2dbcTransientResourceException.class)
                        .extracting("errorCode", "sqlState")
                        .containsExactly(517, "40001"));
        run(connection.rollbackTransaction());
        assertThat(query("SELECT count(*) FROM t")).containsExactly("2");
    }

    @Test
    void begin_twice_secondFailsAndFirstGoesOn() {
        run(connection.beginTransaction());
        StepVerifier.create(connection.beginTransaction()).verifyError(IllegalStateException.class);
        update("INSERT INTO t VALUES (1)");
        run(connection.commitTransaction());
        assertThat(database.query("SELECT a FROM t")).containsExactly("1");
    }

    @Test
    void isolation_lowerLevels_areRaisedToSerializable() {
        assertThat(connection.getTransactionIsolationLevel()).isEqualTo(IsolationLevel.SERIALIZABLE);
        run(connection.setTransactionIsolationLevel(IsolationLevel.READ_COMMITTED));
        assertThat(connection.getTransactionIsolationLevel()).isEqualTo(IsolationLevel.SERIALIZABLE);
        run(connection.beginTransaction(IsolationLevel.READ_UNCOMMITTED));
        assertThat(connection.getTransactionIsolationLevel()).isEqualTo(IsolationLevel.READ_UNCOMMITTED);
        run(connection.rollbackTransaction());
        assertThat(connection.getTransactionIsolationLevel()).isEqualTo(IsolationLevel.SERIALIZABLE);
        StepVerifier.create(connection.setTransactionIsolationLevel(IsolationLevel.valueOf("NONE")))
                .verifyError(IllegalArgumentException.class);
    }

    @Test
    void sqliteRolledBack_statementsRefusedUntilTheCallerEndsIt() {
        run(connection.beginTransaction());
        update("INSERT INTO t VALUES (1)");
        StepVerifier.create(Database.update(connection, "INSERT OR ROLLBACK INTO t VALUES (1)"))
                .verifyError();
        StepVerifier.create(Database.update(connection, "INSERT INTO t VALUES (2)"))
                .verifyError(R2dbcRollbackException.class);
        StepVerifier.create(connection.commitTransaction()).verifyError(R2dbcRollbackException.class);
        update("INSERT INTO t VALUES (3)");
        assertThat(database.query("SELECT a FROM t")).containsExactly("3");
    }

    @Test
    void failedStatement_inTransaction_transactionGoesOn() {
        run(connection.beginTransaction());
        update("INSERT INTO t VALUES (1)");
        StepVerifier.create(Database.update(connection, "INSERT INTO t VALUES (1)"))
                .verifyError();
        update("INSERT INTO t VALUES (2)");
        run(connection.commitTransaction());
        assertThat(database.query("SELECT a FROM t")).containsExactly("1", "2");
    }

    @Test
    void beginAndCommit_asText_autoCommitFollows() {
        update("BEGIN");
        assertThat(connection.isAutoCommit()).isFalse();
        update("INSERT INTO t VALUES (1)");
        update("COMMIT");
        assertThat(connection.isAutoCommit()).isTrue();
        update("SAVEPOINT s");
        assertThat(connection.isAutoCommit()).isFalse();
        run(connection.rollbackTransaction());
        assertThat(database.query("SELECT a FROM t")).containsExactly("1");
    }

    @Test
    void close_openTransaction_isRolledBack() {
        Connection other = database.open();
        Mono.from(other.beginTransaction()).block();
        Database.update(other, "INSERT INTO t VALUES (1)").block();
        Database.close(other);
        assertThat(query("SELECT count(*) FROM t")).containsExactly("0");
    }

    @Test
    void preRelease_openTransaction_nextUserFindsNone() {
        run(connection.beginTransaction());
        update("INSERT INTO t VALUES (1)");
        run(((Lifecycle) connection).preRelease());
        assertThat(connection.isAutoCommit()).isTrue();
        assertThat(query("SELECT count(*) FROM t")).containsExactly("0");
    }

    @Test
    void lockWait_ofDefinition_isForThisTransactionOnly() {
        run(connection.setLockWaitTimeout(Duration.ofDays(1)));
        Connection other = database.open();
        Mono.from(other.beginTransaction(definition(Map.of(TransactionDefinition.READ_ONLY, false))))
                .block();
        StepVerifier.create(connection.beginTransaction(definition(Map.of(
                        TransactionDefinition.READ_ONLY,
                        false,
                        TransactionDefinition.LOCK_WAIT_TIMEOUT,
                        Duration.ZERO))))
                .verifyError(R2dbcTransientResourceException.class);
        Mono<Long> waiting =
                Database.update(connection, "INSERT INTO t VALUES (1)").cache();
        waiting.subscribe();
        Mono.from(other.rollbackTransaction()).block();
        assertThat(waiting.block()).isEqualTo(1);
        Database.close(other);
    }
}
