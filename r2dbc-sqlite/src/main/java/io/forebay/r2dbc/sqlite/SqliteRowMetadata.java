package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.RowMetadata;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;

/** The columns of a result. Immutable; names are found whatever their case, the first of equal ones wins. */
final class SqliteRowMetadata implements RowMetadata {
    private final List<SqliteColumn> columns;
    private final Map<String, Integer> indexes = new HashMap<>();

    SqliteRowMetadata(List<SqliteColumn> columns) {
        this.columns = List.copyOf(columns);
        for (int i = 0; i < columns.size(); i++) {
            String name = columns.get(i).getName();
            indexes.putIfAbsent(name, i);
            indexes.putIfAbsent(name.toLowerCase(Locale.ROOT), i);
        }
    }

    @Override
    public SqliteColumn getColumnMetadata(int index) {
        return columns.get(index);
    }

    @Override
    public SqliteColumn getColumnMetadata(String name) {
        return columns.get(index(name));
    }

    @Override
    public List<SqliteColumn> getColumnMetadatas() {
        return columns;
    }

    @Override
    public boolean contains(String name) {
        return indexes.containsKey(name) || indexes.containsKey(name.toLowerCase(Locale.ROOT));
    }

    int index(String name) {
        if (name == null) {
            throw new IllegalArgumentException("name must not be null");
        }
        Integer index = indexes.get(name);
        if (index == null) {
            index = indexes.get(name.toLowerCase(Locale.ROOT));
        }
        if (index == null) {
            throw new NoSuchElementException("no column is named '" + name + "'");
        }
        return index;
    }
}
