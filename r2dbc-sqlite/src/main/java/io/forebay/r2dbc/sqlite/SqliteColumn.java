package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.ColumnMetadata;
import io.r2dbc.spi.Nullability;
import io.r2dbc.spi.R2dbcType;
import io.r2dbc.spi.Type;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A column of a result: its label and what its declaration says. SQLite binds values to no type, so the type is a suggestion. */
final class SqliteColumn implements ColumnMetadata {
    private static final Pattern SIZES = Pattern.compile("\\(\\s*(\\d{1,9})\\s*(?:,\\s*(\\d{1,9})\\s*)?\\)");

    private final String name;
    private final String declared;
    private final Nullability nullability;
    private final Type type;

    SqliteColumn(String name, @Nullable String declared, Nullability nullability) {
        this.name = name;
        this.declared = declared == null ? "" : declared;
        this.nullability = nullability;
        this.type = type(
                this.declared.toUpperCase(Locale.ROOT).replaceAll("\\(.*", "").strip());
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public Type getType() {
        return type;
    }

    @Override
    public Class<?> getJavaType() {
        return type.getJavaType();
    }

    /** The declared type as it stands in CREATE TABLE; empty for an expression. */
    @Override
    public String getNativeTypeMetadata() {
        return declared;
    }

    @Override
    public Nullability getNullability() {
        return nullability;
    }

    @Override
    public @Nullable Integer getPrecision() {
        return size(1);
    }

    @Override
    public @Nullable Integer getScale() {
        return size(2);
    }

    private @Nullable Integer size(int group) {
        Matcher sizes = SIZES.matcher(declared);
        return sizes.find() && sizes.group(group) != null ? Integer.valueOf(sizes.group(group)) : null;
    }

    private static Type type(String declared) {
        return switch (declared) {
            case "" -> Any.ANY;
            case "BOOLEAN", "BOOL" -> R2dbcType.BOOLEAN;
            case "BIGINT", "INT8", "UNSIGNED BIG INT" -> R2dbcType.BIGINT;
            case "SMALLINT", "INT2" -> R2dbcType.SMALLINT;
            case "TINYINT" -> R2dbcType.TINYINT;
            case "DECIMAL" -> R2dbcType.DECIMAL;
            case "NUMERIC" -> R2dbcType.NUMERIC;
            case "DATE" -> R2dbcType.DATE;
            case "TIME" -> R2dbcType.TIME;
            case "TIMESTAMP", "DATETIME" -> R2dbcType.TIMESTAMP;
            case "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE" -> R2dbcType.TIMESTAMP_WITH_TIME_ZONE;
            default -> byAffinity(declared);
        };
    }

    /** The rules of https://www.sqlite.org/datatype3.html, section 3.1. */
    private static Type byAffinity(String declared) {
        if (declared.contains("INT")) {
            return R2dbcType.INTEGER;
        }
        if (declared.contains("CLOB")) {
            return R2dbcType.CLOB;
        }
        if (declared.contains("CHAR") || declared.contains("TEXT")) {
            return R2dbcType.VARCHAR;
        }
        if (declared.contains("BLOB")) {
            return R2dbcType.BLOB;
        }
        if (declared.contains("REAL") || declared.contains("FLOA") || declared.contains("DOUB")) {
            return R2dbcType.DOUBLE;
        }
        return Any.ANY;
    }

    /** The type of a column whose values may be of any storage class. */
    enum Any implements Type {
        ANY;

        @Override
        public Class<?> getJavaType() {
            return Object.class;
        }

        @Override
        public String getName() {
            return name();
        }
    }
}
