package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.Blob;
import io.r2dbc.spi.Clob;
import io.r2dbc.spi.Parameter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Java values to SQLite's storage classes: Integer, Long, Double, String, byte[] or null. The table is in the README. */
final class Encoder {
    /** SQLite's own limit is 2^31 - 1; an array cannot be quite that long. */
    private static final long LARGEST_LOB = Integer.MAX_VALUE - 8L;

    private Encoder() {}

    /** The stored form, or a {@link Lob} whose content is still to come. */
    static @Nullable Object encode(Object value) {
        if (value instanceof Parameter parameter) {
            if (parameter instanceof Parameter.Out) {
                throw new IllegalArgumentException("SQLite has no OUT parameters");
            }
            Object inner = parameter.getValue();
            return inner == null ? null : encode(inner);
        }
        if (value instanceof Integer || value instanceof Long || value instanceof Double || value instanceof String) {
            return value;
        }
        return value instanceof Number number ? number(number) : other(value);
    }

    private static Object number(Number value) {
        if (value instanceof Short || value instanceof Byte) {
            return value.intValue();
        }
        if (value instanceof Float) {
            return value.doubleValue();
        }
        if (value instanceof BigInteger big && big.bitLength() < Long.SIZE) {
            return big.longValue();
        }
        if (value instanceof BigInteger) {
            return value.toString();
        }
        if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        throw unsupported(value);
    }

    private static Object other(Object value) {
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        if (value instanceof byte[] bytes) {
            return bytes.clone();
        }
        if (value instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return bytes;
        }
        if (value instanceof Blob blob) {
            return new Lob(bytes(blob));
        }
        if (value instanceof Clob clob) {
            return new Lob(text(clob));
        }
        if (value instanceof CharSequence || value instanceof Character || value instanceof UUID) {
            return value.toString();
        }
        return time(value);
    }

    private static String time(Object value) {
        if (value instanceof LocalDateTime time) {
            return Times.format(time);
        }
        if (value instanceof OffsetDateTime time) {
            return Times.format(time);
        }
        if (value instanceof ZonedDateTime time) {
            return Times.format(time.toOffsetDateTime());
        }
        if (value instanceof Instant instant) {
            return Times.format(instant);
        }
        if (value instanceof LocalDate || value instanceof LocalTime || value instanceof OffsetTime) {
            return value.toString();
        }
        throw unsupported(value);
    }

    private static Mono<Object> bytes(Blob blob) {
        return Flux.from(blob.stream())
                .map(buffer -> {
                    byte[] bytes = new byte[buffer.remaining()];
                    buffer.get(bytes);
                    return bytes;
                })
                .collect(LobBytes::new, LobBytes::add)
                .map(LobBytes::toArray);
    }

    private static Mono<Object> text(Clob clob) {
        return Flux.from(clob.stream())
                .collect(StringBuilder::new, (text, chunk) -> {
                    if (text.length() + (long) chunk.length() > LARGEST_LOB) {
                        throw tooBig();
                    }
                    text.append(chunk);
                })
                .map(StringBuilder::toString);
    }

    private static RuntimeException tooBig() {
        return SqliteErrors.of(18, "string or BLOB too big", null, null);
    }

    private static IllegalArgumentException unsupported(Object value) {
        return new IllegalArgumentException(
                "SQLite has no storage for a value of " + value.getClass().getName());
    }

    /** A value whose content is read from a publisher when the statement is executed. */
    record Lob(Mono<Object> content) {}

    /** Chunks of a BLOB: sqlite-jdbc binds a whole array, so they are joined once all have come. */
    private static final class LobBytes {
        private final List<byte[]> chunks = new ArrayList<>();
        private long length;

        void add(byte[] chunk) {
            length += chunk.length;
            if (length > LARGEST_LOB) {
                throw tooBig();
            }
            chunks.add(chunk);
        }

        byte[] toArray() {
            ByteBuffer whole = ByteBuffer.allocate((int) length);
            chunks.forEach(whole::put);
            return whole.array();
        }
    }
}
