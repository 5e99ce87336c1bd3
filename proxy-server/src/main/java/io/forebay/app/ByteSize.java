package io.forebay.app;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes, written with a unit: {@code 16 KiB}, {@code 2GB}. */
record ByteSize(long bytes) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,15}) ?([KMGT]i?B|B)");
    private static final List<String> UNITS = List.of("B", "K", "M", "G", "T");

    /** @throws IllegalArgumentException when the text is not a size */
    static ByteSize parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a size; write bytes with a unit, such as 128 MiB");
        }
        String unit = matcher.group(2);
        long base = unit.contains("i") ? 1024 : 1000;
        long bytes = Long.parseLong(matcher.group(1));
        try {
            for (int power = UNITS.indexOf(unit.substring(0, 1)); power > 0; power--) {
                bytes = Math.multiplyExact(bytes, base);
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("\"" + text + "\" is more than a file system can hold", e);
        }
        return new ByteSize(bytes);
    }
}
