package io.forebay.catalog;

import io.forebay.catalog.CatalogException.Kind;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.concurrent.Queues;
import reactor.util.retry.Retry;

/**
 * Group commit over one connection: while a transaction runs, writes queue; the next transaction takes what has queued.
 *
 * <p>One round at a time runs, started by whoever finds none running. A round that fails because the database is busy is
 * tried again; one that fails for a reason of no known kind is repeated once, write by write: so only the bad write fails,
 * and one that met another node's row sees that row. A connection that saw a failure is closed and another one opened: what state it is in is then no question.
 *
 * <p>Callers are answered on a parallel thread, after the commit, so that none of them can hold up the connection's thread; all
 * of one transaction by one task, because a task for each costs more than the row.
 */
final class Writer {
    /** Adds to what a row waits anyhow. Whoever asked for the package has it before its row is written. */
    private static final Duration GATHERING = Duration.ofMillis(5);

    private static final long BACKOFF_MIN_MILLIS = 10;
    private static final long BACKOFF_MAX_MILLIS = 1_000;

    private final ConnectionFactory connections;
    private final Dialect dialect;
    private final CatalogOptions options;
    private final Queue<Write<?>> queue =
            Queues.<Write<?>>unboundedMultiproducer().get();
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicReference<@Nullable Connection> connection = new AtomicReference<>();
    private final AtomicLong transactions = new AtomicLong();
    private final AtomicLong written = new AtomicLong();
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private int taken;
    private int lastBatch;
    private volatile boolean closing;
    private volatile LongConsumer watch = nanos -> {};

    Writer(ConnectionFactory connections, Dialect dialect, CatalogOptions options) {
        this.connections = connections;
        this.dialect = dialect;
        this.options = options;
    }

    /**
     * Queues a write when subscribed to. It is done even if the subscriber leaves.
     *
     * @param work runs inside a transaction, and again when that is tried again
     * @param committed called with the result after the commit, before the subscriber is
     */
    <T> Mono<T> write(Function<Connection, Mono<T>> work, Consumer<T> committed) {
        return Mono.<T>create(sink -> submit(new Write<>(work, committed, sink)));
    }

    /**
     * As {@link #write}, for a row of a key that has none: such rows of one transaction go in one statement.
     *
     * @param fresh cut to milliseconds
     */
    Mono<Entry> insert(Entry fresh, Consumer<Entry> committed) {
        return Mono.<Entry>create(sink -> submit(new Write<>(fresh, committed, sink)));
    }

    private void submit(Write<?> write) {
        if (closing) {
            fail(List.of(write), new CatalogException("the catalog is closed", null));
        } else if (queued.incrementAndGet() > options.queueLimit()) {
            queued.decrementAndGet();
            fail(
                    List.of(write),
                    new CatalogException(
                            Kind.BUSY, options.queueLimit() + " writes wait for the catalog's database already", null));
        } else {
            queue.add(write);
            drain();
        }
    }

    /** Writes what is queued, then closes the connection. Further writes fail. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            closing = true;
            drain();
            return ended.asMono();
        });
    }

    int queued() {
        return queued.get();
    }

    long transactions() {
        return transactions.get();
    }

    long written() {
        return written.get();
    }

    private void drain() {
        if (pending.getAndIncrement() == 0) {
            gathered().then(Mono.defer(this::round)).repeat(this::goOn).subscribe();
        }
    }

    /**
     * Where writes come together, more of them are coming: most of what a transaction costs is its own. One that comes alone, as
     * of somebody who waits for each, goes at once.
     */
    private Mono<Long> gathered() {
        return Mono.defer(() -> closing || lastBatch < 2 || queued.get() >= options.batchLimit()
                ? Mono.empty()
                : Mono.delay(GATHERING));
    }

    private boolean goOn() {
        return !queue.isEmpty() || !pending.compareAndSet(taken, 0);
    }

    /** Never fails: each write of the batch was told. */
    private Mono<Void> round() {
        taken = pending.get();
        List<Write<?>> batch = new ArrayList<>();
        while (batch.size() < options.batchLimit()) {
            Write<?> write = queue.poll();
            if (write == null) {
                break;
            }
            batch.add(write);
        }
        queued.addAndGet(-batch.size());
        lastBatch = batch.size();
        Mono<Void> work = batch.isEmpty() ? Mono.empty() : together(batch);
        return work.then(Mono.defer(this::endIfClosing));
    }

    private Mono<Void> endIfClosing() {
        return closing && queue.isEmpty() ? discard().doFinally(signal -> ended.tryEmitEmpty()) : Mono.empty();
    }

