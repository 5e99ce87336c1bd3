package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.R2dbcBadGrammarException;
import io.r2dbc.spi.R2dbcException;
import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** The table of result codes: https://www.sqlite.org/rescode.html. */
class SqliteErrorsTest {
    @ParameterizedTest
    @CsvSource({
        "SQLITE_INTERNAL, R2dbcNonTransientResourceException, 58000",
        "SQLITE_PERM, R2dbcPermissionDeniedException, 42501",
        "SQLITE_ABORT, R2dbcRollbackException, 40000",
        "SQLITE_ABORT_ROLLBACK, R2dbcRollbackException, 40000",
        "SQLITE_BUSY, R2dbcTransientResourceException, 55P03",
        "SQLITE_BUSY_RECOVERY, R2dbcTransientResourceException, 55P03",
        "SQLITE_BUSY_SNAPSHOT, R2dbcTransientResourceException, 40001",
        "SQLITE_LOCKED, R2dbcTransientResourceException, 55P03",
        "SQLITE_LOCKED_SHAREDCACHE, R2dbcTransientResourceException, 55P03",
        "SQLITE_NOMEM, R2dbcNonTransientResourceException, 53200",
        "SQLITE_READONLY, R2dbcNonTransientResourceException, 25006",
        "SQLITE_READONLY_DBMOVED, R2dbcNonTransientResourceException, 25006",
        "SQLITE_INTERRUPT, R2dbcTimeoutException, 57014",
        "SQLITE_IOERR, R2dbcNonTransientResourceException, 58030",
        "SQLITE_IOERR_FSYNC, R2dbcNonTransientResourceException, 58030",
        "SQLITE_CORRUPT, R2dbcNonTransientResourceException, XX001",
        "SQLITE_CORRUPT_VTAB, R2dbcNonTransientResourceException, XX001",
        "SQLITE_NOTFOUND, Fault, HY000",
        "SQLITE_FULL, R2dbcNonTransientResourceException, 53100",
        "SQLITE_CANTOPEN, R2dbcNonTransientResourceException, 08001",
        "SQLITE_CANTOPEN_ISDIR, R2dbcNonTransientResourceException, 08001",
        "SQLITE_PROTOCOL, R2dbcTransientResourceException, 55P03",
        "SQLITE_SCHEMA, R2dbcTransientResourceException, 40001",
        "SQLITE_TOOBIG, R2dbcDataIntegrityViolationException, 22001",
        "SQLITE_CONSTRAINT, R2dbcDataIntegrityViolationException, 23000",
        "SQLITE_CONSTRAINT_CHECK, R2dbcDataIntegrityViolationException, 23514",
        "SQLITE_CONSTRAINT_FOREIGNKEY, R2dbcDataIntegrityViolationException, 23503",
        "SQLITE_CONSTRAINT_NOTNULL, R2dbcDataIntegrityViolationException, 23502",
        "SQLITE_CONSTRAINT_PRIMARYKEY, R2dbcDataIntegrityViolationException, 23505",
        "SQLITE_CONSTRAINT_UNIQUE, R2dbcDataIntegrityViolationException, 23505",
        "SQLITE_CONSTRAINT_ROWID, R2dbcDataIntegrityViolationException, 23505",
        "SQLITE_CONSTRAINT_TRIGGER, R2dbcDataIntegrityViolationException, 23000",
        "SQLITE_MISMATCH, R2dbcDataIntegrityViolationException, 22018",
        "SQLITE_MISUSE, Fault, HY000",
        "SQLITE_NOLFS, R2dbcNonTransientResourceException, 58000",
        "SQLITE_AUTH, R2dbcPermissionDeniedException, 42501",
        "SQLITE_RANGE, Fault, HY000",
        "SQLITE_NOTADB, R2dbcNonTransientResourceException, XX001",
    })
    void translate_resultCode_kindStateAndExtendedCode(SQLiteErrorCode code, String type, String state) {
        SQLException error = new SQLiteException("text", code);
        R2dbcException translated = SqliteErrors.translate(error, "SELECT 1");
        assertThat(translated.getClass().getSimpleName()).isEqualTo(type);
        assertThat(translated.getSqlState()).isEqualTo(state);
        assertThat(translated.getErrorCode()).isEqualTo(code.code);
        assertThat(translated.getSql()).isEqualTo("SELECT 1");
        assertThat(translated).hasCause(error);
    }

    @Test
    void translate_error_grammarWhenPreparingElseFault() {
        SQLException run = new SQLiteException("integer overflow", SQLiteErrorCode.SQLITE_ERROR);
        assertThat(SqliteErrors.translate(run, null)).isInstanceOf(SqliteErrors.Fault.class);
        assertThat(SqliteErrors.translate(new SQLSyntaxErrorException("x", "", 1, run), null))
                .isInstanceOf(R2dbcBadGrammarException.class)
                .extracting("sqlState")
                .isEqualTo("42000");
        SQLException lost = new SQLiteException("no such table: t", SQLiteErrorCode.SQLITE_ERROR);
        assertThat(SqliteErrors.translate(lost, null)).isInstanceOf(R2dbcBadGrammarException.class);
    }

    @Test
    void translate_errorWithoutResultCode_faultWithItsText() {
        assertThat(SqliteErrors.translate(new SQLException("odd"), null))
                .isInstanceOf(SqliteErrors.Fault.class)
                .hasMessageContaining("odd");
    }
}
