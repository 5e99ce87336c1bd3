package io.forebay.observe;

import io.forebay.model.Exchange;
import io.forebay.model.PackageId;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * How a request looks in the access log. Whatever came from outside is escaped: control characters, quotes and backslashes
 * cannot end a field or a line.
 */
public enum AccessLine {
    /** The common log format: client, time, request line, status, bytes. */
    COMMON {
        @Override
        void append(Exchange exchange, StringBuilder out) {
            common(exchange, out);
            out.append('\n');
        }
    },

    /**
     * The combined format of web servers, and behind it the cache status, milliseconds to the first byte, and milliseconds in
     * all.
     */
    COMBINED {
        @Override
        void append(Exchange exchange, StringBuilder out) {
            common(exchange, out);
            out.append(" \"-\" \"");
            escape(exchange.userAgent().isEmpty() ? "-" : exchange.userAgent(), out, true);
            out.append("\" ").append(exchange.cacheStatus().label()).append(' ');
            millis(exchange.firstByteNanos(), out);
            out.append(' ');
            millis(exchange.totalNanos(), out);
            out.append('\n');
        }
    },

    /** One JSON object. */
    JSON {
        @Override
        void append(Exchange exchange, StringBuilder out) {
            out.append("{\"time\":\"").append(Instant.ofEpochMilli(exchange.endMillis()));
            text("\",\"client", exchange.client(), out);
            text("\",\"principal", exchange.principal(), out);
            text("\",\"method", exchange.method(), out);
            text("\",\"target", exchange.target(), out);
            text("\",\"protocol", exchange.protocol(), out);
            out.append("\",\"status\":").append(exchange.status());
            out.append(",\"bytes\":").append(exchange.bytes());
            out.append(",\"cache\":\"").append(exchange.cacheStatus().label());
            text("\",\"repository", exchange.repository(), out);
            text("\",\"package", exchange.subject().map(PackageId::name).orElse(""), out);
            text("\",\"version", exchange.subject().flatMap(PackageId::version).orElse(""), out);
            text("\",\"agent", exchange.userAgent(), out);
            out.append("\",\"first_byte_ms\":");
            millis(exchange.firstByteNanos(), out);
            out.append(",\"total_ms\":");
            millis(exchange.totalNanos(), out);
            out.append("}\n");
        }
    };

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    /** Formatting it takes longer than the rest of a line, and thousands of lines are of one second. */
    private record Second(long epoch, String text) {}

    private static volatile Second lastSecond = new Second(0, TIME.format(Instant.EPOCH));

    /** Appends the line with its end. */
    abstract void append(Exchange exchange, StringBuilder out);

    private static void common(Exchange exchange, StringBuilder out) {
        escape(exchange.client(), out, true);
        out.append(" - ");
        principal(exchange.principal(), out);
        out.append(" [");
        out.append(time(Math.floorDiv(exchange.endMillis(), 1_000L)));
        out.append("] \"");
        escape(exchange.method(), out, true);
        out.append(' ');
        escape(exchange.target(), out, true);
        out.append(' ');
        escape(exchange.protocol(), out, true);
        out.append("\" ").append(exchange.status()).append(' ').append(exchange.bytes());
    }

    private static String time(long second) {
        Second last = lastSecond;
        if (last.epoch() != second) {
            last = new Second(second, TIME.format(Instant.ofEpochSecond(second)));
            lastSecond = last;
        }
        return last.text();
    }

    /** One word, as readers of the format expect. */
    private static void principal(String name, StringBuilder out) {
        escape(name.isEmpty() ? "-" : name.replace(' ', '_'), out, true);
    }

    /** @param before ends the value before and opens the name */
    private static void text(String before, String value, StringBuilder out) {
        out.append(before).append("\":\"");
        escape(value, out, false);
    }

    /** Milliseconds with three digits: microseconds are what hits differ in. */
    private static void millis(long nanos, StringBuilder out) {
        long micros = Math.max(0, nanos) / 1_000;
        long rest = micros % 1_000;
        out.append(micros / 1_000).append('.');
        out.append(rest < 100 ? "0" : "").append(rest < 10 ? "0" : "").append(rest);
    }

    /** @param hexadecimal two digits, as web servers write them, else the four of JSON */
    private static void escape(String text, StringBuilder out, boolean hexadecimal) {
        if (isPlain(text)) {
            out.append(text);
            return;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7F) {
                out.append(c);
            } else if (hexadecimal && c <= 0xFF) {
                out.append("\\x").append(hex(c >> 4)).append(hex(c));
            } else {
                out.append("\\u")
                        .append(hex(c >> 12))
                        .append(hex(c >> 8))
                        .append(hex(c >> 4))
                        .append(hex(c));
            }
        }
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c >= 0x7F || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    private static char hex(int value) {
        return "0123456789ABCDEF".charAt(value & 0xF);
    }
}
