package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Result;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;

/**
 * A query that has been started: its rows are stepped on the worker's thread, as many as are asked for.
 *
 * <p>Ownership: it holds its statement until it ends, fails, is cancelled or closed, whichever comes first; exactly once. Until
 * somebody {@link #claim}s it, the connection's next operation closes it: a result that nobody reads must not keep a snapshot of
 * the database.
 */
final class Cursor {
    private final Session session;
    private final Prepared prepared;
    private final ResultSet rows;
    private final SqliteRowMetadata metadata;
    private final Operation operation = new Operation();
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private volatile boolean claimed;
    private boolean closed;

    Cursor(Session session, Prepared prepared) throws SQLException {
        this.session = session;
        this.prepared = prepared;
        this.rows = prepared.rows();
        this.metadata = prepared.metadata();
    }

    void claim() {
        claimed = true;
    }

    /** Whether it holds nothing any more; on the worker's thread. */
    boolean closed() {
        return closed;
    }

    boolean claimed() {
        return claimed;
    }

    /** Completes when the statement has been given back. */
    Mono<Void> ended() {
        return ended.asMono();
    }

    /** Reads rows within the turn that opened it, and closes it when there are no more. */
    List<SqliteRow> read(int count) throws SQLException {
        List<SqliteRow> read = new ArrayList<>();
        boolean done = false;
        try {
            for (int i = 0; i < count && !closed; i++) {
                next().ifPresentOrElse(read::add, () -> close(true));
            }
            done = true;
            return read;
        } finally {
            if (!done) {
                close(false);
            }
        }
    }

    Flux<Result.Segment> segments() {
        return Flux.<Result.Segment>generate(this::step)
                .subscribeOn(session.worker().scheduler())
                .doOnCancel(() -> {
                    session.worker().cancel(operation);
                    discard();
                });
    }

    /** Closes it from any thread. */
    void discard() {
        session.worker().execute(() -> close(true));
    }

    /** Closes it; on the worker's thread. A statement that has failed is not used again. */
    void close(boolean reusable) {
        if (closed) {
            return;
        }
        closed = true;
        session.release(this, prepared, rows, reusable);
        ended.tryEmitEmpty();
    }

    private void step(SynchronousSink<Result.Segment> sink) {
        if (closed) {
            end(sink, operation.cancelled() ? null : lost());
            return;
        }
        try {
            Optional<SqliteRow> row = session.turn(operation, prepared.text(), this::next);
            if (row.isPresent()) {
                sink.next(row.get());
            } else {
                end(sink, null);
            }
        } catch (R2dbcException e) {
            close(false);
            end(sink, operation.cancelled() ? null : e);
        }
    }

    private Optional<SqliteRow> next() throws SQLException {
        if (operation.cancelled() || !rows.next()) {
            return Optional.empty();
        }
        return Optional.of(prepared.row(metadata));
    }

    private void end(SynchronousSink<Result.Segment> sink, @Nullable Throwable error) {
        close(true);
        if (error == null) {
            sink.complete();
        } else {
            sink.error(error);
        }
    }

    private RuntimeException lost() {
        return session.open()
                ? new IllegalStateException("the result was closed by a later statement of its connection")
                : SqliteErrors.closed();
    }
}
