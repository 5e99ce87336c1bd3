package io.forebay.admin;

import io.forebay.cache.Eviction;
import io.forebay.cache.Upkeep;
import io.forebay.catalog.AuditLog;
import io.forebay.catalog.Tokens;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/**
 * What the API shows and does beside the cache itself; each part comes from who has it.
 *
 * @param figures of requests since the start, by name
 * @param backups copies everything into a directory: progress as values, the result as the last
 */
public record Operations(
        String version,
        Supplier<List<SourceHealth>> sources,
        Supplier<Map<String, Long>> figures,
        Upkeep upkeep,
        Eviction eviction,
        Tokens tokens,
        AuditLog auditLog,
        Backups backups) {
    /** Copies everything while it is in use. */
    @FunctionalInterface
    public interface Backups {
        /** Refuses a directory it cannot use with a {@link io.forebay.model.ForebayException}. */
        Flux<Object> run(Path directory);
    }
}
