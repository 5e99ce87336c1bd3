package io.forebay.catalog;

import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Row;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The table of revisions. The primary key is the resource and the time of first sight in milliseconds: newest, oldest and
 * newest at an instant are one step each into its index.
 *
 * <p>The head is one column of JSON: no query asks by a part of it, and the same text serves the notes.
 */
final class Revisions {
    private static final String COLUMNS = "source, path, variant, seen, validated, nature, digest, size, base, head";
    private static final String OF_KEY =
            "SELECT " + COLUMNS + " FROM revisions WHERE source = $1 AND path = $2 AND variant = $3";
    private static final String ALL = OF_KEY + " ORDER BY seen DESC";
    private static final String NEWEST = ALL + " LIMIT 1";
    private static final String OLDEST = OF_KEY + " ORDER BY seen LIMIT 1";
    private static final String AS_OF = OF_KEY + " AND seen <= $4 ORDER BY seen DESC LIMIT 1";
    private static final String AFTER = OF_KEY + " AND seen > $4 ORDER BY seen LIMIT 1";
    private static final String INSERT =
            "INSERT INTO revisions (" + COLUMNS + ", used) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    private static final String REFRESH = "UPDATE revisions SET seen = $1, validated = $2, base = $3, head = $4"
            + " WHERE source = $5 AND path = $6 AND variant = $7 AND seen = $8";
    private static final String FORGET_KEY = "DELETE FROM revisions WHERE source = $1 AND path = $2 AND variant = $3";
    private static final String KEYS_OF_DIGEST =
            "SELECT DISTINCT source, path, variant FROM revisions WHERE digest = $1";
    private static final String FORGET_DIGEST = "DELETE FROM revisions WHERE digest = $1";
    private static final String FORGET_NEWEST = FORGET_KEY
            + " AND seen = (SELECT MAX(seen) FROM revisions WHERE source = $4 AND path = $5 AND variant = $6)";
    private static final String SINCE =
            "SELECT " + COLUMNS + " FROM revisions WHERE source = $1 AND (used >= $2 OR validated >= $3)";
    private static final String NAMING =
            "SELECT " + COLUMNS + " FROM revisions WHERE digest = $1 ORDER BY source, path, variant, seen";
    private static final String IS_NAMED = "SELECT (SELECT COUNT(*) FROM revisions WHERE digest = $1)"
            + " + (SELECT COUNT(*) FROM cuts WHERE digest = $2)";
    private static final String KEYS_OF_SOURCE =
            "SELECT DISTINCT source, path, variant FROM revisions WHERE source = $1";
    private static final String DIGESTS = "SELECT digest FROM revisions UNION SELECT digest FROM cuts";
    private static final String KEYS = "SELECT DISTINCT source, path, variant FROM revisions";
    private static final String CENSUS = "SELECT (SELECT COUNT(*) FROM"
            + " (SELECT DISTINCT source, path, variant FROM revisions) AS resources), (SELECT COUNT(*) FROM revisions)";

    private Revisions() {}

    static Mono<Entry> newest(Connection connection, ResourceKey key) {
        return some(connection, NEWEST, key).next();
    }

    static Mono<Entry> oldest(Connection connection, ResourceKey key) {
        return some(connection, OLDEST, key).next();
    }

    static Mono<Entry> asOf(Connection connection, ResourceKey key, Instant instant) {
        return at(connection, AS_OF, key, instant);
    }

    static Flux<Entry> all(Connection connection, ResourceKey key) {
        return some(connection, ALL, key);
    }

    /**
     * Makes an entry the newest revision.
     *
     * @return the row as it is now. Should the clock have gone back, the row is dated one millisecond after the one before,
     *     so that the newest is still the last written
     */
    static Mono<Entry> append(Connection connection, Entry entry) {
        Entry cut = toMillis(entry);
        return optional(newest(connection, cut.key())).flatMap(newest -> {
            if (newest.isEmpty()) {
                return insert(connection, cut);
            }
            Entry before = newest.get();
            return before.digest().equals(cut.digest())
                    ? refresh(connection, before.seen(), seenAt(cut, before.seen()))
                    : insert(connection, seenAt(cut, later(before.seen(), cut.seen())));
        });
    }

    /**
     * Puts an entry at its place in history, whatever is there already: one that continues or begins a revision widens it.
     *
     * @return empty when the row was there
     */
    static Mono<Entry> place(Connection connection, Entry entry) {
        Entry cut = toMillis(entry);
        return optional(asOf(connection, cut.key(), cut.seen())).flatMap(earlier -> {
            if (earlier.filter(other -> other.digest().equals(cut.digest())).isPresent()) {
                Entry before = earlier.get();
                return cut.validated().isAfter(before.validated())
                        ? refresh(connection, before.seen(), seenAt(cut, before.seen()))
                                .then(Mono.empty())
                        : Mono.empty();
            }
            if (earlier.filter(other -> other.seen().equals(cut.seen())).isPresent()) {
                return place(connection, seenAt(cut, cut.seen().plusMillis(1)));
            }
            Mono<Entry> datedBack = at(connection, AFTER, cut.key(), cut.seen())
                    .filter(later -> later.digest().equals(cut.digest()))
                    .flatMap(later -> refresh(connection, later.seen(), seenAt(later, cut.seen())));
            return optional(datedBack).flatMap(moved -> moved.isPresent() ? Mono.empty() : insert(connection, cut));
        });
    }

    static Mono<Long> forget(Connection connection, ResourceKey key) {
        return Sql.update(connection, FORGET_KEY, key.source(), key.path(), key.variant());
    }

