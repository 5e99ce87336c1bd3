package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcBadGrammarException;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class StatementTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Database database = Database.memory();
    private Connection connection;

    @BeforeEach
    void open() {
        connection = database.open();
        update("CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER UNIQUE, b TEXT)");
    }

    @AfterEach
    void close() {
        Database.close(connection);
    }

    private long update(String sql) {
        return Database.update(connection, sql).block(LIMIT);
    }

    private List<Object> query(String sql) {
        return Database.query(connection, sql).collectList().block(LIMIT);
    }

    private static Flux<Long> counts(Statement statement) {
        return Flux.from(statement.execute()).concatMap(Result::getRowsUpdated);
    }

    @Test
    void bind_byNameWithAndWithoutPrefixAndByIndex_sameParameter() {
        for (Statement statement : List.of(
                connection.createStatement("SELECT :x + :x").bind(":x", 2),
                connection.createStatement("SELECT :x + :x").bind("x", 2),
                connection.createStatement("SELECT :x + :x").bind(0, 2),
                connection.createStatement("SELECT ?1 + ?1").bind("?1", 2))) {
            assertThat(Flux.from(statement.execute())
                            .flatMap(result -> result.map(row -> row.get(0, Integer.class)))
                            .blockLast(LIMIT))
                    .isEqualTo(4);
        }
    }

    @Test
    void bind_unknownNameAndIndex_refused() {
        Statement statement = connection.createStatement("SELECT :x");
        assertThatThrownBy(() -> statement.bind("y", 1)).isInstanceOf(NoSuchElementException.class);
        assertThatThrownBy(() -> statement.bindNull(1, String.class)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> statement.bind(0, new Object())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void add_manySets_oneCountEachAndAllStored() {
        Statement statement = connection.createStatement("INSERT INTO t(a, b) VALUES (?, ?)");
        IntStream.range(0, 10_000).forEach(i -> {
            if (i > 0) {
                statement.add();
            }
            statement.bind(0, i).bind(1, "b" + i);
        });
        assertThat(counts(statement).collectList().block(LIMIT)).hasSize(10_000).containsOnly(1L);
        assertThat(query("SELECT count(DISTINCT a) FROM t")).containsExactly("10000");
        // The statement that ran as a batch is prepared still; alone it works as well.
        assertThat(counts(connection
                                .createStatement("INSERT INTO t(a, b) VALUES (?, ?)")
                                .bind(0, -1)
                                .bindNull(1, String.class))
                        .blockLast(LIMIT))
                .isEqualTo(1);
        assertThat(query("SELECT b FROM t WHERE a = -1")).containsExactly("null");
    }

    @Test
    void add_oneSetFails_noneIsStored() {
        Statement statement = connection
                .createStatement("INSERT INTO t(a) VALUES (?)")
                .bind(0, 1)
                .add()
                .bind(0, 2)
                .add()
                .bind(0, 1);
        StepVerifier.create(counts(statement)).verifyErrorSatisfies(error -> assertThat(error)
                .isInstanceOf(R2dbcDataIntegrityViolationException.class)
                .extracting("sqlState", "errorCode")
                .containsExactly("23505", 2067));
        assertThat(query("SELECT count(*) FROM t")).containsExactly("0");
        assertThat(connection.isAutoCommit()).isTrue();
    }

    @Test
    void add_oneSetFailsInTransaction_whatWasBeforeStays() {
        Mono.from(connection.beginTransaction()).block(LIMIT);
        update("INSERT INTO t(a) VALUES (5)");
        Statement statement = connection
                .createStatement("INSERT INTO t(a) VALUES (?)")
                .bind(0, 1)
                .add()
                .bind(0, 5);
        StepVerifier.create(counts(statement)).verifyError(R2dbcDataIntegrityViolationException.class);
        Mono.from(connection.commitTransaction()).block(LIMIT);
        assertThat(query("SELECT a FROM t")).containsExactly("5");
    }

    @Test
    void returnGeneratedValues_namedColumns_rowsOfEachSet() {
        Statement statement = connection
                .createStatement("INSERT INTO t(a, b) VALUES (?, 'x')")
                .returnGeneratedValues("id", "b")
                .bind(0, 10)
                .add()
                .bind(0, 20);
        assertThat(Flux.from(statement.execute())
                        .concatMap(result -> result.map((row, metadata) -> row.get("id") + "" + row.get("b")))
                        .collectList()
                        .block(LIMIT))
                .containsExactly("1x", "2x");
    }

    @Test
    void returnGeneratedValues_unknownColumn_badGrammar() {
        Statement statement =
                connection.createStatement("INSERT INTO t(a) VALUES (1)").returnGeneratedValues("nope");
        StepVerifier.create(statement.execute()).verifyError(R2dbcBadGrammarException.class);
        assertThat(query("SELECT count(*) FROM t")).containsExactly("0");
    }

    @Test
    void getRowsUpdated_perKindOfStatement_countsDmlAlone() {
        assertThat(update("INSERT INTO t(a) VALUES (1), (2)")).isEqualTo(2);
        assertThat(update("CREATE TABLE u(a)")).isZero();
        assertThat(update("UPDATE t SET b = 'x' WHERE a > 100")).isZero();
        assertThat(update("UPDATE t SET b = 'x' RETURNING a")).isEqualTo(2);
        assertThat(Flux.from(connection.createStatement("SELECT * FROM t").execute())
                        .concatMap(Result::getRowsUpdated)
                        .collectList()
                        .block(LIMIT))
                .isEmpty();
        assertThat(update("WITH x AS (SELECT 1) DELETE FROM t")).isEqualTo(2);
    }

    @Test
    void execute_twice_runsTwice() {
        Statement statement = connection.createStatement("INSERT INTO t(a) VALUES (abs(random()))");
        counts(statement).blockLast(LIMIT);
        counts(statement).blockLast(LIMIT);
        assertThat(query("SELECT count(*) FROM t")).containsExactly("2");
    }

    @Test
    void execute_severalStatementsAndNobodyReads_allRun() {
        Flux.from(connection
                        .createStatement("INSERT INTO t(a) VALUES (1); SELECT * FROM t; INSERT INTO t(a) VALUES (2)")
                        .execute())
                .then()
                .block(LIMIT);
        assertThat(query("SELECT a FROM t ORDER BY a")).containsExactly("1", "2");
    }

    @Test
    void execute_queryBeforeDelete_rowsReadFirst() {
        update("INSERT INTO t(a) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                + " SELECT i FROM n");
        List<Object> rows = Flux.from(connection
                        .createStatement("SELECT a FROM t; DELETE FROM t; SELECT count(*) FROM t")
                        .execute())
                .concatMap(result -> result.map((row, metadata) -> row.get(0)))
                .collectList()
                .block(LIMIT);
        assertThat(rows).hasSize(1001).endsWith(0);
    }

    @Test
    void execute_firstResultOnly_isReadWhole() {
        update("INSERT INTO t(a) VALUES (1), (2), (3)");
        assertThat(Mono.from(connection.createStatement("SELECT a FROM t").execute())
                        .flatMapMany(result -> result.map((row, metadata) -> row.get(0, Long.class)))
                        .collectList()
                        .block(LIMIT))
                .containsExactly(1L, 2L, 3L);
    }

    @Test
    void execute_resultNobodyReads_nextStatementClosesIt() {
        update("INSERT INTO t(a) VALUES (1), (2)");
        Result forgotten = Mono.from(
                        connection.createStatement("SELECT a FROM t").execute())
                .block(LIMIT);
        // A statement left open would keep its table from being dropped.
        update("DROP TABLE t");
        StepVerifier.create(forgotten.map((row, metadata) -> row.get(0))).verifyError(IllegalStateException.class);
    }

    @Test
    void result_consumedTwice_illegalState() {
        Result result =
                Mono.from(connection.createStatement("SELECT 1").execute()).block(LIMIT);
        Flux.from(result.map((row, metadata) -> row.get(0))).blockLast(LIMIT);
        assertThatThrownBy(result::getRowsUpdated).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> result.filter(segment -> true)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void rows_endlessQuery_onlyWhatIsAskedForIsStepped() {
        List<Integer> seen = new ArrayList<>();
        Flux<Integer> rows = Flux.from(connection
                        .createStatement(
                                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
                        .execute())
                .concatMap(result -> Flux.from(result.map((row, metadata) -> row.get(0, Integer.class)))
                        .doOnNext(seen::add));
        StepVerifier.create(rows, 3)
                .expectNext(1, 2, 3)
                .then(() -> assertThat(seen).hasSizeLessThanOrEqualTo(33))
                .thenRequest(1)
                .expectNext(4)
                .thenCancel()
                .verify(LIMIT);
        assertThat(query("SELECT 7")).containsExactly("7");
    }

    @Test
    void query_columnsChangedByAnotherConnection_rowsAreOfTheNewOnes() {
        update("INSERT INTO t(a, b) VALUES (1, 'x')");
        String sql = "SELECT * FROM t";
        assertThat(columns(sql)).containsExactly("id=1", "a=1", "b=x");
        database.run("ALTER TABLE t ADD COLUMN c DEFAULT 'y'");
        assertThat(columns(sql)).containsExactly("id=1", "a=1", "b=x", "c=y");
        database.run("ALTER TABLE t DROP COLUMN b");
        assertThat(columns(sql)).containsExactly("id=1", "a=1", "c=y");
    }

    private List<String> columns(String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map((row, metadata) -> metadata.getColumnMetadatas().stream()
                        .map(column -> column.getName() + "=" + row.get(column.getName()))
                        .toList()))
                .blockLast(LIMIT);
    }

    @Test
    void mappingFunction_throws_errorAndConnectionGoesOn() {
        update("INSERT INTO t(a) VALUES (1), (2)");
        StepVerifier.create(
                        Flux.from(connection.createStatement("SELECT a FROM t").execute())
                                .concatMap(result -> result.map((row, metadata) -> {
                                    throw new UnsupportedOperationException("mapping");
                                })))
                .verifyErrorMessage("mapping");
        update("DROP TABLE t");
        assertThat(query("SELECT 1")).containsExactly("1");
    }

    @Test
    void execute_badGrammar_errorNamesTheSql() {
        StepVerifier.create(connection.createStatement("SELEC 1").execute())
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(R2dbcBadGrammarException.class)
                        .extracting("offendingSql")
                        .isEqualTo("SELEC 1"));
        StepVerifier.create(connection.createStatement("SELECT * FROM nowhere").execute())
                .verifyError(R2dbcBadGrammarException.class);
    }

    @Test
    void batch_statementsWithParameters_refused() {
        assertThatThrownBy(() -> connection.createBatch().add("SELECT ?")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void connection_closed_everythingFailsAtOnce() {
        Connection other = database.open();
        Database.close(other);
        StepVerifier.create(other.createStatement("SELECT 1").execute())
                .verifyErrorMatches(error -> error.getMessage().contains("closed"));
        StepVerifier.create(other.beginTransaction()).verifyError();
        StepVerifier.create(other.close()).verifyComplete();
    }
}
