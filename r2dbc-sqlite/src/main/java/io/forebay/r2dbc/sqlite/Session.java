package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Result;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.sqlite.BusyHandler;
import org.sqlite.SQLiteConnection;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

/**
 * An open SQLite connection: runs statements for {@link SqliteConnection}. Used on the worker's thread only, which may block.
 *
 * <p>Failure: {@link R2dbcException}, translated by {@link SqliteErrors}.
 */
final class Session {
    /** Rows that go to SQLite between two looks at whether they are still wanted; bounds sqlite-jdbc's array of values. */
    private static final int BATCH_ROWS = 4096;

    private final SQLiteConnection connection;
    private final Worker worker;
    private final LockWait lockWait;
    private final StatementCache statements;
    private final Transaction transaction = new Transaction(this);
    private final Set<Cursor> cursors = new LinkedHashSet<>();
    private final boolean readOnly;
    private Duration statementTimeout;
    private volatile boolean open = true;

    Session(SQLiteConnection connection, Worker worker, LockWait lockWait, Settings settings) {
        this.connection = connection;
        this.worker = worker;
        this.lockWait = lockWait;
        this.statements = new StatementCache(connection);
        this.statementTimeout = settings.statementTimeout();
        this.readOnly = settings.readOnly();
    }

    Worker worker() {
        return worker;
    }

    Transaction transaction() {
        return transaction;
    }

    LockWait lockWait() {
        return lockWait;
    }

    boolean open() {
        return open;
    }

    boolean readOnly() {
        return readOnly;
    }

    void statementTimeout(Duration limit) {
        statementTimeout = limit;
    }

    /** Closes the results that nobody has asked for; to be called before an operation's first statement. */
    void closeUnclaimed() {
        for (Cursor cursor : List.copyOf(cursors)) {
            if (!cursor.claimed()) {
                cursor.close(true);
            }
        }
    }

    void closeCursors() {
        List.copyOf(cursors).forEach(cursor -> cursor.close(true));
    }

    /**
     * Runs one statement with one set of values.
     *
     * @param ahead how many rows of a query to read at once; when that is all of them the result holds no cursor
     */
    SqliteResult run(Operation operation, Sql.Part part, @Nullable Object[] values, int ahead) {
        SqliteResult done = transaction.skipped(part);
        return done != null ? done : turn(operation, part.text(), () -> run(part, values, ahead));
    }

    /** Runs a writing statement once for each set of values; all or, when one fails, none of them take effect. */
    List<SqliteResult> runAll(Operation operation, Sql.Part part, List<@Nullable Object[]> bindings) {
        transaction.refuseAborted();
        boolean done = false;
        try {
            List<SqliteResult> results = turn(operation, part.text(), () -> {
                execute("SAVEPOINT r2dbc_rows");
                List<SqliteResult> each =
                        part.returning() ? each(operation, part, bindings) : batches(operation, part, bindings);
                execute("RELEASE r2dbc_rows");
                return each;
            });
            done = true;
            return results;
        } finally {
            // Outside of the turn: what takes back may not be interrupted.
            if (!done) {
                takeBack();
            }
        }
    }

    /** One turn of the worker for an operation, which can be interrupted while it lasts. */
    <T> T turn(Operation operation, @Nullable String sql, Turn<T> body) {
        if (!open) {
            throw SqliteErrors.closed();
        }
        lockWait.operation(operation);
        worker.enter(operation);
        Disposable timer = timer(operation);
        boolean left = false;
        try {
            // Who cancelled before the turn was entered found nothing to interrupt.
            refuseStopped(operation);
            return body.run();
        } catch (SQLException e) {
            worker.leave(operation);
            left = true;
            transaction.afterError();
            throw operation.timedOut() ? timedOut(sql, e) : SqliteErrors.translate(e, sql);
        } finally {
            timer.dispose();
            if (!left) {
                worker.leave(operation);
            }
        }
    }

    /** Runs a statement of the driver's own, which has no rows that matter. */
    void execute(String sql) throws SQLException {
        Prepared prepared = statements.take(sql);
        boolean done = false;
        try {
            if (prepared.execute()) {
                prepared.rows().close();
            }
            done = true;
        } finally {
            finish(prepared, done);
        }
    }

    /**
     * Switches the journal mode where it is another. SQLite does not call the busy handler for this switch, so the waiting is
     * done here.
     */
    void journalMode(String mode) throws SQLException {
        if (mode.equalsIgnoreCase(text("PRAGMA journal_mode"))) {
            return;
        }
        long began = System.nanoTime();
        for (int tries = 0; ; tries++) {
            try {
                String now = text("PRAGMA journal_mode = " + mode);
                if (!mode.equalsIgnoreCase(now)) {
                    throw SqliteErrors.of(1, "the journal mode stays " + now, null, null);
                }
                return;
            } catch (SQLException e) {
                if (SqliteErrors.primary(e) != SqliteErrors.BUSY || !lockWait.pause(tries, began)) {
                    throw e;
                }
            }
        }
    }