    private Mono<Void> together(List<Write<?>> batch) {
        return persist(batch)
                .onErrorResume(
                        CatalogException.class,
                        failure -> failure.kind() == Kind.OTHER ? oneByOne(batch) : failed(batch, failure));
    }

    private Mono<Void> oneByOne(List<Write<?>> batch) {
        return Flux.fromIterable(batch)
                .map(List::<Write<?>>of)
                .concatMap(alone ->
                        persist(alone).onErrorResume(CatalogException.class, failure -> failed(alone, failure)))
                .then();
    }

    private Mono<Void> persist(List<Write<?>> batch) {
        return transact(batch)
                .retryWhen(whileBusy())
                .onErrorMap(dialect::translate)
                .doOnSuccess(done -> {
                    written.addAndGet(batch.size());
                    batch.forEach(Write::commit);
                    Schedulers.parallel().schedule(() -> batch.forEach(Write::succeed));
                });
    }

    private static Mono<Void> failed(List<Write<?>> batch, CatalogException failure) {
        return Mono.fromRunnable(() -> fail(batch, failure));
    }

    private static void fail(List<Write<?>> batch, CatalogException failure) {
        Schedulers.parallel().schedule(() -> batch.forEach(write -> write.fail(failure)));
    }

    /** Told how long each transaction took, in nanoseconds. */
    void watch(LongConsumer watcher) {
        watch = watcher;
    }

    private Mono<Void> transact(List<Write<?>> batch) {
        return Mono.defer(() -> {
            long begun = System.nanoTime();
            return transaction(batch).doFinally(signal -> watch.accept(System.nanoTime() - begun));
        });
    }

    private Mono<Void> transaction(List<Write<?>> batch) {
        return connection()
                .flatMap(open -> Transaction.of(
                        open,
                        Revisions.insertAll(open, fresh(batch))
                                .thenMany(Flux.fromIterable(batch).filter(write -> write.fresh == null))
                                .concatMap(write -> write.run(open))
                                .then()))
                .timeout(options.operationLimit())
                .doOnSuccess(done -> transactions.incrementAndGet())
                .onErrorResume(failure -> discard().then(Mono.error(failure)));
    }

    private static List<Entry> fresh(List<Write<?>> batch) {
        List<Entry> rows = new ArrayList<>();
        for (Write<?> write : batch) {
            if (write.fresh != null) {
                rows.add(write.fresh);
            }
        }
        return rows;
    }

    private Mono<Connection> connection() {
        return Mono.defer(() -> {
            Connection open = connection.get();
            return open != null
                    ? Mono.just(open)
                    : Mono.<Connection>from(connections.create()).doOnNext(connection::set);
        });
    }

    private Mono<Void> discard() {
        return Mono.defer(() -> {
                    Connection open = connection.getAndSet(null);
                    return open == null ? Mono.empty() : Mono.from(open.close());
                })
                .onErrorComplete();
    }

    /** Exponential back-off with jitter, for a time. */
    private Retry whileBusy() {
        return Retry.from(signals -> {
            long start = System.nanoTime();
            return signals.concatMap(signal -> {
                boolean late = System.nanoTime() - start >= options.retryLimit().toNanos();
                if (late || dialect.translate(signal.failure()).kind() != Kind.BUSY) {
                    return Mono.<Long>error(signal.failure());
                }
                long step = BACKOFF_MIN_MILLIS << Math.min(signal.totalRetries(), 10);
                long most = Math.min(step, BACKOFF_MAX_MILLIS);
                return Mono.delay(Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most + 1)));
            });
        });
    }

    /** One caller's rows. */
    private static final class Write<T> {
        private final Function<Connection, Mono<T>> work;
        private final Consumer<T> committed;
        private final MonoSink<T> sink;
        private final @Nullable Entry fresh;
        private @Nullable T result;

        Write(Function<Connection, Mono<T>> work, Consumer<T> committed, MonoSink<T> sink) {
            this.work = work;
            this.committed = committed;
            this.sink = sink;
            this.fresh = null;
        }

        /** A row of its own. */
        Write(T row, Consumer<T> committed, MonoSink<T> sink) {
            this.work = connection -> Mono.just(row);
            this.committed = committed;
            this.sink = sink;
            this.fresh = row instanceof Entry entry ? entry : null;
            this.result = row;
        }

        Mono<Void> run(Connection connection) {
            return Mono.defer(() -> {
                result = null;
                return work.apply(connection).doOnNext(value -> result = value).then();
            });
        }

        void commit() {
            if (result != null) {
                committed.accept(result);
            }
        }

        void succeed() {
            sink.success(result);
        }

        void fail(CatalogException failure) {
            sink.error(failure);
        }
    }
}
