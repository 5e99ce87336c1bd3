package io.forebay.catalog;

import io.forebay.catalog.CatalogException.Kind;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTransientException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Everything in which the databases differ. All other SQL is understood by each of them. */
enum Dialect {
    SQLITE("SQLite") {
        /** SQLite's result codes; the low byte of an extended one is the code it extends. */
        @Override
        Optional<Kind> kindOf(R2dbcException failure) {
            return switch (failure.getErrorCode() & 0xff) {
                case 5, 6 -> Optional.of(Kind.BUSY); // SQLITE_BUSY, SQLITE_LOCKED
                case 11, 26 -> Optional.of(Kind.DAMAGED); // SQLITE_CORRUPT, SQLITE_NOTADB
                case 13 -> Optional.of(Kind.FULL); // SQLITE_FULL
                // SQLITE_NOMEM, SQLITE_READONLY, SQLITE_IOERR: trying again soon changes nothing.
                case 7, 8, 10 -> Optional.of(Kind.OTHER);
                default -> Optional.empty();
            };
        }

        @Override
        Mono<Void> lockSchema(Connection connection) {
            return Mono.empty();
        }

        @Override
        Mono<Void> check(Connection connection, long maxBytes) {
            Mono<Long> pages = Sql.query(connection, "PRAGMA page_count", row -> Sql.number(row, 0))
                    .single();
            Mono<Long> pageBytes = Sql.query(connection, "PRAGMA page_size", row -> Sql.number(row, 0))
                    .single();
            Mono<String> verdict = Sql.query(connection, "PRAGMA quick_check(1)", row -> Sql.text(row, 0))
                    .next()
                    .defaultIfEmpty("no answer");
            return Mono.zip(pages, pageBytes, Math::multiplyExact)
                    .filter(bytes -> bytes <= maxBytes)
                    .flatMap(bytes -> verdict)
                    .filter(text -> !text.equals("ok"))
                    .flatMap(text -> Mono.error(
                            new CatalogException(Kind.DAMAGED, "the catalog's database is damaged: " + text, null)));
        }
    },

    POSTGRESQL("PostgreSQL") {
        /** SQLSTATE: 53100 disk_full, XX001 data_corrupted, XX002 index_corrupted, 55P03 lock_not_available, class 40. */
        @Override
        Optional<Kind> kindOf(R2dbcException failure) {
            String state = failure.getSqlState() == null ? "" : failure.getSqlState();
            if (state.equals("53100")) {
                return Optional.of(Kind.FULL);
            }
            if (state.equals("XX001") || state.equals("XX002")) {
                return Optional.of(Kind.DAMAGED);
            }
            if (state.equals("55P03") || state.startsWith("40")) {
                return Optional.of(Kind.BUSY);
            }
            return Optional.empty();
        }

        /** Nodes that start together make the schema one after another. */
        @Override
        Mono<Void> lockSchema(Connection connection) {
            return Sql.query(connection, "SELECT 1 FROM pg_advisory_xact_lock(4242)", row -> 1)
                    .then();
        }

        @Override
        Mono<Void> check(Connection connection, long maxBytes) {
            return Mono.empty();
        }
    };

    private final String product;

    Dialect(String product) {
        this.product = product;
    }

    /** What this database's own code says of a failure; empty when it says nothing of use. */
    abstract Optional<Kind> kindOf(R2dbcException failure);

    /** Keeps others from changing the schema until the end of the transaction. */
    abstract Mono<Void> lockSchema(Connection connection);

    /** Fails with {@link Kind#DAMAGED} when the database, if it is no larger than the limit, is not sound. */
    abstract Mono<Void> check(Connection connection, long maxBytes);

    static Dialect of(ConnectionFactory factory) {
        String name = factory.getMetadata().getName();
        for (Dialect dialect : values()) {
            if (dialect.product.equalsIgnoreCase(name)) {
                return dialect;
            }
        }
        throw new CatalogException("the catalog does not know the database " + name, null);
    }

    /** Any failure as the catalog tells it. */
    CatalogException translate(Throwable failure) {
        if (failure instanceof CatalogException known) {
            return known;
        }
        return switch (kind(failure)) {
            case DAMAGED -> told(Kind.DAMAGED, "the catalog's database is damaged", failure);
            case BUSY -> told(Kind.BUSY, "the catalog's database is busy or out of reach", failure);
            case FULL -> told(Kind.FULL, "there is no room for the catalog's database", failure);
            case NEWER_SCHEMA, OTHER -> told(Kind.OTHER, "the catalog's database failed", failure);
        };
    }

    private Kind kind(Throwable failure) {
        if (failure instanceof R2dbcException known) {
            boolean passing =
                    known instanceof R2dbcTransientException || known instanceof R2dbcNonTransientResourceException;
            return kindOf(known).orElse(passing ? Kind.BUSY : Kind.OTHER);
        }
        return failure instanceof TimeoutException ? Kind.BUSY : Kind.OTHER;
    }

    private static CatalogException told(Kind kind, String text, @Nullable Throwable cause) {
        return new CatalogException(kind, cause == null ? text : text + ": " + cause.getMessage(), cause);
    }
}