    /** The keys that had the digest. */
    static Flux<ResourceKey> forget(Connection connection, Digest digest) {
        return Sql.query(connection, KEYS_OF_DIGEST, Revisions::key, digest.hex())
                .collectList()
                .flatMapMany(keys ->
                        Sql.update(connection, FORGET_DIGEST, digest.hex()).thenMany(Flux.fromIterable(keys)));
    }

    /** Forgets the newest revision; the one before it becomes the newest. */
    static Mono<Long> forgetNewest(Connection connection, ResourceKey key) {
        return Sql.update(
                connection,
                FORGET_NEWEST,
                key.source(),
                key.path(),
                key.variant(),
                key.source(),
                key.path(),
                key.variant());
    }

    /** What was asked for, or confirmed by the origin, at an instant or later. */
    static Flux<Entry> since(Connection connection, String source, Instant instant) {
        return Sql.query(connection, SINCE, Revisions::entry, source, instant.toEpochMilli(), instant.toEpochMilli());
    }

    static Flux<Entry> naming(Connection connection, Digest digest) {
        return Sql.query(connection, NAMING, Revisions::entry, digest.hex());
    }

    /** Whether a revision or a cut names the digest. */
    static Mono<Boolean> isNamed(Connection connection, Digest digest) {
        return Sql.query(connection, IS_NAMED, row -> Sql.number(row, 0) > 0, digest.hex(), digest.hex())
                .single();
    }

    static Flux<ResourceKey> keysOf(Connection connection, String source) {
        return Sql.query(connection, KEYS_OF_SOURCE, Revisions::key, source);
    }

    /** Every key that has a row, once each. */
    static Flux<ResourceKey> keys(Connection connection) {
        return Sql.query(connection, KEYS, Revisions::key);
    }

    /** Digests of revisions and of cuts. */
    static Flux<Digest> digests(Connection connection) {
        return Sql.query(connection, DIGESTS, row -> new Digest(Sql.text(row, 0)));
    }

    static Mono<Catalog.Census> census(Connection connection) {
        return Sql.query(connection, CENSUS, row -> new Catalog.Census(Sql.number(row, 0), Sql.number(row, 1)))
                .single();
    }

    static ResourceKey key(Row row) {
        return new ResourceKey(Sql.text(row, 0), Sql.text(row, 1), Sql.text(row, 2));
    }

    private static Flux<Entry> some(Connection connection, String sql, ResourceKey key) {
        return Sql.query(connection, sql, Revisions::entry, key.source(), key.path(), key.variant());
    }

    private static Mono<Entry> at(Connection connection, String sql, ResourceKey key, Instant instant) {
        return Sql.query(
                        connection,
                        sql,
                        Revisions::entry,
                        key.source(),
                        key.path(),
                        key.variant(),
                        instant.toEpochMilli())
                .next();
    }

    /** Rows of keys that have none yet, in one statement. */
    static Mono<Long> insertAll(Connection connection, List<Entry> entries) {
        return Sql.updateAll(
                connection, INSERT, entries.stream().map(Revisions::line).toList());
    }

    private static Mono<Entry> insert(Connection connection, Entry entry) {
        return Sql.update(connection, INSERT, line(entry)).thenReturn(entry);
    }

    private static Object[] line(Entry entry) {
        ResourceKey key = entry.key();
        return new Object[] {
            key.source(),
            key.path(),
            key.variant(),
            entry.seen().toEpochMilli(),
            entry.validated().toEpochMilli(),
            entry.nature().name(),
            entry.digest().hex(),
            entry.size(),
            entry.base(),
            HeadJson.text(entry.head()),
            entry.validated().toEpochMilli()
        };
    }

    private static Mono<Entry> refresh(Connection connection, Instant row, Entry entry) {
        ResourceKey key = entry.key();
        return Sql.update(
                        connection,
                        REFRESH,
                        entry.seen().toEpochMilli(),
                        entry.validated().toEpochMilli(),
                        entry.base(),
                        HeadJson.text(entry.head()),
                        key.source(),
                        key.path(),
                        key.variant(),
                        row.toEpochMilli())
                .thenReturn(entry);
    }

    private static Entry entry(Row row) {
        return new Entry(
                key(row),
                Nature.valueOf(Sql.text(row, 5)),
                new Digest(Sql.text(row, 6)),
                Sql.number(row, 7),
                HeadJson.parse(Sql.text(row, 9)),
                Sql.text(row, 8),
                Instant.ofEpochMilli(Sql.number(row, 3)),
                Instant.ofEpochMilli(Sql.number(row, 4)));
    }

    private static Instant later(Instant before, Instant wanted) {
        return wanted.isAfter(before) ? wanted : before.plusMillis(1);
    }

    /** The entry as the database will give it back. */
    static Entry toMillis(Entry entry) {
        UnaryOperator<Instant> cut = instant -> Instant.ofEpochMilli(instant.toEpochMilli());
        Head head = entry.head();
        Instant seen = cut.apply(entry.seen());
        return new Entry(
                entry.key(),
                entry.nature(),
                entry.digest(),
                entry.size(),
                new Head(
                        head.contentType(),
                        head.etag(),
                        head.originEtag(),
                        head.lastModified().map(cut),
                        head.extra()),
                entry.base(),
                seen,
                entry.validated().equals(entry.seen()) ? seen : cut.apply(entry.validated()));
    }

    private static Entry seenAt(Entry entry, Instant seen) {
        return new Entry(
                entry.key(),
                entry.nature(),
                entry.digest(),
                entry.size(),
                entry.head(),
                entry.base(),
                seen,
                entry.validated());
    }

    private static <T> Mono<Optional<T>> optional(Mono<T> value) {
        return value.map(Optional::of).defaultIfEmpty(Optional.empty());
    }
}
