package io.forebay.cache;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Times in header fields: RFC 9110 section 5.6.7. */
final class HttpTime {
    private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private HttpTime() {}

    static String format(Instant time) {
        return IMF_FIXDATE.format(time);
    }

    /** Only the form that may be sent today; anything else counts as not there. */
    static Optional<Instant> parse(@Nullable String value) {
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Instant.from(IMF_FIXDATE.parse(value)));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