    /** A cursor is done with its statement. */
    void release(Cursor cursor, Prepared prepared, ResultSet rows, boolean reusable) {
        cursors.remove(cursor);
        try {
            rows.close();
            finish(prepared, reusable);
        } catch (SQLException e) {
            throw SqliteErrors.translate(e, prepared.text());
        }
    }

    String version() throws SQLException {
        return connection.libversion();
    }

    void close() {
        if (!open) {
            return;
        }
        closeCursors();
        open = false;
        try {
            statements.clear();
            BusyHandler.clearHandler(connection);
        } catch (SQLException e) {
            throw SqliteErrors.translate(e, null);
        } finally {
            closeConnection();
        }
    }

    private void closeConnection() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw SqliteErrors.translate(e, null);
        }
    }

    private String text(String sql) throws SQLException {
        try (Prepared prepared = new Prepared(connection, sql)) {
            prepared.execute();
            try (ResultSet rows = prepared.rows()) {
                return rows.next() ? String.valueOf(rows.getString(1)) : "";
            }
        }
    }

    private SqliteResult run(Sql.Part part, @Nullable Object[] values, int ahead) throws SQLException {
        Prepared prepared = statements.take(part.text());
        boolean done = false;
        boolean handedOver = false;
        try {
            prepared.bind(part.parameters(), values);
            boolean columns = prepared.execute();
            if (columns && part.kind() == Kind.QUERY) {
                Cursor cursor = new Cursor(this, prepared);
                cursors.add(cursor);
                handedOver = true;
                return SqliteResult.of(cursor.read(ahead), cursor);
            }
            SqliteResult result = SqliteResult.of(columns ? rows(prepared, part) : counts(part));
            done = true;
            return result;
        } finally {
            if (!handedOver) {
                // What changes the schema or the settings is run once; its text is not worth a place.
                finish(prepared, done && part.kind() != Kind.OTHER);
            }
            if (part.kind() == Kind.TRANSACTION) {
                transaction.changedBySql();
            }
        }
    }

    private List<Result.Segment> rows(Prepared prepared, Sql.Part part) throws SQLException {
        List<Result.Segment> segments = new ArrayList<>();
        try (ResultSet rows = prepared.rows()) {
            SqliteRowMetadata metadata = prepared.metadata();
            while (rows.next()) {
                segments.add(prepared.row(metadata));
            }
        }
        if (part.kind() == Kind.WRITE) {
            segments.addAll(counts(part));
        }
        return segments;
    }

    private List<Result.Segment> counts(Sql.Part part) throws SQLException {
        long count = part.kind() == Kind.WRITE ? connection.getDatabase().changes() : 0;
        return List.of(new SqliteResult.Changed(count));
    }

    private List<SqliteResult> each(Operation operation, Sql.Part part, List<@Nullable Object[]> bindings)
            throws SQLException {
        List<SqliteResult> results = new ArrayList<>(bindings.size());
        for (@Nullable Object[] values : bindings) {
            refuseStopped(operation);
            results.add(run(part, values, 0));
        }
        return results;
    }

    private List<SqliteResult> batches(Operation operation, Sql.Part part, List<@Nullable Object[]> bindings)
            throws SQLException {
        List<SqliteResult> results = new ArrayList<>(bindings.size());
        Prepared prepared = statements.take(part.text());
        boolean done = false;
        try {
            for (int from = 0; from < bindings.size(); from += BATCH_ROWS) {
                refuseStopped(operation);
                int to = Math.min(bindings.size(), from + BATCH_ROWS);
                for (@Nullable Object[] values : bindings.subList(from, to)) {
                    prepared.bind(part.parameters(), values);
                    prepared.addBatch();
                }
                for (long count : prepared.executeBatch()) {
                    results.add(SqliteResult.of(List.of(new SqliteResult.Changed(count))));
                }
            }
            done = true;
            return results;
        } finally {
            finish(prepared, done);
        }
    }

    /** An interrupt that came between two statements has hit none of them. */
    private static void refuseStopped(Operation operation) throws SQLException {
        if (operation.stopped()) {
            throw new SQLException("interrupted");
        }
    }

    private void takeBack() {
        try {
            execute("ROLLBACK TO r2dbc_rows");
            execute("RELEASE r2dbc_rows");
        } catch (SQLException e) {
            // SQLite has rolled back the whole transaction, savepoint included.
        }
    }

    private void finish(Prepared prepared, boolean reusable) throws SQLException {
        if (reusable) {
            statements.give(prepared);
        } else {
            prepared.close();
        }
    }

    private Disposable timer(Operation operation) {
        if (statementTimeout.isZero()) {
            return Disposables.disposed();
        }
        Runnable alarm = () -> {
            operation.timeOut();
            worker.interrupt(operation);
        };
        return Schedulers.parallel().schedule(alarm, statementTimeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    private R2dbcException timedOut(@Nullable String sql, SQLException cause) {
        return SqliteErrors.of(9, "the statement ran longer than " + statementTimeout, sql, cause);
    }

    /** What runs on the worker's thread. */
    interface Turn<T> {
        T run() throws SQLException;
    }
}
