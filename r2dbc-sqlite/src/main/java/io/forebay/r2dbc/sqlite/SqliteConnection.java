package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionMetadata;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Lifecycle;
import io.r2dbc.spi.Option;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.TransactionDefinition;
import io.r2dbc.spi.ValidationDepth;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A connection to SQLite with a thread of its own. Every method may be called from any thread and returns at once; signals come on
 * the connection's thread. Auto-commit is off exactly while a transaction is open.
 *
 * <p>Ownership: whoever opened it closes it; closing rolls an open transaction back and ends the thread.
 */
final class SqliteConnection implements Connection, Lifecycle {
    private static final TransactionDefinition PLAIN = new TransactionDefinition() {
        @Override
        public <T> @Nullable T getAttribute(Option<T> option) {
            return null;
        }
    };

    /** Rows of a query that others follow: up to here it is read whole, and nothing has to wait for its reader. */
    private static final int READ_AHEAD = 256;

    private final Session session;
    private final ConnectionMetadata metadata;
    private final AtomicBoolean closed = new AtomicBoolean();

    SqliteConnection(Session session, ConnectionMetadata metadata) {
        this.session = session;
        this.metadata = metadata;
    }

    @Override
    public Mono<Void> beginTransaction() {
        return beginTransaction(PLAIN);
    }

    @Override
    public Mono<Void> beginTransaction(TransactionDefinition definition) {
        requireNonNull(definition, "definition");
        return change(() -> session.transaction().begin(definition));
    }

    @Override
    public Mono<Void> commitTransaction() {
        return change(() -> session.transaction().commit());
    }

    @Override
    public Mono<Void> rollbackTransaction() {
        return change(() -> session.transaction().rollback());
    }

    @Override
    public Mono<Void> createSavepoint(String name) {
        requireNonNull(name, "name");
        return change(() -> session.transaction().savepoint(name));
    }

    @Override
    public Mono<Void> releaseSavepoint(String name) {
        requireNonNull(name, "name");
        return change(() -> session.transaction().release(name));
    }

    @Override
    public Mono<Void> rollbackTransactionToSavepoint(String name) {
        requireNonNull(name, "name");
        return change(() -> session.transaction().rollbackTo(name));
    }

    @Override
    public boolean isAutoCommit() {
        return session.transaction().none();
    }

    @Override
    public Mono<Void> setAutoCommit(boolean autoCommit) {
        return change(() -> {
            if (autoCommit) {
                session.transaction().commit();
            } else {
                session.transaction().beginImplicitly();
            }
        });
    }

    @Override
    public IsolationLevel getTransactionIsolationLevel() {
        return session.transaction().isolation();
    }

    @Override
    public Mono<Void> setTransactionIsolationLevel(IsolationLevel isolationLevel) {
        requireNonNull(isolationLevel, "isolationLevel");
        return change(() -> session.transaction().isolation(isolationLevel));
    }

    @Override
    public Mono<Void> setLockWaitTimeout(Duration timeout) {
        requireNonNull(timeout, "timeout");
        return change(() -> session.lockWait().limit(timeout));
    }

    @Override
    public Mono<Void> setStatementTimeout(Duration timeout) {
        requireNonNull(timeout, "timeout");
        return change(() -> session.statementTimeout(timeout));
    }

    @Override
    public SqliteStatement createStatement(String sql) {
        requireNonNull(sql, "sql");
        return new SqliteStatement(this, Sql.parse(sql));
    }

    @Override
    public SqliteBatch createBatch() {
        return new SqliteBatch(this);
    }

    @Override
    public ConnectionMetadata getMetadata() {
        return metadata;
    }

    @Override
    public Mono<Boolean> validate(ValidationDepth depth) {
        requireNonNull(depth, "depth");
        if (depth == ValidationDepth.LOCAL) {
            return Mono.fromSupplier(() -> !closed.get());
        }
        return change(() -> session.execute("SELECT 1")).thenReturn(true).onErrorReturn(R2dbcException.class, false);
    }

    @Override
    public Mono<Void> postAllocate() {
        return Mono.empty();
    }

    /** Leaves nothing behind for the next user: no open result, no transaction. */
    @Override
    public Mono<Void> preRelease() {
        Mono<Void> clean = change(() -> {
            session.closeCursors();
            session.transaction().rollback();
        });
        return Mono.defer(() -> closed.get() ? Mono.empty() : clean);
    }

    @Override
    public Mono<Void> close() {
        return Mono.create(sink -> {
            if (!closed.compareAndSet(false, true)) {
                sink.success();
                return;
            }
            session.worker().execute(() -> {
                try {
                    session.close();
                    session.worker().stop();
                    sink.success();
                } catch (RuntimeException e) {
                    session.worker().stop();
                    sink.error(e);
                }
            });
        });
    }

    /** Runs one statement of each part for each set of values, one after the other. */
    Flux<SqliteResult> run(List<Sql.Part> parts, List<@Nullable Object[]> bindings) {
        if (parts.size() == 1 && bindings.size() > 1 && parts.get(0).kind() == Kind.WRITE) {
            return call(true, operation -> session.runAll(operation, parts.get(0), bindings))
                    .flatMapIterable(results -> results);
        }
        if (parts.size() == 1 && bindings.size() == 1) {
            return run(parts.get(0), bindings.get(0), 0).flux();
        }
        int last = bindings.size() * parts.size() - 1;
        return Flux.range(0, last + 1)
                .concatMap(
                        i -> {
                            Sql.Part part = parts.get(i % parts.size());
                            @Nullable Object[] values = bindings.get(i / parts.size());
                            return i == last ? run(part, values, 0) : runAndWait(part, values);
                        },
                        1);
    }

    /** One of several statements: the next may not run while this one's rows are still to be read. */
    private Flux<SqliteResult> runAndWait(Sql.Part part, @Nullable Object[] values) {
        return run(part, values, READ_AHEAD)
                .flatMapMany(
                        result -> Flux.concat(Mono.just(result), result.ended().then(Mono.empty())));
    }

    private Mono<SqliteResult> run(Sql.Part part, @Nullable Object[] values, int ahead) {
        return call(true, operation -> session.run(operation, part, values, ahead));
    }

    /**
     * A change of the connection's own state. Cancelling it ends a wait for a lock and keeps what has not begun from beginning; it
     * interrupts nothing, so that no transaction is left half ended.
     */
    private Mono<Void> change(Change change) {
        return this.<Boolean>call(
                        false,
                        operation -> session.turn(operation, null, () -> {
                            change.run();
                            return true;
                        }))
                .then();
    }

    private <T> Mono<T> call(boolean interruptible, Call<T> call) {
        return Mono.create(sink -> {
            Operation operation = new Operation();
            sink.onCancel(() -> {
                operation.cancel();
                if (interruptible) {
                    session.worker().interrupt(operation);
                }
            });
            try {
                if (closed.get()) {
                    throw SqliteErrors.closed();
                }
                session.worker().admit(() -> {
                    if (operation.cancelled()) {
                        return;
                    }
                    T value;
                    try {
                        session.closeUnclaimed();
                        value = call.run(operation);
                    } catch (RuntimeException e) {
                        if (!operation.cancelled()) {
                            sink.error(e);
                        }
                        return;
                    }
                    sink.success(value);
                });
            } catch (R2dbcException e) {
                sink.error(e);
            }
        });
    }

    static void requireNonNull(@Nullable Object value, String name) {
        if (value == null) {
            throw new IllegalArgumentException(name + " must not be null");
        }
    }

    private interface Change {
        void run() throws SQLException;
    }

    private interface Call<T> {
        @Nullable
        T run(Operation operation);
    }
}
