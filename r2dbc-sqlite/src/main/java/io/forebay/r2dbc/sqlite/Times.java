package io.forebay.r2dbc.sqlite;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;

/**
 * Dates and times as SQLite's own functions write and read them (https://www.sqlite.org/lang_datefunc.html): a blank between
 * date and time, so that text compares as time does. A 'T' is read too. A time without an offset is UTC where an instant is asked
 * for; an integer is seconds since 1970.
 */
final class Times {
    private static final DateTimeFormatter WRITTEN = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendLiteral(' ')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .toFormatter();

    private static final DateTimeFormatter READ = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .optionalStart()
            .appendPattern("[' ']['T']")
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .appendPattern("[' ']")
            .appendOptional(new DateTimeFormatterBuilder().appendOffsetId().toFormatter())
            .optionalEnd()
            .toFormatter();

    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .optionalStart()
            .appendOffsetId()
            .optionalEnd()
            .toFormatter();

    private Times() {}

    static String format(LocalDateTime time) {
        return WRITTEN.format(time);
    }

    static String format(OffsetDateTime time) {
        return WRITTEN.format(time) + time.getOffset();
    }

    static String format(Instant instant) {
        return format(instant.atOffset(ZoneOffset.UTC));
    }

    /** Whether the type is one of java.time's that {@link #read} knows. */
    static boolean knows(Class<?> type) {
        return type == LocalDate.class
                || type == LocalTime.class
                || type == LocalDateTime.class
                || type == OffsetDateTime.class
                || type == OffsetTime.class
                || type == ZonedDateTime.class
                || type == Instant.class;
    }

    /** The stored value as the type; a {@link java.time.DateTimeException} when it is none. */
    static Object read(Object value, Class<?> type) {
        if (type == LocalTime.class) {
            return LocalTime.from(clock(value.toString()));
        }
        if (type == OffsetTime.class) {
            TemporalAccessor parsed = clock(value.toString());
            return LocalTime.from(parsed).atOffset(offset(parsed));
        }
        OffsetDateTime moment = value instanceof Number seconds
                ? Instant.ofEpochSecond(seconds.longValue()).atOffset(ZoneOffset.UTC)
                : moment(value.toString());
        if (type == LocalDate.class) {
            return moment.toLocalDate();
        }
        if (type == LocalDateTime.class) {
            return moment.toLocalDateTime();
        }
        if (type == Instant.class) {
            return moment.toInstant();
        }
        return type == ZonedDateTime.class ? moment.toZonedDateTime() : moment;
    }

    /** As {@link #read}, but an offset that was written is not dropped from a date and time. */
    static Object natural(String value, Class<?> type) {
        boolean written = type == LocalDateTime.class && READ.parse(value).query(TemporalQueries.offset()) != null;
        return read(value, written ? OffsetDateTime.class : type);
    }

    private static TemporalAccessor clock(String text) {
        return text.indexOf('-') == 4 ? READ.parse(text) : TIME.parse(text);
    }

    private static OffsetDateTime moment(String text) {
        TemporalAccessor parsed = READ.parse(text);
        LocalTime time = parsed.query(TemporalQueries.localTime());
        return LocalDate.from(parsed)
                .atTime(time == null ? LocalTime.MIDNIGHT : time)
                .atOffset(offset(parsed));
    }

    private static ZoneOffset offset(TemporalAccessor parsed) {
        ZoneOffset offset = parsed.query(TemporalQueries.offset());
        return offset == null ? ZoneOffset.UTC : offset;
    }
}
