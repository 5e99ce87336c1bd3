package io.forebay.catalog;

import io.forebay.model.Digest;
import io.forebay.model.ResourceKey;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * The catalog in a SQL database behind the R2DBC SPI: SQLite or PostgreSQL.
 *
 * <p>Threads: as {@link Catalog} says; signals arrive on parallel threads. Ownership: the connection factories stay their
 * maker's; the catalog closes the connections it took from them. Instants are kept in milliseconds.
 *
 * <p>Failure: {@link CatalogException}. A write fails with kind {@code BUSY} at once when the queue is full, and after
 * {@link CatalogOptions#retryLimit} when the database stays locked.
 */
public final class SqlCatalog implements Catalog {
    private static final Logger LOG = LoggerFactory.getLogger(SqlCatalog.class);

    /** Entries in one transaction of a rebuild: few enough that other writes do not wait long. */
    private static final int REBUILD_BATCH = 500;

    /** How long {@link #close} waits beyond the limit of retries. */
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(5);

    private static final String REBUILT = "SELECT COUNT(*) FROM milestones WHERE name = 'rebuilt'";
    private static final String SET_REBUILT = "INSERT INTO milestones (name, reached_at) VALUES ('rebuilt', $1)"
            + " ON CONFLICT (name) DO UPDATE SET reached_at = excluded.reached_at";

    private final Reader reader;
    private final Writer writer;
    private final Buffers buffers;
    private final HotEntries hot;
    private final KnownKeys known = new KnownKeys();
    private final Disposable learning;
    private final CatalogOptions options;
    private final Clock clock;
    private final AtomicBoolean flushing = new AtomicBoolean();
    private final Disposable flushes;
    private final Mono<Void> closing;
    private volatile boolean complete;

    private SqlCatalog(
            Reader reader, Writer writer, CatalogOptions options, Clock clock, boolean complete, boolean alone) {
        this.reader = reader;
        this.writer = writer;
        this.options = options;
        this.clock = clock;
        this.complete = complete;
        this.buffers = new Buffers(options.bufferLimit());
        this.hot = new HotEntries(options.hotEntries(), key -> buffers.touched(key, clock.instant()));
        this.hot.hour(hour());
        this.flushes = Flux.interval(options.flushEvery(), Schedulers.parallel())
                .onBackpressureDrop()
                .doOnNext(tick -> hot.hour(hour()))
                .filter(tick -> !buffers.isEmpty() && flushing.compareAndSet(false, true))
                .flatMap(tick -> flush().onErrorComplete().doFinally(end -> flushing.set(false)))
                .subscribe();
        this.learning = alone
                ? reader.many(Revisions::keys)
                        .doOnNext(known::add)
                        .subscribe(
                                key -> {},
                                e -> LOG.warn("Keys are looked up one by one: {}", e.getMessage()),
                                known::complete)
                : Disposables.disposed();
        this.closing = Mono.fromRunnable(learning::dispose)
                .then(Mono.fromRunnable(flushes::dispose))
                .then(Mono.defer(this::flush).onErrorComplete())
                .then(Mono.defer(writer::close))
                .cache();
    }

    private int hour() {
        return (int) (clock.millis() / Duration.ofHours(1).toMillis());
    }

    /**
     * Checks the database and brings it to this program's schema.
     *
     * @param reads for each read a connection is taken and closed: give a pool
     * @param writes for the one connection of the writer
     * @return an error of kind {@code DAMAGED} when the file is not a sound database, of kind {@code NEWER_SCHEMA} when its
     *     schema is not this program's; nothing was written then
     */
    public static Mono<SqlCatalog> open(ConnectionFactory reads, ConnectionFactory writes, CatalogOptions options) {
        return open(reads, writes, options, Clock.systemUTC(), Migration.ALL);
    }

    static Mono<SqlCatalog> open(
            ConnectionFactory reads,
            ConnectionFactory writes,
            CatalogOptions options,
            Clock clock,
            List<Migration> migrations) {
        return Mono.defer(() -> {
            Dialect dialect = Dialect.of(writes);
            Schema schema = new Schema(migrations, dialect, clock);
            return Mono.usingWhen(
                            Mono.defer(() -> Mono.from(writes.create())),
                            connection -> dialect.check(connection, options.checkMaxBytes())
                                    .then(schema.bring(connection))
                                    .then(rebuilt(connection)),
                            Connection::close)
                    .timeout(options.operationLimit())
                    .onErrorMap(dialect::translate)
                    .retryWhen(Retry.backoff(3, Duration.ofMillis(50))
                            .filter(failure -> failure instanceof CatalogException told
                                    && told.kind() == CatalogException.Kind.BUSY)
                            .onRetryExhaustedThrow((spec, signal) -> signal.failure()))
                    .map(complete -> new SqlCatalog(
                            new Reader(reads, dialect, options.operationLimit()),
                            new Writer(writes, dialect, options),
                            options,
                            clock,
                            complete,
                            dialect == Dialect.SQLITE));
        });
    }

    private static Mono<Boolean> rebuilt(Connection connection) {
        return Sql.query(connection, REBUILT, row -> Sql.number(row, 0) > 0).single();
    }

    /**
     * Whether the catalog was ever rebuilt to its end. When not, the database is new, or was lost or emptied: give
     * {@link #rebuild} the store's notes, even if there are none.
     */
    public boolean isComplete() {
        return complete;
    }

    @Override
    public Mono<Long> rebuild(Flux<Entry> entries) {
        return entries.doOnNext(entry -> known.add(entry.key()))
                .buffer(REBUILD_BATCH)
                .concatMap(batch -> writer.write(
                        connection -> Flux.fromIterable(batch)
                                .concatMap(entry -> Revisions.place(connection, entry))
                                .collectList(),
                        placed -> batch.forEach(entry -> hot.remove(entry.key()))))
                .reduce(0L, (sum, placed) -> sum + placed.size())
                .flatMap(sum -> writer.write(
                                connection -> Sql.update(connection, SET_REBUILT, clock.millis()),
                                changed -> complete = true)
                        .thenReturn(sum));
    }

    @Override
    public Optional<Entry> hot(ResourceKey key) {
        return hot.get(key);
    }

    @Override
    public Mono<Entry> find(ResourceKey key) {
        return Mono.defer(() -> {
            Optional<Entry> newest = hot.get(key);
            if (newest.isPresent()) {
                return Mono.just(newest.get());
            }
            if (known.isUnknown(key)) {
                return Mono.empty();
            }
            long stamp = hot.stamp(key);
            return reader.one(connection -> Revisions.newest(connection, key))
                    .map(buffers::withValidation)
                    .doOnNext(entry -> hot.fill(entry, stamp));
        });
    }

    @Override
    public Mono<Entry> asOf(ResourceKey key, Instant instant) {
        return reader.one(connection -> Revisions.asOf(connection, key, instant));
    }

    @Override
    public Mono<Entry> oldest(ResourceKey key) {
        return reader.one(connection -> Revisions.oldest(connection, key));
    }

    @Override
    public Flux<Entry> revisions(ResourceKey key) {
        return reader.many(connection -> Revisions.all(connection, key));
    }

    @Override
    public Mono<Void> commit(List<Entry> entries) {
        List<Entry> all = List.copyOf(entries);
        if (all.isEmpty()) {
            return Mono.empty();
        }
        return Mono.defer(() -> {
            all.forEach(entry -> buffers.superseded(entry.key()));
            boolean fresh = true;
            for (Entry entry : all) {
                fresh &= known.add(entry.key());
            }
            if (fresh && all.size() == 1) {
                return writer.insert(Revisions.toMillis(all.get(0)), hot::put).then();
            }
            return writer.write(
                            connection -> Flux.fromIterable(all)
                                    .concatMap(entry -> Revisions.append(connection, entry))
                                    .collectList(),
                            rows -> rows.forEach(hot::put))
                    .then();
        });
    }

    @Override
    public void validated(ResourceKey key, Instant instant) {
        Instant cut = Instant.ofEpochMilli(instant.toEpochMilli());
        buffers.validated(key, cut);
        hot.validated(key, cut);
    }

    @Override
    public Mono<Void> forget(ResourceKey key) {
        return writer.write(
                        connection ->
                                Revisions.forget(connection, key).then(Mono.defer(() -> Cuts.forget(connection, key))),
                        changed -> hot.remove(key))
                .then();
    }

    @Override
    public Mono<Void> forget(Digest digest) {
        return writer.write(
                        connection -> Revisions.forget(connection, digest)
                                .collectList()
                                .flatMap(keys -> Cuts.forget(connection, digest).thenReturn(keys)),
                        keys -> keys.forEach(hot::remove))
                .then();
    }

    @Override
    public Mono<Void> forgetNewest(ResourceKey key) {
        return writer.write(connection -> Revisions.forgetNewest(connection, key), changed -> hot.remove(key))
                .then();
    }

    @Override
    public Flux<Entry> naming(Digest digest) {
        return reader.many(connection -> Revisions.naming(connection, digest));
    }

    @Override
    public Mono<Boolean> isNamed(Digest digest) {
        return reader.one(connection -> Revisions.isNamed(connection, digest));
    }

    @Override
    public Flux<ResourceKey> keys(String source) {
        return reader.many(connection -> Revisions.keysOf(connection, source));
    }

    @Override
    public Flux<Idle> idle(int limit) {
        return flush().thenMany(reader.many(connection -> Idleness.list(connection, limit)));
    }

    @Override
    public Mono<Boolean> forgetIdle(Idle idle) {
        return writer.write(connection -> Idleness.forget(connection, idle), keys -> keys.forEach(hot::remove))
                .map(keys -> !keys.isEmpty());
    }

    @Override
    public Flux<Digest> thin(Instant before) {
        return writer.write(connection -> Idleness.thin(connection, before), thinned -> {})
                .flatMapMany(Flux::fromIterable);
    }

    @Override
    public Flux<Digest> digests() {
        return reader.many(Revisions::digests);
    }

    @Override
    public Mono<Void> cut(ResourceKey page, String artifactPath, Digest digest) {
        return writer.write(connection -> Cuts.put(connection, page, artifactPath, digest), changed -> {})
                .then();
    }

    @Override
    public Mono<Map<String, Digest>> cuts(ResourceKey page) {
        return reader.one(connection -> Cuts.of(connection, page));
    }

    @Override
    public void quarantine(Quarantined entry) {
        buffers.quarantine(entry);
    }

    @Override
    public Flux<Quarantined> quarantined(int limit) {
        return reader.many(connection -> Buffers.quarantined(connection, limit));
    }

    @Override
    public void used(Use use) {
        buffers.used(use);
    }

    @Override
    public Flux<Count> uses(UseFilter filter) {
        return flush().thenMany(reader.many(connection -> Uses.list(connection, filter)));
    }

    @Override
    public Mono<Long> forgetUses(LocalDate before) {
        return writer.write(connection -> Uses.forget(connection, before), changed -> {});
    }

    /** Tokens of the API, in the same database. */
    public Tokens tokens() {
        return new Tokens(reader, writer, clock);
    }

    /** What administrators did, in the same database. */
    public AuditLog auditLog() {
        return new AuditLog(reader, writer, clock);
    }

    @Override
    public Mono<Census> census() {
        return reader.one(Revisions::census);
    }

    /**
     * Every revision of a source's resources that was in use at an instant or later: artifacts that were asked for, and what
     * an index was meanwhile.
     */
    public Flux<Entry> since(String source, Instant instant) {
        return flush().thenMany(reader.many(connection -> Revisions.since(connection, source, instant)));
    }

    /** What people are shown. */
    public Inventory inventory() {
        return new Inventory(reader);
    }

    /** Tells how long reads of one row and transactions take, in nanoseconds, on the database's threads: be quick. */
    public void watch(LongConsumer reads, LongConsumer transactions) {
        reader.watch(reads);
        writer.watch(transactions);
    }

    /** How the writer is doing. */
    public Activity activity() {
        return new Activity(writer.queued(), writer.transactions(), writer.written(), buffers.dropped());
    }

    /** Writes what is buffered now; on failure it stays buffered. */
    Mono<Void> flush() {
        return Mono.defer(() -> {
            Buffers.Taken taken = buffers.take();
            return writer.write(connection -> taken.write(connection).thenReturn(true), written -> {})
                    .doOnError(failure -> {
                        taken.giveBack();
                        LOG.warn("uses and validations stay in memory: {}", failure.getMessage());
                    })
                    .then();
        });
    }

    /** What {@link #close} does, without waiting for it. */
    public Mono<Void> closing() {
        return closing;
    }

    /** Waits for the writer, so never call it on an event loop: {@link #closing} is for those. */
    @Override
    public void close() {
        Duration limit = options.retryLimit().plus(options.operationLimit()).plus(CLOSE_GRACE);
        try {
            closing.toFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the catalog was not closed cleanly: {} writes lost", writer.queued(), e);
        }
    }

    /**
     * A measure of the writer.
     *
     * @param queued writes that wait
     * @param transactions committed since the start
     * @param written writes those transactions held
     * @param dropped uses, validations and quarantine entries for which the buffers had no room
     */
    public record Activity(int queued, long transactions, long written, long dropped) {}
}
