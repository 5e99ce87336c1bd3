package io.forebay.ecosystem.r;

import io.forebay.model.ForebayException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the one kind of object that an index is: a character matrix with column names, in R's XDR serialization of version
 * 2 or 3 ("R Internals", section "Serialization Formats"). Not thread-safe, for one reading. Nothing is allocated by a
 * length that the bytes announce but do not have.
 */
final class RdsReader {
    private static final int SYMBOL = 1;
    private static final int PAIRLIST = 2;
    private static final int CHARACTERS = 9;
    private static final int LOGICALS = 10;
    private static final int INTEGERS = 13;
    private static final int REALS = 14;
    private static final int STRINGS = 16;
    private static final int LIST = 19;
    private static final int ALTERNATIVE = 238;
    private static final int NULL = 254;
    private static final int REFERENCE = 255;

    private static final int HAS_ATTRIBUTES = 1 << 9;
    private static final int HAS_TAG = 1 << 10;
    private static final int LATIN1 = 1 << 14;

    /** A matrix nests five deep. */
    private static final int MAX_DEPTH = 16;

    /** Smallest element of a vector of strings: its flags and its length. */
    private static final int STRING_BYTES = 8;

    private final byte[] bytes;
    private final ByteBuffer in;
    private final List<String> symbols = new ArrayList<>();

    private RdsReader(byte[] bytes) {
        this.bytes = bytes;
        this.in = ByteBuffer.wrap(bytes);
    }

    static boolean isRds(byte[] bytes) {
        return bytes.length >= 2 && (bytes[0] == 'X' || bytes[0] == 'A' || bytes[0] == 'B') && bytes[1] == '\n';
    }

    /**
     * Reads the rows of the matrix; a missing value is a field that the record does not have.
     *
     * @param wanted the columns that are kept
     * @throws ForebayException of kind {@code ORIGIN_INVALID} when the bytes are not such a matrix
     */
    static List<PackageRow> read(byte[] bytes, Predicate<String> wanted) {
        try {
            RdsReader reader = new RdsReader(bytes);
            reader.header();
            return matrix(reader.item(0), wanted);
        } catch (BufferUnderflowException e) {
            throw invalid("ends too early");
        }
    }

    private void header() {
        if (in.get() != 'X' || in.get() != '\n') {
            throw invalid("is not in the XDR format");
        }
        int version = in.getInt();
        in.getInt();
        in.getInt();
        if (version == 3) {
            skip(in.getInt());
        } else if (version != 2) {
            throw invalid("is of an unknown version");
        }
    }

    private Value item(int depth) {
        if (depth > MAX_DEPTH) {
            throw invalid("nests too deep");
        }
        int flags = in.getInt();
        return switch (flags & 0xff) {
            case NULL -> Value.of(new Object[0]);
            case SYMBOL -> {
                String name = string(in.getInt());
                if (name == null) {
                    throw invalid("has a symbol without a name");
                }
                symbols.add(name);
                yield Value.of(name);
            }
            case REFERENCE -> Value.of(reference(flags >>> 8));
            case PAIRLIST -> pairlist(flags, depth);
            case LOGICALS, INTEGERS -> withAttributes(integers(), flags, depth);
            case REALS -> {
                skip(length(Double.BYTES) * Double.BYTES);
                yield withAttributes(new double[0], flags, depth);
            }
            case STRINGS -> withAttributes(strings(), flags, depth);
            case LIST -> withAttributes(list(depth), flags, depth);
            case ALTERNATIVE -> alternative(depth);
            default -> throw invalid("has an object of a kind that no index has");
        };
    }

    private String reference(int packed) {
        int index = packed == 0 ? in.getInt() : packed;
        if (index < 1 || index > symbols.size()) {
            throw invalid("refers to nothing");
        }
        return symbols.get(index - 1);
    }

    /** The cells in order, each tagged by its name or by its position; what a dotted pair ends in is tagged so too. */
    private Value pairlist(int first, int depth) {
        Map<String, Object> cells = new HashMap<>();
        int flags = first;
        while ((flags & 0xff) == PAIRLIST) {
            if ((flags & HAS_ATTRIBUTES) != 0) {
                item(depth + 1);
            }
            String tag = (flags & HAS_TAG) != 0 && item(depth + 1).object() instanceof String name
                    ? name
                    : String.valueOf(cells.size());
            cells.put(tag, item(depth + 1));
            flags = in.getInt();
        }
        if ((flags & 0xff) != NULL) {
            in.position(in.position() - Integer.BYTES);
            cells.put(String.valueOf(cells.size()), item(depth + 1));
        }
        return Value.of(cells);
    }

    /** R wraps a vector to remember what it knows of it ({@code wrap_string}): the vector itself is inside. */
    private Value alternative(int depth) {
        Value kind = item(depth + 1);
        Value state = item(depth + 1);
        Value attributes = item(depth + 1);
        boolean wrapper = kind.cell("0").object() instanceof String name && name.startsWith("wrap_");
        if (!wrapper) {
            throw invalid("has an object of a kind that no index has");
        }
        return new Value(state.cell("0").object(), attributes.cells());
    }

