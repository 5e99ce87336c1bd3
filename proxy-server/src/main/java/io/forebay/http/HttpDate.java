package io.forebay.http;

import io.netty.handler.codec.DateFormatter;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Dates in header fields: RFC 9110 section 5.6.7. */
final class HttpDate {
    /** Each is that long, and Netty takes a much longer one for a mistake of its caller. */
    private static final int CHARACTERS = 29;

    private record Second(long epochSecond, String text) {}

    private static volatile Second latest = new Second(0, "Thu, 01 Jan 1970 00:00:00 GMT");

    private HttpDate() {}

    static String format(Instant time) {
        return DateFormatter.format(Date.from(time));
    }

    /** The value of Date; formatted once a second. */
    static String now() {
        long second = System.currentTimeMillis() / 1000;
        Second known = latest;
        if (known.epochSecond() != second) {
            known = new Second(second, format(Instant.ofEpochSecond(second)));
            latest = known;
        }
        return known.text();
    }

    /** Only the preferred form; anything else counts as not there. Netty reads more: what it would not write so. */
    static Optional<Instant> parse(@Nullable String value) {
        String date = value == null ? "" : value.trim();
        if (date.length() != CHARACTERS) {
            return Optional.empty();
        }
        Date read = DateFormatter.parseHttpDate(date);
        return read != null && DateFormatter.format(read).equals(date)
                ? Optional.of(read.toInstant())
                : Optional.empty();
    }
}
