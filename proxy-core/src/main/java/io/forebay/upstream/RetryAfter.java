package io.forebay.upstream;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads Retry-After (RFC 9110 section 10.2.3): seconds or a date, at most {@link #LONGEST}. */
final class RetryAfter {
    /** No origin may switch itself off for longer with one answer. */
    static final Duration LONGEST = Duration.ofMinutes(5);

    private static final int MAX_DIGITS = 9;

    private RetryAfter() {}

    /** The time to wait; empty when the field is missing, malformed or names a time that is past. */
    static Optional<Duration> read(@Nullable String value, Clock clock) {
        if (value == null || value.isEmpty()) {
            return Optional.empty();
        }
        Duration wait;
        if (value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            wait = value.length() > MAX_DIGITS ? LONGEST : Duration.ofSeconds(Long.parseLong(value));
        } else {
            try {
                wait = Duration.between(
                        clock.instant(),
                        ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                .toInstant());
            } catch (DateTimeException e) {
                return Optional.empty();
            }
        }
        if (wait.isNegative() || wait.isZero()) {
            return Optional.empty();
        }
        return Optional.of(wait.compareTo(LONGEST) < 0 ? wait : LONGEST);
    }
}
