package io.forebay.r2dbc.sqlite;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.sqlite.SQLiteConnection;

/**
 * The prepared statements of a connection that nobody uses now, by text. Used on the worker's thread only.
 *
 * <p>Limit: {@value #LIMIT} statements, the least recently used leaves first. A program has some dozens of texts; one with values
 * written into its texts would fill any limit.
 */
final class StatementCache {
    private static final int LIMIT = 64;

    private final SQLiteConnection connection;
    private final Map<String, Prepared> idle = new LinkedHashMap<>(LIMIT, 0.75f, true);

    StatementCache(SQLiteConnection connection) {
        this.connection = connection;
    }

    /** A statement that the caller owns until it gives it back or closes it. */
    Prepared take(String text) throws SQLException {
        Prepared found = idle.remove(text);
        return found == null ? new Prepared(connection, text) : found;
    }

    void give(Prepared prepared) throws SQLException {
        prepared.reset();
        Prepared twin = idle.put(prepared.text(), prepared);
        if (twin != null) {
            twin.close();
        }
        if (idle.size() > LIMIT) {
            Prepared eldest = idle.values().iterator().next();
            idle.remove(eldest.text());
            eldest.close();
        }
    }

    void clear() throws SQLException {
        for (Prepared each : idle.values()) {
            each.close();
        }
        idle.clear();
    }
}
