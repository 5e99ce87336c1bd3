package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.Blob;
import io.r2dbc.spi.Clob;
import java.lang.invoke.MethodType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** SQLite's storage classes (Integer, Long, Double, String, byte[]) to the Java type asked for. The table is in the README. */
final class Decoder {
    private static final int CHUNK_BYTES = 64 * 1024;

    private Decoder() {}

    /** The value in the form that the column's declared type suggests. */
    static Object natural(Object stored, Class<?> suggested) {
        if (stored instanceof byte[] bytes) {
            return ByteBuffer.wrap(bytes.clone());
        }
        if (suggested == Boolean.class && (stored.equals(0) || stored.equals(1))) {
            return stored.equals(1);
        }
        if (suggested == Long.class && stored instanceof Integer number) {
            return number.longValue();
        }
        if (suggested == BigDecimal.class && stored instanceof Number) {
            return new BigDecimal(stored.toString());
        }
        if (Times.knows(suggested) && stored instanceof String text) {
            try {
                return Times.natural(text, suggested);
            } catch (DateTimeException e) {
                // SQLite stores any text in any column: what is no time stays the text it is.
                return stored;
            }
        }
        return stored;
    }

    static <T> T decode(Object stored, Class<T> type, Class<?> suggested) {
        Object value;
        try {
            value = type == Object.class ? natural(stored, suggested) : convert(stored, wrapper(type));
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("the value is no " + type.getName(), e);
        }
        if (value == null) {
            throw new IllegalArgumentException(
                    "a value stored as " + stored.getClass().getSimpleName() + " cannot be read as " + type.getName());
        }
        @SuppressWarnings("unchecked") // The type itself, its wrapper when it is primitive, or a subtype of it.
        T typed = (T) value;
        return typed;
    }

    private static @Nullable Object convert(Object stored, Class<?> type) {
        if (type.isInstance(stored) && !(stored instanceof byte[])) {
            return stored;
        }
        if (type == String.class || type == CharSequence.class) {
            return text(stored);
        }
        if (type == Long.class && stored instanceof Integer number) {
            return number.longValue();
        }
        if (Number.class.isAssignableFrom(type)) {
            return stored instanceof byte[] ? null : number(new BigDecimal(stored.toString()), type);
        }
        if (type == Boolean.class) {
            return truth(stored);
        }
        if (Times.knows(type)) {
            return stored instanceof byte[] ? null : Times.read(stored, type);
        }
        return large(stored, type);
    }

    private static @Nullable Object large(Object stored, Class<?> type) {
        if (type == ByteBuffer.class) {
            return ByteBuffer.wrap(bytes(stored));
        }
        if (type == byte[].class) {
            return bytes(stored);
        }
        if (type == Blob.class) {
            return Blob.from(chunks(bytes(stored)));
        }
        if (type == Clob.class) {
            return Clob.from(chunks(text(stored)));
        }
        if (type == UUID.class) {
            return UUID.fromString(text(stored));
        }
        if (type == Character.class) {
            return text(stored).length() == 1 ? text(stored).charAt(0) : null;
        }
        return null;
    }

    private static @Nullable Object number(BigDecimal value, Class<?> type) {
        if (type == Long.class) {
            return value.longValueExact();
        }
        if (type == Integer.class) {
            return value.intValueExact();
        }
        if (type == Double.class) {
            return value.doubleValue();
        }
        if (type == Float.class) {
            return value.floatValue();
        }
        if (type == Short.class) {
            return value.shortValueExact();
        }
        if (type == Byte.class) {
            return value.byteValueExact();
        }
        if (type == BigInteger.class) {
            return value.toBigIntegerExact();
        }
        return type == BigDecimal.class || type == Number.class ? value : null;
    }

    private static @Nullable Boolean truth(Object stored) {
        if (stored instanceof Number number) {
            return number.doubleValue() != 0;
        }
        String text = text(stored);
        return text.equalsIgnoreCase("true") ? Boolean.TRUE : text.equalsIgnoreCase("false") ? Boolean.FALSE : null;
    }

    private static String text(Object stored) {
        return stored instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : stored.toString();
    }

    private static byte[] bytes(Object stored) {
        return stored instanceof byte[] bytes
                ? bytes.clone()
                : stored.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Flux<ByteBuffer> chunks(byte[] bytes) {
        int count = (bytes.length + CHUNK_BYTES - 1) / CHUNK_BYTES;
        return Flux.range(0, count).map(i -> {
            int from = i * CHUNK_BYTES;
            return ByteBuffer.wrap(bytes, from, Math.min(CHUNK_BYTES, bytes.length - from))
                    .slice();
        });
    }

    private static Flux<CharSequence> chunks(String text) {
        return Mono.<CharSequence>just(text).flux();
    }

    private static Class<?> wrapper(Class<?> type) {
        return type.isPrimitive() ? MethodType.methodType(type).wrap().returnType() : type;
    }
}
