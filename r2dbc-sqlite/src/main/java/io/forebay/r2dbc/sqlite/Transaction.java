package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.TransactionDefinition;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A session's transaction. Changed on the worker's thread only; {@link #none} may be asked by any thread.
 *
 * <p>SQLite's transactions are serializable. READ COMMITTED and REPEATABLE READ ask for less and get that; READ UNCOMMITTED is
 * passed on, where SQLite heeds it for shared caches alone. A definition that says {@code readOnly=false} asks to write: it begins
 * IMMEDIATE, so that it waits for the lock at its start and never fails for a snapshot that has become old. One that says
 * {@code readOnly=true} cannot write. One that says neither begins DEFERRED.
 */
final class Transaction {
    private enum State {
        NONE,
        /** Begun by switching auto-commit off or by a savepoint: a begin joins it. */
        IMPLICIT,
        EXPLICIT,
        /** SQLite has rolled it back after an error; statements are refused until the caller ends it. */
        ABORTED
    }

    private final Session session;
    private volatile State state = State.NONE;
    private volatile IsolationLevel isolation = IsolationLevel.SERIALIZABLE;
    /** What the end of the transaction puts back. */
    private final Deque<Restoration> restorations = new ArrayDeque<>();

    Transaction(Session session) {
        this.session = session;
    }

    boolean none() {
        return state == State.NONE;
    }

    IsolationLevel isolation() {
        return isolation;
    }

    void isolation(IsolationLevel level) throws SQLException {
        boolean dirty = level.equals(IsolationLevel.READ_UNCOMMITTED);
        boolean known = dirty
                || level.equals(IsolationLevel.READ_COMMITTED)
                || level.equals(IsolationLevel.REPEATABLE_READ)
                || level.equals(IsolationLevel.SERIALIZABLE);
        if (!known) {
            throw new IllegalArgumentException("SQLite has no isolation level " + level.asSql());
        }
        session.execute("PRAGMA read_uncommitted = " + (dirty ? "ON" : "OFF"));
        isolation = dirty ? level : IsolationLevel.SERIALIZABLE;
    }

    void begin(TransactionDefinition definition) throws SQLException {
        if (state == State.IMPLICIT) {
            state = State.EXPLICIT;
            return;
        }
        if (state != State.NONE) {
            throw new IllegalStateException("a transaction is open already");
        }
        Boolean readOnly = definition.getAttribute(TransactionDefinition.READ_ONLY);
        boolean begun = false;
        try {
            apply(definition, Boolean.TRUE.equals(readOnly));
            session.execute(Boolean.FALSE.equals(readOnly) ? "BEGIN IMMEDIATE" : "BEGIN");
            state = State.EXPLICIT;
            begun = true;
        } finally {
            if (!begun) {
                restore();
            }
        }
    }

    /** Begins a transaction where none is open. */
    void beginImplicitly() throws SQLException {
        refuseAborted();
        if (state == State.NONE) {
            session.execute("BEGIN");
            state = State.IMPLICIT;
        }
    }

    void commit() throws SQLException {
        if (state == State.ABORTED) {
            ended();
            throw SqliteErrors.rolledBack();
        }
        if (state != State.NONE) {
            session.execute("COMMIT");
            ended();
        }
    }

    void rollback() throws SQLException {
        if (state == State.IMPLICIT || state == State.EXPLICIT) {
            session.closeCursors();
            session.execute("ROLLBACK");
        }
        ended();
    }

    void savepoint(String name) throws SQLException {
        beginImplicitly();
        session.execute("SAVEPOINT " + quoted(name));
    }

    void release(String name) throws SQLException {
        refuseAborted();
        session.execute("RELEASE " + quoted(name));
    }

    void rollbackTo(String name) throws SQLException {
        refuseAborted();
        session.execute("ROLLBACK TO " + quoted(name));
    }

    void refuseAborted() {
        if (state == State.ABORTED) {
            throw SqliteErrors.rolledBack();
        }
    }

    /** In an aborted transaction: the result of the caller's own ROLLBACK, which SQLite has no transaction for any more. */
    @Nullable
    SqliteResult skipped(Sql.Part part) {
        boolean rollback = part.kind() == Kind.TRANSACTION
                && part.text().toUpperCase(Locale.ROOT).matches("ROLLBACK(\\s+TRANSACTION)?");
        if (state == State.ABORTED && rollback) {
            state = State.NONE;
            return SqliteResult.of(List.of(new SqliteResult.Changed(0)));
        }
        refuseAborted();
        return null;
    }

    /** The caller has run BEGIN, COMMIT or the like as text. */
    void changedBySql() throws SQLException {
        if (outside()) {
            ended();
        } else if (state == State.NONE) {
            state = State.EXPLICIT;
        }
    }

    /** Some errors (a full disk, an interrupted write) make SQLite roll back on its own. */
    void afterError() {
        if ((state == State.EXPLICIT || state == State.IMPLICIT) && outside()) {
            state = State.ABORTED;
        }
    }

    /** Whether SQLite is in no transaction: sqlite-jdbc does not give sqlite3_get_autocommit, but BEGIN tells. */
    private boolean outside() {
        try {
            session.execute("BEGIN");
        } catch (SQLException e) {
            return false;
        }
        try {
            session.execute("ROLLBACK");
        } catch (SQLException e) {
            throw SqliteErrors.translate(e, "ROLLBACK");
        }
        return true;
    }

    private void apply(TransactionDefinition definition, boolean readOnly) throws SQLException {
        IsolationLevel level = definition.getAttribute(TransactionDefinition.ISOLATION_LEVEL);
        if (level != null) {
            IsolationLevel before = isolation;
            isolation(level);
            restorations.push(() -> isolation(before));
        }
        Duration wait = definition.getAttribute(TransactionDefinition.LOCK_WAIT_TIMEOUT);
        if (wait != null) {
            Duration before = session.lockWait().limit();
            session.lockWait().limit(wait);
            restorations.push(() -> session.lockWait().limit(before));
        }
        if (readOnly && !session.readOnly()) {
            session.execute("PRAGMA query_only = ON");
            restorations.push(() -> session.execute("PRAGMA query_only = OFF"));
        }
    }

    private void ended() throws SQLException {
        state = State.NONE;
        restore();
    }

    private void restore() throws SQLException {
        while (!restorations.isEmpty()) {
            restorations.pop().run();
        }
    }

    private static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    private interface Restoration {
        void run() throws SQLException;
    }
}
