package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.R2dbcBadGrammarException;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcNonTransientException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcPermissionDeniedException;
import io.r2dbc.spi.R2dbcRollbackException;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteException;

/**
 * Turns SQLite's result codes into the SPI's exceptions. The error code is the extended result code where SQLite gave one, the
 * SQL state is of ISO 9075 or, where that has none, of the classes that other databases use for the same trouble.
 *
 * <p>Source: https://www.sqlite.org/rescode.html.
 */
final class SqliteErrors {
    static final int ERROR = 1;
    static final int BUSY = 5;

    private static final int PRIMARY = 0xff;
    private static final int MISUSE = 21;
    private static final int CANTOPEN = 14;

    /** ERROR is also what a run fails with ("integer overflow"); a statement that was prepared long ago may lose its table. */
    private static final Pattern GRAMMAR =
            Pattern.compile("syntax error|no such (table|column|view|function|index|module)|has no column");

    private SqliteErrors() {}

    static int primary(SQLException error) {
        SQLiteException found = find(error);
        return found == null ? MISUSE : found.getErrorCode() & PRIMARY;
    }

    static R2dbcException translate(SQLException error, @Nullable String sql) {
        SQLiteException found = find(error);
        if (found == null) {
            return of(MISUSE, String.valueOf(error.getMessage()), sql, error);
        }
        int code = Math.max(found.getResultCode().code, found.getErrorCode());
        String message = String.valueOf(found.getMessage());
        if ((code & PRIMARY) == ERROR
                && !(error instanceof SQLSyntaxErrorException)
                && !GRAMMAR.matcher(message).find()) {
            return new Fault(message, "HY000", code, sql, error);
        }
        return of(code, message, sql, error);
    }

    /** What the driver beneath says when it cannot open a file names the path; this does not. */
    static R2dbcException cannotOpen(SQLException error) {
        SQLiteException found = find(error);
        return found == null ? of(CANTOPEN, "unable to open the database file", null, error) : translate(error, null);
    }

    static R2dbcException closed() {
        return new R2dbcNonTransientResourceException("the connection is closed", "08003", 0);
    }

    static R2dbcException rolledBack() {
        return new R2dbcRollbackException("SQLite has rolled the transaction back after an error", "40000", 0);
    }

    static R2dbcException of(int code, String message, @Nullable String sql, @Nullable Throwable cause) {
        return switch (code & PRIMARY) {
            case 1 -> new R2dbcBadGrammarException(message, "42000", code, sql, cause); // ERROR
            case 3, 23 -> new R2dbcPermissionDeniedException(message, "42501", code, sql, cause); // PERM, AUTH
            case 4 -> new R2dbcRollbackException(message, "40000", code, sql, cause); // ABORT
            case 5 -> new R2dbcTransientResourceException(message, busy(code), code, sql, cause); // BUSY
            case 6 -> new R2dbcTransientResourceException(message, "55P03", code, sql, cause); // LOCKED
            case 7 -> new R2dbcNonTransientResourceException(message, "53200", code, sql, cause); // NOMEM
            case 8 -> new R2dbcNonTransientResourceException(message, "25006", code, sql, cause); // READONLY
            case 9 -> new R2dbcTimeoutException(message, "57014", code, sql, cause); // INTERRUPT
            case 10 -> new R2dbcNonTransientResourceException(message, "58030", code, sql, cause); // IOERR
            case 11, 26 ->
                new R2dbcNonTransientResourceException(message, "XX001", code, sql, cause); // CORRUPT, NOTADB
            case 13 -> new R2dbcNonTransientResourceException(message, "53100", code, sql, cause); // FULL
            case 14 -> new R2dbcNonTransientResourceException(message, "08001", code, sql, cause); // CANTOPEN
            case 15 -> new R2dbcTransientResourceException(message, "55P03", code, sql, cause); // PROTOCOL
            case 17 -> new R2dbcTransientResourceException(message, "40001", code, sql, cause); // SCHEMA
            case 18 -> new R2dbcDataIntegrityViolationException(message, "22001", code, sql, cause); // TOOBIG
            case 19 -> new R2dbcDataIntegrityViolationException(message, constraint(code), code, sql, cause);
            case 20 -> new R2dbcDataIntegrityViolationException(message, "22018", code, sql, cause); // MISMATCH
            case 2, 22, 24 ->
                new R2dbcNonTransientResourceException(message, "58000", code, sql, cause); // INTERNAL, NOLFS
            default -> new Fault(message, "HY000", code, sql, cause); // MISUSE, RANGE, NOTFOUND and what is new
        };
    }

    /** BUSY_SNAPSHOT: the transaction read before another wrote, so only the whole of it can be tried again. */
    private static String busy(int code) {
        return code == 517 ? "40001" : "55P03";
    }

    private static String constraint(int code) {
        return switch (code >> 8) {
            case 1 -> "23514"; // CHECK
            case 3 -> "23503"; // FOREIGNKEY
            case 5 -> "23502"; // NOTNULL
            case 6, 8, 10 -> "23505"; // PRIMARYKEY, UNIQUE, ROWID
            default -> "23000";
        };
    }

    private static @Nullable SQLiteException find(SQLException error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof SQLiteException found) {
                return found;
            }
        }
        return error.getNextException() instanceof SQLiteException found ? found : null;
    }

    /** What is neither grammar nor data nor resource: a use of SQLite that SQLite refuses. */
    static final class Fault extends R2dbcNonTransientException {
        private static final long serialVersionUID = 1;

        Fault(String reason, String sqlState, int code, @Nullable String sql, @Nullable Throwable cause) {
            super(reason, sqlState, code, sql, cause);
        }
    }
}
