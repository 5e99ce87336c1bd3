package io.forebay.catalog;

import io.forebay.catalog.Catalog.Idle;
import io.forebay.model.Digest;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What of the table of revisions can be missed: by use for eviction, by age for the thinning of history. */
final class Idleness {
    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

    /** What came from an origin can be fetched from there again; anything else has another kind of base. */
    private static final String FETCHED = ".base LIKE 'http%'";

    private static final String LATER_OF = "EXISTS (SELECT 1 FROM revisions later WHERE later.source = %1$s.source"
            + " AND later.path = %1$s.path AND later.variant = %1$s.variant AND later.seen > %1$s.seen)";

    /** A row that keeps its blob: used later than the candidate, not fetched, or the newest revision of an index. */
    private static final String KEEPS = "(o.used > %s OR NOT o" + FETCHED + " OR (o.nature = 'INDEX' AND NOT "
            + LATER_OF.replace("%1$s", "o") + "))";

    private static final String CANDIDATES = "SELECT r.digest, r.nature, r.size, r.used FROM revisions r"
            + " WHERE r.nature = $1 AND r" + FETCHED
            + " AND NOT EXISTS (SELECT 1 FROM revisions o WHERE o.digest = r.digest AND "
            + KEEPS.replace("%s", "r.used") + ") ORDER BY r.used LIMIT $2";

    private static final String KEPT =
            "SELECT COUNT(*) FROM revisions o WHERE o.digest = $1 AND " + KEEPS.replace("%s", "$2");

    private static final String SAME_DAY = " WHERE nature = 'INDEX' AND seen < $1 AND EXISTS (SELECT 1 FROM revisions l"
            + " WHERE l.source = revisions.source AND l.path = revisions.path AND l.variant = revisions.variant"
            + " AND l.seen > revisions.seen AND l.seen / " + DAY_MILLIS + " = revisions.seen / " + DAY_MILLIS + ")";
    private static final String THINNED = "SELECT DISTINCT digest FROM revisions" + SAME_DAY;
    private static final String THIN = "DELETE FROM revisions" + SAME_DAY;

    private Idleness() {}

    static Flux<Idle> list(Connection connection, int limit) {
        return Flux.just(Nature.values())
                .concatMap(nature -> Sql.query(connection, CANDIDATES, Idleness::idle, nature.name(), (long) limit));
    }

    /** The resources that lost rows; none when the blob is no longer idle. */
    static Mono<List<ResourceKey>> forget(Connection connection, Idle idle) {
        return Sql.query(
                        connection,
                        KEPT,
                        row -> Sql.number(row, 0),
                        idle.digest().hex(),
                        idle.used().toEpochMilli())
                .single()
                .flatMap(kept -> kept > 0
                        ? Mono.just(List.of())
                        : Revisions.forget(connection, idle.digest())
                                .collectList()
                                .flatMap(keys ->
                                        Cuts.forget(connection, idle.digest()).thenReturn(keys)));
    }

    static Mono<Set<Digest>> thin(Connection connection, Instant before) {
        return Sql.query(connection, THINNED, row -> new Digest(Sql.text(row, 0)), before.toEpochMilli())
                .<Set<Digest>>collect(LinkedHashSet::new, Set::add)
                .flatMap(digests ->
                        Sql.update(connection, THIN, before.toEpochMilli()).thenReturn(digests));
    }

    private static Idle idle(Row row) {
        return new Idle(
                new Digest(Sql.text(row, 0)),
                Nature.valueOf(Sql.text(row, 1)),
                Sql.number(row, 2),
                Instant.ofEpochMilli(Sql.number(row, 3)));
    }
}
