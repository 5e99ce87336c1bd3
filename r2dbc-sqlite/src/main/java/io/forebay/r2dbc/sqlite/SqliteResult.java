package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The result of one statement: either all there (the count of changed rows, the rows of RETURNING or of a PRAGMA), or a query's
 * {@link Cursor}. It may be consumed once, by any thread.
 */
final class SqliteResult implements Result {
    private final List<? extends Segment> ready;
    private final Optional<Cursor> cursor;
    private final Predicate<Segment> filter;
    private final AtomicBoolean consumed;

    private SqliteResult(
            List<? extends Segment> ready, Optional<Cursor> cursor, Predicate<Segment> filter, AtomicBoolean consumed) {
        this.ready = ready;
        this.cursor = cursor;
        this.filter = filter;
        this.consumed = consumed;
    }

    static SqliteResult of(List<? extends Segment> segments) {
        return new SqliteResult(segments, Optional.empty(), segment -> true, new AtomicBoolean());
    }

    /** A query's rows that were read ahead, and the cursor that has the rest unless it has none. */
    static SqliteResult of(List<SqliteRow> ahead, Cursor cursor) {
        Optional<Cursor> rest = cursor.closed() ? Optional.empty() : Optional.of(cursor);
        return new SqliteResult(ahead, rest, segment -> true, new AtomicBoolean());
    }

    /** Completes when the result holds nothing of the connection any more. */
    Mono<Void> ended() {
        return cursor.map(Cursor::ended).orElse(Mono.empty());
    }

    @Override
    public Mono<Long> getRowsUpdated() {
        consume();
        if (cursor.isPresent()) {
            return Mono.defer(() -> {
                cursor.get().discard();
                return cursor.get().ended().then(Mono.empty());
            });
        }
        return Flux.fromIterable(ready)
                .filter(filter)
                .ofType(UpdateCount.class)
                .map(UpdateCount::value)
                .reduce(Long::sum);
    }

    @Override
    public <T> Flux<T> map(BiFunction<Row, RowMetadata, ? extends T> mappingFunction) {
        requireNonNull(mappingFunction, "mappingFunction");
        return rows().map(row -> mappingFunction.apply(row, row.getMetadata()));
    }

    @Override
    public <T> Flux<T> map(Function<? super Readable, ? extends T> mappingFunction) {
        requireNonNull(mappingFunction, "mappingFunction");
        return rows().map(mappingFunction);
    }

    @Override
    public SqliteResult filter(Predicate<Segment> predicate) {
        requireNonNull(predicate, "predicate");
        if (consumed.get()) {
            throw new IllegalStateException("the result was consumed");
        }
        return new SqliteResult(ready, cursor, filter.and(predicate), consumed);
    }

    @Override
    public <T> Flux<T> flatMap(Function<Segment, ? extends Publisher<? extends T>> mappingFunction) {
        requireNonNull(mappingFunction, "mappingFunction");
        return segments().concatMap(mappingFunction);
    }

    private Flux<SqliteRow> rows() {
        return segments().ofType(SqliteRow.class);
    }

    private Flux<Segment> segments() {
        consume();
        Flux<Segment> all = Flux.fromIterable(ready);
        if (cursor.isPresent()) {
            all = ready.isEmpty()
                    ? cursor.get().segments()
                    : all.concatWith(cursor.get().segments());
        }
        return all.filter(filter);
    }

    private void consume() {
        if (!consumed.compareAndSet(false, true)) {
            throw new IllegalStateException("the result was consumed");
        }
        cursor.ifPresent(Cursor::claim);
    }

    private static void requireNonNull(Object value, String name) {
        if (value == null) {
            throw new IllegalArgumentException(name + " must not be null");
        }
    }

    /** How many rows a statement has changed. */
    record Changed(long value) implements UpdateCount {}
}
