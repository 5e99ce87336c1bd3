package io.forebay.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Dates in header fields: RFC 9110 section 5.6.7. */
final class HttpDate {
    private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private record Second(long epochSecond, String text) {}

    private static volatile Second latest = new Second(0, "Thu, 01 Jan 1970 00:00:00 GMT");

    private HttpDate() {}

    static String format(Instant time) {
        return IMF_FIXDATE.format(time);
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

    /** Only the preferred form; anything else counts as not there. */
    static Optional<Instant> parse(@Nullable String value) {
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Instant.from(IMF_FIXDATE.parse(value.trim())));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
