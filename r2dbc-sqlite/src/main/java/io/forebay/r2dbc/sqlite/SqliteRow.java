package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import org.jspecify.annotations.Nullable;

/** A row, copied out of SQLite: it stays good after the cursor has moved on. Immutable. */
final class SqliteRow implements Row, Result.RowSegment {
    private final SqliteRowMetadata metadata;
    private final @Nullable Object[] values;

    SqliteRow(SqliteRowMetadata metadata, @Nullable Object[] values) {
        this.metadata = metadata;
        this.values = values;
    }

    @Override
    public Row row() {
        return this;
    }

    @Override
    public SqliteRowMetadata getMetadata() {
        return metadata;
    }

    @Override
    public <T> @Nullable T get(int index, Class<T> type) {
        if (type == null) {
            throw new IllegalArgumentException("type must not be null");
        }
        if (index < 0 || index >= values.length) {
            throw new IndexOutOfBoundsException("column " + index + " of " + values.length);
        }
        Object value = values[index];
        return value == null
                ? null
                : Decoder.decode(value, type, metadata.getColumnMetadata(index).getJavaType());
    }

    @Override
    public <T> @Nullable T get(String name, Class<T> type) {
        return get(metadata.index(name), type);
    }
}
