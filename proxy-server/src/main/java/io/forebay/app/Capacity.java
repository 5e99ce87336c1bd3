package io.forebay.app;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much of a disk may be used.
 *
 * @param percent of the file system; empty when {@code bytes} counts
 */
record Capacity(OptionalInt percent, ByteSize bytes) {
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,3}) ?%");

    /** @throws IllegalArgumentException when the text is neither a size nor a percentage */
    static Capacity parse(String text) {
        Matcher matcher = PERCENT.matcher(text.strip());
        if (matcher.matches()) {
            return new Capacity(OptionalInt.of(Integer.parseInt(matcher.group(1))), new ByteSize(0));
        }
        try {
            return new Capacity(OptionalInt.empty(), ByteSize.parse(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a size; write bytes with a unit (500 GiB) or a part of the disk (90%)", e);
        }
    }

    /** The limit in bytes on a file system of the given size. */
    long of(long totalBytes) {
        return percent.isPresent() ? Math.round(totalBytes / 100.0 * percent.getAsInt()) : bytes.bytes();
    }
}
