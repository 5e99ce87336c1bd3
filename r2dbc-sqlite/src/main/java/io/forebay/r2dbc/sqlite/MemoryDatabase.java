package io.forebay.r2dbc.sqlite;

import java.lang.ref.Cleaner;
import java.sql.SQLException;
import java.util.Properties;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConnection;

/**
 * A database in memory that the connections of one factory share (SQLite's "memdb" file system: the locks are those of a file, so
 * waiting for them works, which SQLite's shared cache does not offer).
 *
 * <p>It goes when its last connection goes; one that is kept here holds it until the factory is collected. Thread-safe; {@link #url}
 * may block for the time of opening it.
 */
final class MemoryDatabase {
    private static final Cleaner CLEANER = Cleaner.create();

    private final String url = JDBC.PREFIX + "file:/" + UUID.randomUUID() + "?vfs=memdb";
    private @Nullable SQLiteConnection keeper;

    synchronized String url() throws SQLException {
        if (keeper == null) {
            SQLiteConnection opened = JDBC.createConnection(url, new Properties());
            keeper = opened;
            CLEANER.register(this, () -> close(opened));
        }
        return url;
    }

    private static void close(SQLiteConnection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // Nobody is left to tell; the memory goes with the process.
        }
    }
}