    private Value withAttributes(Object object, int flags, int depth) {
        return (flags & HAS_ATTRIBUTES) != 0 ? new Value(object, item(depth + 1).cells()) : Value.of(object);
    }

    private int[] integers() {
        int[] integers = new int[length(Integer.BYTES)];
        for (int i = 0; i < integers.length; i++) {
            integers[i] = in.getInt();
        }
        return integers;
    }

    private @Nullable String[] strings() {
        @Nullable String[] strings = new String[length(STRING_BYTES)];
        for (int i = 0; i < strings.length; i++) {
            strings[i] = string(in.getInt());
        }
        return strings;
    }

    private Object[] list(int depth) {
        Object[] list = new Object[length(Integer.BYTES)];
        for (int i = 0; i < list.length; i++) {
            list[i] = item(depth + 1).object();
        }
        return list;
    }

    /** One string as the bytes of an index are: UTF-8 unless R says that it does not know; null for NA. */
    private @Nullable String string(int flags) {
        if ((flags & 0xff) != CHARACTERS) {
            throw invalid("has something else where a string should be");
        }
        int length = in.getInt();
        if (length == -1) {
            return null;
        }
        if (length < 0 || length > in.remaining() || length > DcfReader.MAX_FIELD_BYTES) {
            throw invalid("has a string of an impossible length");
        }
        String text = new String(bytes, in.position(), length, StandardCharsets.ISO_8859_1);
        in.position(in.position() + length);
        return (flags & LATIN1) != 0
                ? new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
                : text;
    }

    /** The length of a vector whose elements take at least so many bytes: never more than can follow. */
    private int length(int elementBytes) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining() / elementBytes) {
            throw invalid("has a vector of an impossible length");
        }
        return length;
    }

    private void skip(int bytes) {
        if (bytes < 0 || bytes > in.remaining()) {
            throw invalid("ends too early");
        }
        in.position(in.position() + bytes);
    }

    private static List<PackageRow> matrix(Value value, Predicate<String> wanted) {
        if (value.object() instanceof Object[] nothing && nothing.length == 0) {
            return List.of();
        }
        if (!(value.object() instanceof String[] strings)
                || !(value.cell("dim").object() instanceof int[] dim)
                || !(value.cell("dimnames").object() instanceof Object[] names)
                || dim.length != 2
                || names.length != 2
                || !(names[1] instanceof String[] columns)
                || columns.length != dim[1]
                || columns.length > DcfReader.MAX_TAGS
                || dim[0] < 0
                || (long) dim[0] * dim[1] != strings.length) {
            throw invalid("is not a character matrix with column names");
        }
        return rows(strings, columns, dim[0], wanted);
    }

    private static List<PackageRow> rows(String[] strings, String[] columns, int height, Predicate<String> wanted) {
        boolean[] kept = new boolean[columns.length];
        for (int column = 0; column < columns.length; column++) {
            kept[column] = isTag(columns[column]) && wanted.test(columns[column]);
        }
        List<PackageRow> rows = new ArrayList<>(height);
        TagSets sets = new TagSets();
        List<String> tags = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < columns.length; column++) {
                @Nullable String cell = strings[column * height + row];
                if (kept[column] && cell != null && !tags.contains(columns[column])) {
                    tags.add(columns[column]);
                    values.add(cell);
                }
            }
            rows.add(new PackageRow(sets.of(tags), values.toArray(String[]::new)));
            tags.clear();
            values.clear();
        }
        return rows;
    }

    /** What may stand before the colon of a field, so that every form of an index has the same fields. */
    private static boolean isTag(@Nullable String column) {
        return column != null && !column.isEmpty() && column.chars().allMatch(c -> c > ' ' && c < 127 && c != ':');
    }

    private static ForebayException invalid(String what) {
        return ForebayException.originInvalid("the origin's PACKAGES.rds " + what);
    }

    /**
     * An object and its attributes.
     *
     * @param object String for a symbol, String[] (null for NA), int[], double[] without its values, Object[] for a list or
     *     NULL, Map for a pair list
     */
    private record Value(Object object, Map<String, Object> attributes) {
        static Value of(Object object) {
            return new Value(object, Map.of());
        }

        /** The cells of a pair list. */
        @SuppressWarnings("unchecked") // pairlist() makes no other map
        Map<String, Object> cells() {
            return object instanceof Map ? (Map<String, Object>) object : Map.of();
        }

        /** An attribute, or else a cell of the pair list itself; NULL when there is none. */
        Value cell(String tag) {
            Object found = attributes.getOrDefault(tag, cells().get(tag));
            return found instanceof Value value ? value : of(new Object[0]);
        }
    }
}
