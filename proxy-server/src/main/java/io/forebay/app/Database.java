package io.forebay.app;

import io.forebay.catalog.CatalogException;
import io.forebay.catalog.CatalogOptions;
import io.forebay.catalog.Entry;
import io.forebay.catalog.Notes;
import io.forebay.catalog.SqlCatalog;
import io.forebay.store.BlobStore;
import io.forebay.store.ReadOnlyDisk;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The catalog's database: opened, set aside when it is damaged, made again from the store's notes when it was lost. Blocks; used
 * by the thread that starts and stops the server.
 */
final class Database implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    static final String FILE = "forebay.db";
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    /** Connections that read at once: hits are answered from memory, so few suffice. */
    private static final int READERS_MAX = 4;

    private static final int READERS_WAITING_MAX = 10_000;
    private static final Duration READ_IDLE = Duration.ofMinutes(10);
    private static final Duration OPEN_MAX = Duration.ofSeconds(90);
    /** SQLite's index of a write-ahead log, and as much again. */
    private static final long ROOM_BYTES = 64 << 10;

    private static final String BUSY_MILLIS = "5000";

    /** Newest entries in memory, so that hot hits touch no database: about 32 MiB when all are used. */
    private static final int HOT_ENTRIES = 50_000;

    private final SqlCatalog catalog;
    private final ConnectionPool reads;
    private final ConnectionFactory connections;

    private Database(SqlCatalog catalog, ConnectionPool reads, ConnectionFactory connections) {
        this.catalog = catalog;
        this.reads = reads;
        this.connections = connections;
    }

    /**
     * Writes a copy of the database as it is at one moment, while it is in use: SQLite's own way.
     *
     * @param target must not exist
     * @return false when this is no SQLite database: its server has its own tools then
     */
    Mono<Boolean> copyTo(Path target) {
        if (!connections.getMetadata().getName().equals("SQLite")) {
            return Mono.just(false);
        }
        return Mono.usingWhen(
                connections.create(),
                connection -> Flux.from(connection
                                .createStatement("VACUUM INTO $1")
                                .bind(0, target.toString())
                                .execute())
                        .flatMap(Result::getRowsUpdated)
                        .then(Mono.just(true)),
                Connection::close);
    }

    SqlCatalog catalog() {
        return catalog;
    }

    /**
     * Opens the database.
     *
     * @param unclean whether the last run did not end by itself: the newest rows may be missing then
     * @throws StartFailure when there is no way to have one
     */
    static Database open(Configuration.Database options, Path directory, BlobStore store, boolean unclean) {
        Database database = options.url().isPresent() ? remote(options.url().value()) : file(directory.resolve(FILE));
        database.complete(store, unclean);
        return database;
    }

    private static Database remote(String url) {
        try {
            ConnectionFactory factory = ConnectionFactories.get(url);
            return open(factory, factory);
        } catch (CatalogException | IllegalArgumentException | IllegalStateException e) {
            throw new StartFailure("database.url: " + e.getMessage(), e);
        }
    }

    private static Database file(Path path) {
        try {
            return sqlite(path);
        } catch (CatalogException e) {
            if (e.kind() == CatalogException.Kind.DAMAGED) {
                return anew(path, e);
            }
            if (e.kind() == CatalogException.Kind.NEWER_SCHEMA) {
                Path own = path.resolveSibling("forebay-own.db");
                LOG.warn("{} was made by a newer Forebay and is left as it is; {} is used beside it", path, own);
                return retried(own, e);
            }
            if (takesNothing(path)) {
                return inMemory(path, e);
            }
            throw new StartFailure("database " + path + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /** Whether the disk is full or read-only: SQLite cannot open a database without writing beside it. */
    private static boolean takesNothing(Path path) {
        try {
            Path directory = path.toAbsolutePath().resolveSibling("");
            return ReadOnlyDisk.holds(directory)
                    || Files.getFileStore(directory).getUsableSpace() < ROOM_BYTES;
        } catch (IOException e) {
            return false;
        }
    }

    /** What packages there are is told by the notes of the store; tokens, the audit log and figures are not there until the next start. */
    private static Database inMemory(Path path, CatalogException cause) {
        LOG.error(
                "Database {} cannot be opened on a disk that is full or read-only ({}): what is stored is served, what is"
                        + " recorded from now on is lost; start again when the disk takes writes",
                path,
                cause.getMessage());
        ConnectionFactory factory = ConnectionFactories.get("r2dbc:sqlite:///:memory:");
        return open(factory, factory);
    }

    private static Database anew(Path path, CatalogException cause) {
        String stamp = STAMP.format(Instant.now());
        for (String suffix : new String[] {"", "-wal", "-shm"}) {
            Path part = path.resolveSibling(path.getFileName() + suffix);
            try {
                if (Files.exists(part)) {
                    Files.move(part, path.resolveSibling(FILE + ".damaged-" + stamp + suffix));
                }
            } catch (IOException e) {
                throw new StartFailure(
                        "database " + path + " is damaged and cannot be set aside: " + e.getMessage(), e);
            }
        }
        LOG.warn(
                "Database {} is damaged ({}): set aside as {}.damaged-{}, made again from the store",
                path,
                cause.getMessage(),
                FILE,
                stamp);
        return retried(path, cause);
    }

    private static Database retried(Path path, CatalogException cause) {
        try {
            return sqlite(path);
        } catch (CatalogException e) {
            e.addSuppressed(cause);
            throw new StartFailure("database " + path + " cannot be opened: " + e.getMessage(), e);
        }
    }

    private static Database sqlite(Path path) {
        ConnectionFactoryOptions url = ConnectionFactoryOptions.parse("r2dbc:sqlite:///" + path.toAbsolutePath()
                + "?journalMode=WAL&synchronous=FULL&busyTimeout=" + BUSY_MILLIS);
        ConnectionFactory factory = ConnectionFactories.get(url);
        return open(factory, factory);
    }

    private static Database open(ConnectionFactory reads, ConnectionFactory writes) {
        ConnectionPool pool = new ConnectionPool(ConnectionPoolConfiguration.builder(reads)
                .initialSize(0)
                .maxSize(READERS_MAX)
                .maxAcquireTime(Duration.ofSeconds(20))
                .maxIdleTime(READ_IDLE)
                .build());
        CatalogOptions defaults = CatalogOptions.DEFAULTS;
        CatalogOptions options = new CatalogOptions(
                READERS_WAITING_MAX,
                defaults.batchLimit(),
                HOT_ENTRIES,
                defaults.bufferLimit(),
                defaults.flushEvery(),
                defaults.retryLimit(),
                defaults.operationLimit(),
                defaults.checkMaxBytes());
        try {
            SqlCatalog catalog = SqlCatalog.open(pool, writes, options)
                    .blockOptional(OPEN_MAX)
                    .orElseThrow();
            return new Database(catalog, pool, writes);
        } catch (RuntimeException e) {
            pool.dispose();
            throw e;
        }
    }

    /** Brings back what notes tell and the database does not: all of it when it is new, the newest rows after a crash. */
    private void complete(BlobStore store, boolean unclean) {
        boolean lost = !catalog.isComplete();
        if (!lost && !unclean) {
            return;
        }
        Mono<Long> rebuilding = catalog.rebuild(store.notes()
                        .<Entry>handle((note, sink) -> Notes.read(note).ifPresent(sink::next)))
                .doOnNext(rows -> {
                    if (rows > 0) {
                        LOG.warn("{} rows were missing in the database and are made again from the store", rows);
                    }
                });
        if (lost) {
            rebuilding.block();
        } else {
            rebuilding.subscribe(rows -> {}, e -> LOG.warn("Not everything could be brought back: {}", e.getMessage()));
        }
    }

    @Override
    public void close() {
        catalog.close();
        reads.dispose();
    }
}
