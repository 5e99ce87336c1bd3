package io.forebay.app;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * {@code 2026-11-01T12:00:00.123Z WARN  upstream: message}. Control characters of a message are escaped, so that what a client
 * or an origin sent cannot look like a line of its own. A stack trace follows on lines that begin with a tab.
 */
final class TextLayout extends LayoutBase<ILoggingEvent> {
    private static final String BASE = "io.forebay.";

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160)
                .append(Instant.ofEpochMilli(event.getTimeStamp()).truncatedTo(ChronoUnit.MILLIS))
                .append(' ')
                .append(event.getLevel())
                .append(event.getLevel().toString().length() == 4 ? "  " : " ")
                .append(room(event.getLoggerName()))
                .append(": ");
        escape(event.getFormattedMessage(), line);
        line.append('\n');
        if (event.getThrowableProxy() != null) {
            line.append('\t').append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
        return line.toString();
    }

    /** The package of ours, which is what people know; a library's logger by its whole name. */
    private static String room(String logger) {
        if (!logger.startsWith(BASE)) {
            return logger;
        }
        int end = logger.lastIndexOf('.');
        return end < BASE.length() ? logger.substring(BASE.length()) : logger.substring(BASE.length(), end);
    }

    private static void escape(String message, StringBuilder line) {
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            if (c < ' ' || (c >= 0x7F && c < 0xA0) || c == '\u2028' || c == '\u2029') {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
    }
}
