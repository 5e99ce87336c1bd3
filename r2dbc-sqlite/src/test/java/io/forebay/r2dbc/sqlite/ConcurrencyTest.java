package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class ConcurrencyTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    @TempDir
    Path directory;

    private Database database;

    @BeforeEach
    void create() {
        database = Database.file(directory.resolve("t.db"), "?journalMode=WAL&synchronous=NORMAL");
        database.run("CREATE TABLE t(a INTEGER)", "INSERT INTO t VALUES (1)");
    }

    private Connection open(String query) {
        return Database.file(directory.resolve("t.db"), query).open();
    }

    private static Thread worker(Connection connection) {
        return Mono.from(connection.createStatement("SELECT 1").execute())
                .map(result -> Thread.currentThread())
                .block(LIMIT);
    }

    /** Returns when the thread runs the method: only then does a cancellation have something to interrupt. */
    private static void awaitInside(Thread thread, String method) {
        long began = System.nanoTime();
        while (Arrays.stream(thread.getStackTrace())
                .noneMatch(frame -> frame.getMethodName().equals(method))) {
            assertThat(System.nanoTime() - began).isLessThan(LIMIT.toNanos());
            Thread.onSpinWait();
        }
    }

    @Test
    @DisplayName("failures 24: readers never wait for the writer")
    void readers_whileWriterHoldsItsLock_allAnswerWithWhatIsCommitted() {
        Connection writer = database.open();
        Mono.from(writer.beginTransaction()).block();
        Database.update(writer, "INSERT INTO t VALUES (2)").block();
        // No wait for a lock at all: a reader that needed one would fail.
        List<Connection> readers = IntStream.range(0, 8)
                .mapToObj(i -> open("?readOnly=true&busyTimeout=0"))
                .toList();
        List<Object> counts = Flux.fromIterable(readers)
                .flatMap(reader -> Flux.range(0, 50).concatMap(i -> Database.query(reader, "SELECT count(*) FROM t")))
                .collectList()
                .block(LIMIT);
        assertThat(counts).hasSize(400).containsOnly("1");
        Mono.from(writer.commitTransaction()).block();
        assertThat(Database.query(readers.get(0), "SELECT count(*) FROM t").blockLast(LIMIT))
                .isEqualTo("2");
        readers.forEach(Database::close);
        Database.close(writer);
    }

    @Test
    @DisplayName("failures 24: one writer and many readers at once, none fails")
    void readersAndWriter_atOnce_everyReadIsOfWholeTransactions() {
        Connection writer = database.open();
        Flux<Long> writes = Flux.range(0, 100).concatMap(i -> Mono.from(writer.beginTransaction())
                .then(Database.update(writer, "INSERT INTO t VALUES (2)"))
                .then(Database.update(writer, "INSERT INTO t VALUES (3)"))
                .flatMap(count -> Mono.from(writer.commitTransaction()).thenReturn(count)));
        List<Connection> readers =
                IntStream.range(0, 4).mapToObj(i -> open("?readOnly=true")).toList();
        Flux<Object> reads = Flux.fromIterable(readers).flatMap(reader -> Flux.range(0, 100)
                .concatMap(i -> Database.query(reader, "SELECT (count(*) - 1) % 2 FROM t")));
        List<Object> seen = Flux.merge(writes.ignoreElements().cast(Object.class), reads)
                .collectList()
                .block(LIMIT);
        assertThat(seen).hasSize(400).containsOnly("0");
        assertThat(database.query("SELECT count(*) FROM t")).containsExactly("201");
        readers.forEach(Database::close);
        Database.close(writer);
    }

    @Test
    void busy_lockHeldPastTheTimeout_transientResourceError() {
        Connection holder = database.open();
        Database.update(holder, "BEGIN IMMEDIATE").block();
        Connection other = open("?busyTimeout=PT0.05S");
        StepVerifier.create(Database.update(other, "INSERT INTO t VALUES (2)"))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(R2dbcTransientResourceException.class)
                        .extracting("errorCode")
                        .isEqualTo(5))
                .verify(LIMIT);
        Database.close(other);
        Database.close(holder);
    }

    @Test
    void busy_lockReleasedInTime_writeSucceeds() {
        Connection holder = database.open();
        Database.update(holder, "BEGIN IMMEDIATE").block();
        Connection other = open("?busyTimeout=PT1H");
        Mono<Long> waiting = Database.update(other, "INSERT INTO t VALUES (2)").cache();
        waiting.subscribe();
        Database.update(holder, "COMMIT").block();
        assertThat(waiting.block(LIMIT)).isEqualTo(1);
        Database.close(other);
        Database.close(holder);
    }

    @Test
    void cancel_whileWaitingForALock_endsTheWait() {
        Connection holder = database.open();
        Database.update(holder, "BEGIN IMMEDIATE").block();
        Connection other = open("?busyTimeout=PT1H");
        Thread worker = worker(other);
        Disposable waiting = Database.update(other, "INSERT INTO t VALUES (2)").subscribe();
        awaitInside(worker, "pause");
        waiting.dispose();
        assertThat(Database.query(other, "SELECT count(*) FROM t").blockLast(LIMIT))
                .isEqualTo("1");
        Database.close(other);
        Database.close(holder);
    }

    @Test
    void cancel_longRecursiveQuery_isInterruptedAndConnectionUsable() {
        Connection connection = database.open();
        Thread worker = worker(connection);
        for (int i = 0; i < 20; i++) {
            Disposable running = Database.query(connection, ENDLESS).subscribe();
            awaitInside(worker, "step");
            running.dispose();
            assertThat(Database.query(connection, "SELECT 1").blockLast(LIMIT)).isEqualTo("1");
        }
        Database.close(connection);
    }

    @Test
    void cancel_aroundTheBeginning_neverLeavesTheStatementRunning() {
        Connection connection = database.open();
        for (int i = 0; i < 2_000; i++) {
            Disposable running = Database.query(connection, ENDLESS).subscribe();
            for (int spin = 0; spin < i % 200; spin++) {
                Thread.onSpinWait();
            }
            running.dispose();
            assertThat(Database.query(connection, "SELECT 1").blockLast(LIMIT)).isEqualTo("1");
        }
        Database.close(connection);
    }

    @Test
    void cancel_betweenRows_statementClosedAndConnectionUsable() throws InterruptedException {
        Connection connection = database.open();
        Thread worker = worker(connection);
        CountDownLatch first = new CountDownLatch(1);
        // After the first row the next one never comes.
        Disposable running = Database.query(
                        connection,
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i = 1")
                .subscribe(row -> first.countDown());
        assertThat(first.await(60, TimeUnit.SECONDS)).isTrue();
        awaitInside(worker, "step");
        running.dispose();
        Database.update(connection, "DROP TABLE t").block(LIMIT);
        Database.close(connection);
    }

    @Test
    void statementTimeout_endlessQuery_timeoutErrorAndConnectionUsable() {
        Connection connection = database.open();
        Mono.from(connection.setStatementTimeout(Duration.ofMillis(50))).block();
        StepVerifier.create(Database.query(connection, ENDLESS))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(R2dbcTimeoutException.class)
                        .extracting("sqlState", "errorCode")
                        .containsExactly("57014", 9))
                .verify(LIMIT);
        Mono.from(connection.setStatementTimeout(Duration.ZERO)).block();
        assertThat(Database.query(connection, "SELECT 1").blockLast(LIMIT)).isEqualTo("1");
        Database.close(connection);
    }

    @Test
    void statementTimeout_writeInTransaction_transactionIsRolledBack() {
        Connection connection = open("?statementTimeout=PT0.1S");
        Mono.from(connection.beginTransaction()).block();
        StepVerifier.create(
                        Database.update(
                                connection,
                                "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"))
                .expectError(R2dbcTimeoutException.class)
                .verify(LIMIT);
        Mono.from(connection.rollbackTransaction()).block(LIMIT);
        assertThat(Database.query(connection, "SELECT count(*) FROM t").blockLast(LIMIT))
                .isEqualTo("1");
        Database.close(connection);
    }

    @Test
    void operations_moreThanTheLimit_refusedAndTheRestRun() {
        Connection connection = database.open();
        Disposable endless = Database.query(connection, ENDLESS).subscribe();
        List<Mono<Object>> waiting = IntStream.range(0, Worker.LIMIT + 10)
                .mapToObj(i -> Database.query(connection, "SELECT 1")
                        .onErrorReturn(R2dbcTransientResourceException.class, "refused")
                        .last()
                        .cache())
                .toList();
        waiting.forEach(Mono::subscribe);
        endless.dispose();
        List<Object> answers = Flux.concat(waiting).collectList().block(LIMIT);
        assertThat(answers).contains("1", "refused").hasSize(Worker.LIMIT + 10);
        assertThat(answers.stream().filter("1"::equals).count()).isBetween((long) Worker.LIMIT - 1, Worker.LIMIT + 1L);
        Database.close(connection);
    }

    @Test
    void close_endsTheThread() throws InterruptedException {
        Connection connection = database.open();
        Thread worker = worker(connection);
        assertThat(worker.getName()).startsWith("r2dbc-sqlite-");
        Database.close(connection);
        worker.join(60_000);
        assertThat(worker.isAlive()).isFalse();
    }
}
