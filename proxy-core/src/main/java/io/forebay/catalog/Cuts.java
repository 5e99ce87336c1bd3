package io.forebay.catalog;

import io.forebay.model.Digest;
import io.forebay.model.ResourceKey;
import io.r2dbc.spi.Connection;
import java.util.Map;
import reactor.core.publisher.Mono;

/** The table of what was cut out of the artifacts of pages. */
final class Cuts {
    private static final String PUT = "INSERT INTO cuts (source, path, variant, artifact, digest)"
            + " VALUES ($1, $2, $3, $4, $5)"
            + " ON CONFLICT (source, path, variant, artifact) DO UPDATE SET digest = excluded.digest";
    private static final String OF_PAGE =
            "SELECT artifact, digest FROM cuts WHERE source = $1 AND path = $2 AND variant = $3";
    private static final String FORGET_PAGE = "DELETE FROM cuts WHERE source = $1 AND path = $2 AND variant = $3";
    private static final String FORGET_DIGEST = "DELETE FROM cuts WHERE digest = $1";

    private Cuts() {}

    static Mono<Long> put(Connection connection, ResourceKey page, String artifact, Digest digest) {
        return Sql.update(connection, PUT, page.source(), page.path(), page.variant(), artifact, digest.hex());
    }

    static Mono<Map<String, Digest>> of(Connection connection, ResourceKey page) {
        return Sql.query(
                        connection,
                        OF_PAGE,
                        row -> Map.entry(Sql.text(row, 0), new Digest(Sql.text(row, 1))),
                        page.source(),
                        page.path(),
                        page.variant())
                .collectMap(Map.Entry::getKey, Map.Entry::getValue);
    }

    static Mono<Long> forget(Connection connection, ResourceKey page) {
        return Sql.update(connection, FORGET_PAGE, page.source(), page.path(), page.variant());
    }

    static Mono<Long> forget(Connection connection, Digest digest) {
        return Sql.update(connection, FORGET_DIGEST, digest.hex());
    }
}
