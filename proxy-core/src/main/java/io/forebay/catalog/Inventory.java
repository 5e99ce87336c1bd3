package io.forebay.catalog;

import io.forebay.model.Digest;
import io.forebay.model.ResourceKey;
import io.r2dbc.spi.Connection;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;

/**
 * What people are shown of the catalog: what is used, new and large. Queries look at many rows, so callers keep the answers for
 * a while; nothing here is for the path of a request to a repository.
 *
 * <p>Threads and failure: as {@link Catalog} says of reads. Days are UTC. Downloads are those of files whose name tells a
 * version; pages are not counted among them.
 */
public final class Inventory {
    /** Keys asked for in one statement; databases limit the number of arguments. */
    private static final int KEYS_MAX = 400;

    private static final String INDEXES =
            "SELECT DISTINCT path FROM revisions WHERE source = $1 AND nature = 'INDEX' AND variant = '' ORDER BY path";
    private static final String FILE = "SELECT source, path, variant, digest, size, seen FROM revisions"
            + " WHERE nature = 'ARTIFACT' AND path NOT LIKE '%.metadata'";
    private static final String NEWEST = FILE + " ORDER BY seen DESC LIMIT $1";
    private static final String LARGEST = FILE + " ORDER BY size DESC, seen DESC LIMIT $1";
    private static final String OF_PATHS = "SELECT source, path, variant, digest, size, seen FROM revisions"
            + " WHERE source = $1 AND variant = '' AND path IN (";
    private static final String SUMS = "CAST(SUM(downloads) AS BIGINT) AS times, CAST(SUM(bytes) AS BIGINT) AS total";
    private static final String USED = "SELECT repository, ecosystem, name, " + SUMS + " FROM uses"
            + " WHERE version <> '' AND day >= $1 GROUP BY repository, ecosystem, name"
            + " ORDER BY times DESC, name LIMIT $2";
    private static final String DAYS =
            "SELECT day, " + SUMS + " FROM uses WHERE version <> '' AND day >= $1" + " GROUP BY day ORDER BY day";
    private static final String OF_PACKAGE = "SELECT version, day, " + SUMS + " FROM uses"
            + " WHERE repository = $1 AND ecosystem = $2 AND name = $3 AND version <> ''"
            + " GROUP BY version, day ORDER BY day, version";

    private final Reader reader;

    Inventory(Reader reader) {
        this.reader = reader;
    }

    /** Paths of the indexes that are held of a source, of those that have one variant. */
    public Flux<String> indexes(String source) {
        return reader.many(connection -> Sql.query(connection, INDEXES, row -> Sql.text(row, 0), source));
    }

    /** Package files fetched or uploaded last, newest first; metadata cut out of them or lying beside them is left out. */
    public Flux<Held> newest(int limit) {
        return reader.many(connection -> files(connection, NEWEST, (long) limit));
    }

    /** The largest package files, largest first. */
    public Flux<Held> largest(int limit) {
        return reader.many(connection -> files(connection, LARGEST, (long) limit));
    }

    /** What is held of some paths of a source. */
    public Flux<Held> held(String source, Collection<String> paths) {
        List<String> all = List.copyOf(paths);
        List<List<String>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += KEYS_MAX) {
            parts.add(all.subList(from, Math.min(all.size(), from + KEYS_MAX)));
        }
        return reader.many(connection -> Flux.fromIterable(parts).concatMap(part -> ofPaths(connection, source, part)));
    }

    private static Flux<Held> ofPaths(Connection connection, String source, List<String> paths) {
        String markers =
                IntStream.range(0, paths.size()).mapToObj(i -> "$" + (i + 2)).collect(Collectors.joining(", "));
        List<Object> arguments = new ArrayList<>(List.of(source));
        arguments.addAll(paths);
        return files(connection, OF_PATHS + markers + ")", arguments.toArray());
    }

    private static Flux<Held> files(Connection connection, String sql, Object... arguments) {
        return Sql.query(
                connection,
                sql,
                row -> new Held(
                        Revisions.key(row),
                        new Digest(Sql.text(row, 3)),
                        Sql.number(row, 4),
                        Instant.ofEpochMilli(Sql.number(row, 5))),
                arguments);
    }

    /** Packages by downloads since a day, most first. */
    public Flux<Used> mostUsed(LocalDate since, int limit) {
        return reader.many(connection -> Sql.query(
                connection,
                USED,
                row -> new Used(
                        Sql.text(row, 0), Sql.text(row, 1), Sql.text(row, 2), Sql.number(row, 3), Sql.number(row, 4)),
                since.toEpochDay(),
                (long) limit));
    }

    /** Downloads by day since a day, oldest first; days without any are left out. */
    public Flux<Day> days(LocalDate since) {
        return reader.many(connection -> Sql.query(
                connection,
                DAYS,
                row -> new Day(LocalDate.ofEpochDay(Sql.number(row, 0)), "", Sql.number(row, 1), Sql.number(row, 2)),
                since.toEpochDay()));
    }

    /** Downloads of a package by version and day, oldest first. */
    public Flux<Day> days(String repository, String ecosystem, String name) {
        return reader.many(connection -> Sql.query(
                connection,
                OF_PACKAGE,
                row -> new Day(
                        LocalDate.ofEpochDay(Sql.number(row, 1)),
                        Sql.text(row, 0),
                        Sql.number(row, 2),
                        Sql.number(row, 3)),
                repository,
                ecosystem,
                name));
    }

    /**
     * A stored resource in short.
     *
     * @param seen when it was first seen
     */
    public record Held(ResourceKey key, Digest digest, long size, Instant seen) {}

    /** How much a package was used. */
    public record Used(String repository, String ecosystem, String name, long downloads, long bytes) {}

    /**
     * Downloads of a day.
     *
     * @param version empty text for all of them together
     */
    public record Day(LocalDate day, String version, long downloads, long bytes) {}
}
