package io.forebay.ecosystem.python;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Percent-encoding of paths, after RFC 3986: one spelling out, every spelling in. A plus is written {@code %2B}, because
 * some stores of files read a bare one as a space.
 */
final class Percent {
    private static final String HEX = "0123456789ABCDEF";

    private Percent() {}

    /** Whether a character stands for itself in every path that is written here. */
    static boolean isPlain(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    static String encode(List<String> segments) {
        StringBuilder path = new StringBuilder(64);
        String separator = "";
        for (String segment : segments) {
            path.append(separator);
            append(path, segment);
            separator = "/";
        }
        return path.toString();
    }

    static String encode(String segment) {
        StringBuilder encoded = new StringBuilder(segment.length() + 8);
        append(encoded, segment);
        return encoded.toString();
    }

    private static void append(StringBuilder out, String segment) {
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (isPlain(c) || c == ':' || c == '@' || c == '!') {
                out.append(c);
                continue;
            }
            int end = Character.isHighSurrogate(c) && i + 1 < segment.length() ? i + 2 : i + 1;
            for (byte b : segment.substring(i, end).getBytes(StandardCharsets.UTF_8)) {
                appendByte(out, b);
            }
            i = end - 1;
        }
    }

    /** Encodes what may not stand in a URI at all and leaves the rest, percent signs included, as it is. */
    static String repair(String reference) {
        StringBuilder out = new StringBuilder(reference.length() + 16);
        for (int i = 0; i < reference.length(); i++) {
            char c = reference.charAt(i);
            boolean brokenEscape = c == '%' && !isEscape(reference, i);
            if (c > ' ' && c < 0x7f && "\"<>\\^`{|}".indexOf(c) < 0 && !brokenEscape) {
                out.append(c);
                continue;
            }
            int end = Character.isHighSurrogate(c) && i + 1 < reference.length() ? i + 2 : i + 1;
            for (byte b : reference.substring(i, end).getBytes(StandardCharsets.UTF_8)) {
                appendByte(out, b);
            }
            i = end - 1;
        }
        return out.toString();
    }

    /** Decodes every escape; what is no escape stays. */
    static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); ) {
            if (text.charAt(i) == '%' && isEscape(text, i)) {
                bytes.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                i += 3;
                continue;
            }
            int next = text.offsetByCodePoints(i, 1);
            bytes.writeBytes(text.substring(i, next).getBytes(StandardCharsets.UTF_8));
            i = next;
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static boolean isEscape(String text, int at) {
        return at + 2 < text.length() && isHex(text.charAt(at + 1)) && isHex(text.charAt(at + 2));
    }

    private static boolean isHex(char c) {
        return Character.digit(c, 16) >= 0 && c < 0x80;
    }

    private static void appendByte(StringBuilder out, byte b) {
        out.append('%').append(HEX.charAt((b >> 4) & 0xf)).append(HEX.charAt(b & 0xf));
    }
}
