package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlParserTest {
    @Test
    void parse_separatorsInQuotesAndComments_splitNothing() {
        Sql sql = Sql.parse("SELECT ';', \";\", `;`, [;] -- ;\n FROM t /* ; */ ; ; -- the end\n SELECT 'it''s; 2'");
        assertThat(sql.statements())
                .extracting(Sql.Part::text)
                .containsExactly("SELECT ';', \";\", `;`, [;] -- ;\n FROM t /* ; */", "-- the end\n SELECT 'it''s; 2'");
    }

    @Test
    void parse_onlyCommentsAndSeparators_noStatements() {
        assertThat(Sql.parse(" ; /* nothing */ ; -- here").statements()).isEmpty();
    }

    @Test
    void parse_triggerWithBody_oneStatement() {
        String trigger = "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET a = 1; DELETE FROM u; END";
        assertThat(Sql.parse(trigger + "; SELECT 1").statements())
                .extracting(Sql.Part::text)
                .containsExactly(trigger, "SELECT 1");
    }

    @ParameterizedTest
    @CsvSource({
        "SELECT 1, QUERY",
        "values (1), QUERY",
        "WITH a AS (SELECT 1) SELECT * FROM a, QUERY",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a, WRITE",
        "/* c */ insert into t values (1), WRITE",
        "REPLACE INTO t VALUES (1), WRITE",
        "DELETE FROM t, WRITE",
        "UPDATE t SET a = 1, WRITE",
        "BEGIN IMMEDIATE, TRANSACTION",
        "RELEASE x, TRANSACTION",
        "PRAGMA user_version, OTHER",
        "CREATE TABLE t(a), OTHER",
        "EXPLAIN SELECT 1, OTHER"
    })
    void parse_firstWords_tellTheKind(String text, Kind kind) {
        assertThat(Sql.parse(text).statements()).extracting(Sql.Part::kind).containsExactly(kind);
    }

    @Test
    void parse_parametersOfEveryForm_indexedAsSqliteDoes() {
        Sql sql = Sql.parse("SELECT ?, :a, @b, $c, :a, ?7, ?, ':no', a->>'$.x'");
        assertThat(sql.parameters()).isEqualTo(8);
        assertThat(sql.required()).containsExactly(0, 1, 2, 3, 6, 7);
        assertThat(sql.names())
                .containsEntry(":a", 1)
                .containsEntry("a", 1)
                .containsEntry("@b", 2)
                .containsEntry("$c", 3)
                .containsEntry("?7", 6)
                .doesNotContainKey("no");
    }

    @Test
    void parse_parametersOfSeveralStatements_shareNamesAndGoOnCounting() {
        Sql sql = Sql.parse("SELECT ?, :a; SELECT :a, ?");
        assertThat(sql.parameters()).isEqualTo(3);
        assertThat(sql.statements()).extracting(Sql.Part::parameters).containsExactly(List.of(0, 1), List.of(1, 2));
    }

    @Test
    void parse_numberBeyondSqlite_illegalArgument() {
        assertThatThrownBy(() -> Sql.parse("SELECT ?0")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Sql.parse("SELECT ?99999999999")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void returning_namesQuotedAndOwnClauseKept() {
        assertThat(Sql.parse("INSERT INTO t VALUES (1) -- c")
                        .statements()
                        .get(0)
                        .returning(List.of("a`b"))
                        .text())
                .isEqualTo("INSERT INTO t VALUES (1) -- c\nRETURNING `a``b`");
        String own = "INSERT INTO t VALUES (1) RETURNING a";
        assertThat(Sql.parse(own).statements().get(0).returning(List.of()).text())
                .isEqualTo(own);
    }
}
