package io.forebay.catalog;

import java.time.Clock;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What administrators did: rows that are only ever added, each with a line in the log.
 *
 * <p>Threads: any; never blocks. Failure: {@link CatalogException}; the line is in the log nevertheless.
 */
public final class AuditLog {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

    private static final String ADD = "INSERT INTO audit (done_at, principal, client, action, subject, outcome)"
            + " VALUES ($1, $2, $3, $4, $5, $6)";
    private static final String NEWEST = "SELECT done_at, principal, client, action, subject, outcome FROM audit"
            + " ORDER BY done_at DESC LIMIT $1";

    private final Reader reader;
    private final Writer writer;
    private final Clock clock;

    AuditLog(Reader reader, Writer writer, Clock clock) {
        this.reader = reader;
        this.writer = writer;
        this.clock = clock;
    }

    /**
     * One act.
     *
     * @param principal who: a token's name, {@code loopback} or {@code signal}
     * @param client the address it came from; {@code this machine} for a signal, which has none
     * @param subject what it was done to; empty when the action says it all
     * @param outcome {@code done}, {@code refused} or what went wrong
     */
    public record Act(Instant at, String principal, String client, String action, String subject, String outcome) {}

    /** Adds an act that was done now. Durable when the signal comes. */
    public Mono<Void> add(String principal, String client, String action, String subject, String outcome) {
        return Mono.defer(() -> {
            LOG.info(
                    "Audit: {} from {}: {}{}: {}",
                    principal,
                    client,
                    action,
                    subject.isEmpty() ? "" : " " + subject,
                    outcome);
            return writer.write(
                            connection -> Sql.update(
                                    connection, ADD, clock.millis(), principal, client, action, subject, outcome),
                            added -> {})
                    .then();
        });
    }

    /** The newest acts, newest first. */
    public Flux<Act> newest(int limit) {
        return reader.many(connection -> Sql.query(
                connection,
                NEWEST,
                row -> new Act(
                        Instant.ofEpochMilli(Sql.number(row, 0)),
                        Sql.text(row, 1),
                        Sql.text(row, 2),
                        Sql.text(row, 3),
                        Sql.text(row, 4),
                        Sql.text(row, 5)),
                (long) limit));
    }
}
