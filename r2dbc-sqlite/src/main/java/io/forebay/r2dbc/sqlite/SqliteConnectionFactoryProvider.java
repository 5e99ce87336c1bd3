package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.ConnectionFactoryProvider;
import io.r2dbc.spi.Option;
import java.time.Duration;
import java.util.Objects;

/**
 * Makes connection factories for SQLite from URLs and options; found by {@link java.util.ServiceLoader}.
 *
 * <p>URLs:
 *
 * <ul>
 *   <li>{@code r2dbc:sqlite:///path/file.db}: the file {@code /path/file.db}; it is created when it is missing;
 *   <li>{@code r2dbc:sqlite://./path/file.db}: the file {@code path/file.db} below the working directory;
 *   <li>{@code r2dbc:sqlite:///:memory:}: a database in memory. Each connection factory has one of its own, all connections of
 *       the factory share it, and it lives as long as the factory, so that a pool may close and open connections at will.
 * </ul>
 *
 * <p>Options, in the query of the URL or by {@link ConnectionFactoryOptions.Builder}. Each name may also be written in kebab case
 * ({@code busy-timeout}). A duration is a {@link Duration}, its ISO-8601 text, or a number of milliseconds.
 *
 * <ul>
 *   <li>{@code busyTimeout}, or the SPI's {@code lockWaitTimeout}: longest wait for a lock, 5 seconds unless given; zero does not
 *       wait;
 *   <li>{@code statementTimeout}: longest run of one statement, and of one fetch of rows; none unless given;
 *   <li>{@code journalMode}: DELETE, TRUNCATE, PERSIST, MEMORY, WAL or OFF; the file's own unless given. Ignored by read-only
 *       connections and by databases in memory;
 *   <li>{@code synchronous}: OFF, NORMAL, FULL or EXTRA; SQLite's default (FULL) unless given;
 *   <li>{@code readOnly}: true opens the file for reading only and never creates it; false unless given;
 *   <li>{@code foreignKeys}: enforce foreign keys; true unless given (SQLite's own default is false);
 *   <li>{@code cacheSize}: pages of the page cache, or KiB when negative, as in {@code PRAGMA cache_size}.
 * </ul>
 *
 * <p>Thread-safe. A wrong value is an {@link IllegalArgumentException} that names the option. Options that are not named here are
 * ignored, as pools and proxies put theirs beside the driver's.
 */
public final class SqliteConnectionFactoryProvider implements ConnectionFactoryProvider {
    /** The driver's name in URLs. */
    public static final String DRIVER = "sqlite";

    /** A path of the file system, relative ones included; wins over the URL's path. */
    public static final Option<String> FILE = Option.valueOf("file");

    /** Longest wait for a lock. */
    public static final Option<Duration> BUSY_TIMEOUT = Option.valueOf("busyTimeout");

    /** Journal mode to switch the file to. */
    public static final Option<String> JOURNAL_MODE = Option.valueOf("journalMode");

    /** When SQLite waits for the disk. */
    public static final Option<String> SYNCHRONOUS = Option.valueOf("synchronous");

    /** Open for reading only. */
    public static final Option<Boolean> READ_ONLY = Option.valueOf("readOnly");

    /** Enforce foreign keys. */
    public static final Option<Boolean> FOREIGN_KEYS = Option.valueOf("foreignKeys");

    /** Pages of the page cache, or KiB when negative. */
    public static final Option<Integer> CACHE_SIZE = Option.valueOf("cacheSize");

    @Override
    public ConnectionFactory create(ConnectionFactoryOptions options) {
        if (options == null) {
            throw new IllegalArgumentException("options must not be null");
        }
        return new SqliteConnectionFactory(Settings.of(options));
    }

    @Override
    public boolean supports(ConnectionFactoryOptions options) {
        if (options == null) {
            throw new IllegalArgumentException("options must not be null");
        }
        return Objects.equals(options.getValue(ConnectionFactoryOptions.DRIVER), DRIVER);
    }

    @Override
    public String getDriver() {
        return DRIVER;
    }
}
