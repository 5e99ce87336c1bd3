package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.Nullability;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;
import org.sqlite.core.Codes;
import org.sqlite.core.CoreStatement;
import org.sqlite.core.DB;

/**
 * A prepared statement. Used on the worker's thread only; owned by the {@link StatementCache} or by whoever took it from there.
 *
 * <p>SQLite prepares a statement again when the schema has changed, which may change its columns; sqlite-jdbc remembers those of
 * the first time. Names and values are therefore read from SQLite itself.
 */
final class Prepared implements AutoCloseable {
    private final String text;
    private final PreparedStatement statement;
    private final CoreStatement core;
    private final String[] firstNames;
    private String[] names;
    private @Nullable SqliteRowMetadata metadata;

    Prepared(SQLiteConnection connection, String text) throws SQLException {
        this.text = text;
        this.statement = prepare(connection, text);
        this.core = (CoreStatement) statement;
        this.firstNames = core.pointer.<String[], SQLException>safeRun(DB::column_names);
        this.names = firstNames;
    }

    private static PreparedStatement prepare(SQLiteConnection connection, String text) throws SQLException {
        try {
            return connection.prepareStatement(text);
        } catch (SQLException e) {
            if (SqliteErrors.primary(e) == SqliteErrors.ERROR) {
                throw new SQLSyntaxErrorException(e.getMessage(), e.getSQLState(), e.getErrorCode(), e);
            }
            throw e;
        }
    }

    String text() {
        return text;
    }

    void bind(List<Integer> parameters, @Nullable Object[] values) throws SQLException {
        for (int i = 0; i < parameters.size(); i++) {
            int index = parameters.get(i);
            statement.setObject(i + 1, index < 0 ? null : values[index]);
        }
    }

    /** Runs it up to its first row; whether it has columns. */
    boolean execute() throws SQLException {
        return statement.execute();
    }

    ResultSet rows() throws SQLException {
        return statement.getResultSet();
    }

    void addBatch() throws SQLException {
        statement.addBatch();
    }

    long[] executeBatch() throws SQLException {
        return statement.executeLargeBatch();
    }

    /** The columns as they are now; to be called after {@link #rows}. */
    SqliteRowMetadata metadata() throws SQLException {
        String[] now = core.pointer.<String[], SQLException>safeRun(DB::column_names);
        SqliteRowMetadata known = metadata;
        if (known == null || !Arrays.equals(now, names)) {
            known = describe(now);
            metadata = known;
            names = now;
        }
        return known;
    }

    SqliteRow row(SqliteRowMetadata columns) throws SQLException {
        int count = columns.getColumnMetadatas().size();
        return core.pointer.<SqliteRow, SQLException>safeRun((db, pointer) -> {
            @Nullable Object[] values = new Object[count];
            for (int i = 0; i < count; i++) {
                values[i] = value(db, pointer, i);
            }
            return new SqliteRow(columns, values);
        });
    }

    /** Lets go of the values that were bound. */
    void reset() throws SQLException {
        statement.clearBatch();
        statement.clearParameters();
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }

    private static @Nullable Object value(DB db, long pointer, int column) throws SQLException {
        return switch (db.column_type(pointer, column)) {
            case Codes.SQLITE_INTEGER -> integer(db.column_long(pointer, column));
            case Codes.SQLITE_FLOAT -> db.column_double(pointer, column);
            case Codes.SQLITE_TEXT -> db.column_text(pointer, column);
            case Codes.SQLITE_BLOB -> blob(db.column_blob(pointer, column));
            default -> null;
        };
    }

    private static Object integer(long number) {
        // Not one conditional expression: that would make both of them a long.
        if (number == (int) number) {
            return (int) number;
        }
        return number;
    }

    private static byte[] blob(byte @Nullable [] bytes) {
        return bytes == null ? new byte[0] : bytes;
    }

    private SqliteRowMetadata describe(String[] now) throws SQLException {
        List<SqliteColumn> columns = new ArrayList<>(now.length);
        boolean first = Arrays.equals(now, firstNames);
        for (int i = 0; i < now.length; i++) {
            int column = i;
            String declared =
                    core.pointer.<String, SQLException>safeRun((db, pointer) -> db.column_decltype(pointer, column));
            columns.add(new SqliteColumn(now[i], declared, first ? nullability(i + 1) : Nullability.UNKNOWN));
        }
        return new SqliteRowMetadata(columns);
    }

    private Nullability nullability(int column) throws SQLException {
        return statement.getMetaData().isNullable(column) == ResultSetMetaData.columnNoNulls
                ? Nullability.NON_NULL
                : Nullability.UNKNOWN;
    }
}
