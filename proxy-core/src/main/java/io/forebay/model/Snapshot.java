package io.forebay.model;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * Which state of a repository is asked for.
 *
 * @param date the UTC day at whose end the state is wanted; empty means the newest
 */
public record Snapshot(Optional<LocalDate> date) {
    public static final Snapshot LATEST = new Snapshot(Optional.empty());

    public static Snapshot of(LocalDate date) {
        return new Snapshot(Optional.of(date));
    }

    /** The first instant that is no longer part of the snapshot. */
    public Optional<Instant> end() {
        return date.map(day -> day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant());
    }
}
