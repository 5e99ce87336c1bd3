package io.forebay.http;

import java.util.Optional;

/**
 * One byte range of a representation: RFC 9110 section 14.
 *
 * @param first offset of the first byte
 * @param last offset of the last byte, inclusive
 */
record ByteRange(long first, long last) {
    /** What a Range field asks for. */
    sealed interface Wish {
        /** Nothing that this server answers with a part: no range, several, another unit, or malformed. Then the whole is sent. */
        record Whole() implements Wish {}

        /** A part. */
        record Part(ByteRange range) implements Wish {}

        /** Nothing of the representation: 416. */
        record Unsatisfiable() implements Wish {}
    }

    private static final Wish WHOLE = new Wish.Whole();
    private static final Wish UNSATISFIABLE = new Wish.Unsatisfiable();

    /** More digits than any length has. */
    private static final int DIGITS_MAX = 18;

    long length() {
        return last - first + 1;
    }

    /** Reads a Range field for a representation of a known length. */
    static Wish of(Optional<String> field, long length) {
        if (field.isEmpty() || !field.get().startsWith("bytes=")) {
            return WHOLE;
        }
        String spec = field.get().substring("bytes=".length()).trim();
        int dash = spec.indexOf('-');
        if (dash < 0 || spec.indexOf(',') >= 0) {
            return WHOLE;
        }
        String from = spec.substring(0, dash).trim();
        String to = spec.substring(dash + 1).trim();
        boolean legal = (isNumber(from) && (to.isEmpty() || isNumber(to))) || (from.isEmpty() && isNumber(to));
        if (!legal) {
            return WHOLE;
        }
        return from.isEmpty() ? suffix(Long.parseLong(to), length) : part(from, to, length);
    }

    private static Wish suffix(long count, long length) {
        if (count == 0 || length == 0) {
            return UNSATISFIABLE;
        }
        return new Wish.Part(new ByteRange(Math.max(0, length - count), length - 1));
    }

    private static Wish part(String from, String to, long length) {
        long first = Long.parseLong(from);
        long last = to.isEmpty() ? length - 1 : Math.min(Long.parseLong(to), length - 1);
        if (!to.isEmpty() && Long.parseLong(to) < first) {
            return WHOLE;
        }
        return first >= length ? UNSATISFIABLE : new Wish.Part(new ByteRange(first, last));
    }

    private static boolean isNumber(String text) {
        if (text.isEmpty() || text.length() > DIGITS_MAX) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }
}
