package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.ConnectionMetadata;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import org.sqlite.BusyHandler;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteOpenMode;
import reactor.core.publisher.Mono;

/** Opens connections to one database, each with a thread of its own. Thread-safe. */
final class SqliteConnectionFactory implements ConnectionFactory {
    static final String PRODUCT = "SQLite";

    private final Settings settings;
    private final Optional<MemoryDatabase> memory;

    SqliteConnectionFactory(Settings settings) {
        this.settings = settings;
        this.memory = settings.file().isPresent() ? Optional.empty() : Optional.of(new MemoryDatabase());
    }

    @Override
    public Mono<SqliteConnection> create() {
        return Mono.create(sink -> {
            Worker worker = new Worker();
            Operation operation = new Operation();
            sink.onCancel(() -> worker.cancel(operation));
            worker.execute(() -> {
                SqliteConnection connection;
                try {
                    connection = open(worker, operation);
                } catch (RuntimeException e) {
                    worker.stop();
                    if (!operation.cancelled()) {
                        sink.error(e);
                    }
                    return;
                }
                if (operation.cancelled()) {
                    connection.close().subscribe();
                } else {
                    sink.success(connection);
                }
            });
        });
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return () -> PRODUCT;
    }

    private SqliteConnection open(Worker worker, Operation operation) {
        SQLiteConnection jdbc = connect();
        boolean done = false;
        try {
            LockWait lockWait = new LockWait(settings.busyTimeout());
            lockWait.operation(operation);
            BusyHandler.setHandler(jdbc, lockWait);
            Session session = new Session(jdbc, worker, lockWait, settings);
            worker.onInterrupt(() -> interrupt(jdbc));
            prepare(session, operation);
            SqliteConnection connection = new SqliteConnection(session, metadata(session.version()));
            done = true;
            return connection;
        } catch (SQLException e) {
            throw SqliteErrors.translate(e, null);
        } finally {
            if (!done) {
                closeQuietly(jdbc);
            }
        }
    }

    private SQLiteConnection connect() {
        Properties properties = new Properties();
        int mode = SQLiteOpenMode.OPEN_URI.flag
                | (settings.readOnly() && memory.isEmpty()
                        ? SQLiteOpenMode.READONLY.flag
                        : SQLiteOpenMode.READWRITE.flag | SQLiteOpenMode.CREATE.flag);
        properties.setProperty("open_mode", Integer.toString(mode));
        try {
            String url = memory.isPresent()
                    ? memory.get().url()
                    : JDBC.PREFIX + settings.file().orElseThrow();
            SQLiteConnection connection = JDBC.createConnection(url, properties);
            // The session begins and ends transactions itself. sqlite-jdbc's auto-commit mode would add a BEGIN and a
            // COMMIT to
            // every statement; told that it is off, without a call that begins a transaction, it adds nothing.
            connection.getConnectionConfig().setAutoCommit(false);
            return connection;
        } catch (SQLException e) {
            throw SqliteErrors.cannotOpen(e);
        }
    }

    private void prepare(Session session, Operation operation) {
        session.<Object>turn(operation, null, () -> {
            session.execute("PRAGMA foreign_keys = " + (settings.foreignKeys() ? "ON" : "OFF"));
            if (settings.cacheSize().isPresent()) {
                session.execute("PRAGMA cache_size = " + settings.cacheSize().get());
            }
            if (settings.journalMode().isPresent() && !settings.readOnly() && memory.isEmpty()) {
                session.journalMode(settings.journalMode().get());
            }
            if (settings.synchronous().isPresent()) {
                session.execute("PRAGMA synchronous = " + settings.synchronous().get());
            }
            if (settings.readOnly()) {
                session.execute("PRAGMA query_only = ON");
            }
            // The first read: a file that is no database is found out now and not by the first statement.
            session.execute("SELECT count(*) FROM sqlite_schema");
            return session;
        });
    }

    private static ConnectionMetadata metadata(String version) {
        return new ConnectionMetadata() {
            @Override
            public String getDatabaseProductName() {
                return PRODUCT;
            }

            @Override
            public String getDatabaseVersion() {
                return version;
            }
        };
    }

    private static void interrupt(SQLiteConnection connection) {
        try {
            connection.getDatabase().interrupt();
        } catch (SQLException e) {
            throw new IllegalStateException("an operation ran on a closed connection", e);
        }
    }

    private static void closeQuietly(SQLiteConnection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // The error that made the connection useless is the one to report.
        }
    }
}
