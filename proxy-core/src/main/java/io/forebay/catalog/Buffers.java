package io.forebay.catalog;

import io.forebay.catalog.Catalog.Quarantined;
import io.forebay.catalog.Catalog.Use;
import io.forebay.model.ResourceKey;
import io.r2dbc.spi.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What need not be durable at once: validations, times of last use, uses by day, quarantine entries. */
final class Buffers {
    /** Quarantine entries kept in the table: a broken origin must not fill the disk with them. */
    static final int QUARANTINE_ROWS = 10_000;

    private static final String VALIDATE = "UPDATE revisions SET validated = $1"
            + " WHERE source = $2 AND path = $3 AND variant = $4 AND seen ="
            + " (SELECT MAX(seen) FROM revisions WHERE source = $5 AND path = $6 AND variant = $7)";
    private static final String TOUCH =
            "UPDATE revisions SET used = $1 WHERE source = $2 AND path = $3 AND variant = $4 AND used < $5";
    private static final String COUNT = "INSERT INTO uses (repository, ecosystem, name, version, day, downloads, bytes)"
            + " VALUES ($1, $2, $3, $4, $5, $6, $7)"
            + " ON CONFLICT (repository, ecosystem, name, version, day)"
            + " DO UPDATE SET downloads = uses.downloads + excluded.downloads, bytes = uses.bytes + excluded.bytes";
    private static final String QUARANTINE = "INSERT INTO quarantine (source, path, variant, url, reason, refused_at)"
            + " VALUES ($1, $2, $3, $4, $5, $6)";
    private static final String QUARANTINE_TRIM = "DELETE FROM quarantine WHERE refused_at <"
            + " (SELECT refused_at FROM quarantine ORDER BY refused_at DESC LIMIT 1 OFFSET " + QUARANTINE_ROWS + ")";
    private static final String QUARANTINED = "SELECT source, path, variant, url, reason, refused_at FROM quarantine"
            + " ORDER BY refused_at DESC LIMIT $1";

    private final Buffer<ResourceKey, Instant> validations;
    private final Buffer<ResourceKey, Instant> touches;
    private final Buffer<Counted, Count> uses;
    private final Buffer<Long, Quarantined> quarantine;
    private final AtomicLong quarantineOrder = new AtomicLong();

    Buffers(int limit) {
        validations = new Buffer<>(limit, (earlier, later) -> later, Buffers::validate);
        touches = new Buffer<>(limit, (earlier, later) -> later, Buffers::touch);
        uses = new Buffer<>(limit, Count::plus, Buffers::count);
        quarantine = new Buffer<>(limit, (earlier, later) -> later, Buffers::quarantine);
    }

    void validated(ResourceKey key, Instant instant) {
        validations.add(key, instant);
    }

    void touched(ResourceKey key, Instant instant) {
        touches.add(key, instant);
    }

    /** An entry as it is with the validation that waits. */
    Entry withValidation(Entry newest) {
        return validations.get(newest.key()).map(newest::validatedAt).orElse(newest);
    }

    /** The resource is written anew: an earlier validation means nothing any more. */
    void superseded(ResourceKey key) {
        validations.remove(key);
    }

    void used(Use use) {
        long day = Math.floorDiv(use.at().getEpochSecond(), TimeUnit.DAYS.toSeconds(1));
        uses.add(
                new Counted(use.repository(), use.ecosystem(), use.name(), use.version(), day),
                new Count(1, use.bytes()));
    }

    void quarantine(Quarantined entry) {
        quarantine.add(quarantineOrder.getAndIncrement(), entry);
    }

    boolean isEmpty() {
        return validations.isEmpty() && touches.isEmpty() && uses.isEmpty() && quarantine.isEmpty();
    }

    long dropped() {
        return validations.dropped() + touches.dropped() + uses.dropped() + quarantine.dropped();
    }

    Taken take() {
        return new Taken(List.of(validations.take(), touches.take(), uses.take(), quarantine.take()));
    }

    static Flux<Quarantined> quarantined(Connection connection, int limit) {
        return Sql.query(
                connection,
                QUARANTINED,
                row -> new Quarantined(
                        Revisions.key(row),
                        Sql.text(row, 3),
                        Sql.text(row, 4),
                        Instant.ofEpochMilli(Sql.number(row, 5))),
                (long) limit);
    }

    private static Mono<Void> validate(Connection connection, Map<ResourceKey, Instant> rows) {
        List<Object[]> lines = new ArrayList<>(rows.size());
        rows.forEach((key, instant) -> lines.add(new Object[] {
            instant.toEpochMilli(), key.source(), key.path(), key.variant(), key.source(), key.path(), key.variant()
        }));
        return Sql.updateAll(connection, VALIDATE, lines).then();
    }

    private static Mono<Void> touch(Connection connection, Map<ResourceKey, Instant> rows) {
        List<Object[]> lines = new ArrayList<>(rows.size());
        rows.forEach((key, instant) -> lines.add(
                new Object[] {instant.toEpochMilli(), key.source(), key.path(), key.variant(), instant.toEpochMilli()
                }));
        return Sql.updateAll(connection, TOUCH, lines).then();
    }

    private static Mono<Void> count(Connection connection, Map<Counted, Count> rows) {
        List<Object[]> lines = new ArrayList<>(rows.size());
        rows.forEach((use, count) -> lines.add(new Object[] {
            use.repository, use.ecosystem, use.name, use.version, use.day, count.downloads, count.bytes
        }));
        return Sql.updateAll(connection, COUNT, lines).then();
    }

    private static Mono<Void> quarantine(Connection connection, Map<Long, Quarantined> rows) {
        List<Object[]> lines = new ArrayList<>(rows.size());
        for (Quarantined entry : rows.values()) {
            ResourceKey key = entry.key();
            lines.add(new Object[] {
                key.source(),
                key.path(),
                key.variant(),
                entry.url(),
                entry.reason(),
                entry.at().toEpochMilli()
            });
        }
        return Sql.updateAll(connection, QUARANTINE, lines)
                .then(Mono.defer(() -> Sql.update(connection, QUARANTINE_TRIM)))
                .then();
    }

    /** What is on its way to the database. */
    static final class Taken {
        private final List<? extends Buffer<?, ?>.Taken> parts;

        private Taken(List<? extends Buffer<?, ?>.Taken> parts) {
            this.parts = parts;
        }

        Mono<Void> write(Connection connection) {
            return Flux.fromIterable(parts)
                    .concatMap(part -> part.write(connection))
                    .then();
        }

        void giveBack() {
            parts.forEach(Buffer.Taken::giveBack);
        }
    }

    /**
     * What downloads are counted by.
     *
     * @param day days since 1970-01-01, UTC
     */
    private record Counted(String repository, String ecosystem, String name, String version, long day) {}

    private record Count(long downloads, long bytes) {
        Count plus(Count other) {
            return new Count(downloads + other.downloads, bytes + other.bytes);
        }
    }
}
