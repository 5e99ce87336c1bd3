package io.forebay.admin;

import io.forebay.cache.Eviction;
import io.forebay.cache.Turns;
import io.forebay.cache.Upkeep;
import io.forebay.catalog.AuditLog;
import io.forebay.catalog.Tokens;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/**
 * What the API shows and does beside the cache itself; each part comes from who has it.
 *
 * @param figures of requests since the start, by name
 * @param turns of what reads the whole store
 * @param backups copies everything into a directory: progress as values, the result as the last
 * @param transfers carries what is held to a server without origins, and back in
 */
public record Operations(
        String version,
        Supplier<List<SourceHealth>> sources,
        Supplier<Map<String, Long>> figures,
        Upkeep upkeep,
        Eviction eviction,
        Turns turns,
        Tokens tokens,
        AuditLog auditLog,
        Backups backups,
        Transfers transfers) {
    /** Copies everything while it is in use. */
    @FunctionalInterface
    public interface Backups {
        /** Refuses a directory it cannot use with a {@link io.forebay.model.ForebayException}. */
        Flux<Object> run(Path directory);
    }

    /** What is held, carried from one server to another: values of progress, the result as the last. */
    public interface Transfers {
        /**
         * Writes an export.
         *
         * @param within only what was used in this time before now; empty for everything
         * @param repositories only what these serve; empty for all
         */
        Flux<Object> export(Path directory, Optional<Duration> within, List<String> repositories);

        /** Takes an export in. */
        Flux<Object> take(Path directory);
    }
}
