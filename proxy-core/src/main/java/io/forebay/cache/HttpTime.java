package io.forebay.cache;

import io.netty.handler.codec.DateFormatter;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Times in header fields: RFC 9110 section 5.6.7. */
final class HttpTime {
    /** Each is that long, and Netty takes a much longer one for a mistake of its caller. */
    private static final int CHARACTERS = 29;

    private HttpTime() {}

    static String format(Instant time) {
        return DateFormatter.format(Date.from(time));
    }

    /** Only the form that may be sent today; anything else counts as not there. Netty reads more: what it would not write so. */
    static Optional<Instant> parse(@Nullable String value) {
        if (value == null || value.length() != CHARACTERS) {
            return Optional.empty();
        }
        Date read = DateFormatter.parseHttpDate(value);
        return read != null && DateFormatter.format(read).equals(value)
                ? Optional.of(read.toInstant())
                : Optional.empty();
    }
}
