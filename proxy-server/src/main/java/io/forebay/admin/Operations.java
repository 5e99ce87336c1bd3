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
 * @param transfers carries what is held to a server without origins, and back in
 * @param configuration the settings in force, and what the files say now; reads files, so it blocks
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
        Transfers transfers,
        Warmings warmings,
        Supplier<Map<String, Object>> configuration) {
    /** Copies of everything: values of progress, the result as the last. */
    public interface Backups {
        /** Makes one while all is in use. Refuses a directory it cannot use with a {@link io.forebay.model.ForebayException}. */
        Flux<Object> run(Path directory);

        /** Copies one beside the data, to take its place at the next start. */
        Flux<Object> restore(Path directory);
    }

    /** Fetches what files name before anybody needs it: values of progress, the result as the last. */
    @FunctionalInterface
    public interface Warmings {
        /**
         * Fetches.
         *
         * @param texts of requirements, locks or lists, by the names of their files, which tell what they are
         * @param repository of names that say nothing else; empty for the first of the ecosystem
         * @param wheels which, by file name, as a regular expression; empty for the usual
         */
        Flux<Object> run(Map<String, String> texts, Optional<String> repository, Optional<String> wheels);
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
