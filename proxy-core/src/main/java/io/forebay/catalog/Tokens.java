package io.forebay.catalog;

import io.r2dbc.spi.Row;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Tokens of the API. A token is 32 random bytes, told once; the database holds its SHA-256, which suffices where there is
 * nothing to guess.
 *
 * <p>Threads: any; never blocks. Failure: {@link CatalogException}.
 */
public final class Tokens {
    private static final int SECRET_BYTES = 32;
    private static final int ID_BYTES = 6;
    private static final String PREFIX = "forebay_";

    private static final String COLUMNS = "id, name, scope, created_at, expires_at";
    private static final String ADD = "INSERT INTO tokens (" + COLUMNS + ", hash) VALUES ($1, $2, $3, $4, $5, $6)";
    private static final String ALL = "SELECT " + COLUMNS + " FROM tokens ORDER BY created_at, id";
    private static final String FIND = "SELECT " + COLUMNS + " FROM tokens WHERE hash = $1 AND expires_at > $2";
    private static final String DELETE = "DELETE FROM tokens WHERE id = $1";

    private final SecureRandom random = new SecureRandom();
    private final Reader reader;
    private final Writer writer;
    private final Clock clock;

    Tokens(Reader reader, Writer writer, Clock clock) {
        this.reader = reader;
        this.writer = writer;
        this.clock = clock;
    }

    /** What the bearer may do. */
    public enum Scope {
        /** See. */
        READ,
        /** See and change. */
        ADMIN;

        /** As the API writes it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What is known of a token.
     *
     * @param id names it; no secret
     * @param name what the administrator called it
     */
    public record Token(String id, String name, Scope scope, Instant created, Instant expires) {}

    /**
     * A token that was just made.
     *
     * @param secret what the bearer sends; cannot be had again
     */
    public record Created(Token token, String secret) {}

    /** Makes a token. */
    public Mono<Created> create(String name, Scope scope, Duration lifetime) {
        // The system's source of randomness is a file.
        return Mono.fromCallable(() -> drawn(name, scope, lifetime))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(created -> writer.write(connection -> Sql.update(connection, ADD, line(created)), added -> {})
                        .thenReturn(created));
    }

    private Created drawn(String name, Scope scope, Duration lifetime) {
        Instant now = Instant.ofEpochMilli(clock.millis());
        String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(SECRET_BYTES));
        return new Created(
                new Token(HexFormat.of().formatHex(bytes(ID_BYTES)), name, scope, now, now.plus(lifetime)), secret);
    }

    private static Object[] line(Created created) {
        Token token = created.token();
        return new Object[] {
            token.id(),
            token.name(),
            token.scope().label(),
            token.created().toEpochMilli(),
            token.expires().toEpochMilli(),
            hash(created.secret())
        };
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Every token, expired ones as well. */
    public Flux<Token> all() {
        return reader.many(connection -> Sql.query(connection, ALL, Tokens::token));
    }

    /** The token of a secret; empty when there is none or its time is over. */
    public Mono<Token> find(String secret) {
        return reader.one(connection -> Sql.query(connection, FIND, Tokens::token, hash(secret), clock.millis())
                .next());
    }

    /** Whether there was one to delete. */
    public Mono<Boolean> delete(String id) {
        return writer.write(connection -> Sql.update(connection, DELETE, id), deleted -> {})
                .map(deleted -> deleted > 0);
    }

    private static Token token(Row row) {
        return new Token(
                Sql.text(row, 0),
                Sql.text(row, 1),
                Scope.valueOf(Sql.text(row, 2).toUpperCase(Locale.ROOT)),
                Instant.ofEpochMilli(Sql.number(row, 3)),
                Instant.ofEpochMilli(Sql.number(row, 4)));
    }

    private static String hash(String secret) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
