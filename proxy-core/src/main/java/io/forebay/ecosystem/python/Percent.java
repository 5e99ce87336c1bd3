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

    /** Unreserved characters (RFC 3986, 2.3), by their number. */
    private static final boolean[] PLAIN = new boolean[128];

    static {
        for (char c : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".toCharArray()) {
            PLAIN[c] = true;
        }
    }

    private Percent() {}

    /** Whether a character stands for itself in every path that is written here. */
    static boolean isPlain(char c) {
        return c < PLAIN.length && PLAIN[c];
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
        int copied = 0;
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (!isPlain(c) && c != ':' && c != '@' && c != '!') {
                out.append(segment, copied, i);
                copied = appendEncoded(out, segment, i);
                i = copied - 1;
            }
        }
        out.append(segment, copied, segment.length());
    }

    /** Encodes what may not stand in a URI at all and leaves the rest, percent signs included, as it is. */
    static String repair(String reference) {
        int from = firstToRepair(reference, 0);
        if (from == reference.length()) {
            return reference;
        }
        StringBuilder out = new StringBuilder(reference.length() + 16);
        int copied = 0;
        for (int i = from; i < reference.length(); i = firstToRepair(reference, copied)) {
            out.append(reference, copied, i);
            copied = appendEncoded(out, reference, i);
        }
        return out.append(reference, copied, reference.length()).toString();
    }

    private static int firstToRepair(String reference, int from) {
        int i = from;
        while (i < reference.length() && mayStand(reference, i)) {
            i++;
        }
        return i;
    }

    private static boolean mayStand(String reference, int at) {
        char c = reference.charAt(at);
        if (isPlain(c)) {
            return true;
        }
        return c == '%' ? isEscape(reference, at) : c > ' ' && c < 0x7f && "\"<>\\^`{|}".indexOf(c) < 0;
    }

    /** Encodes the character at an index, both halves of a pair, and gives the index behind it. */
    private static int appendEncoded(StringBuilder out, String text, int at) {
        int end = Character.isHighSurrogate(text.charAt(at)) && at + 1 < text.length() ? at + 2 : at + 1;
        for (byte b : text.substring(at, end).getBytes(StandardCharsets.UTF_8)) {
            appendByte(out, b);
        }
        return end;
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
