package io.forebay.app;

import io.forebay.admin.SourceHealth;
import io.forebay.upstream.Origins;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The sources with their health, in the order they are declared. */
final class SourceTable {
    private static final Origins.Health NEW = new Origins.Health(false, 0, 0, 0, "");

    private SourceTable() {}

    static List<SourceHealth> of(Collection<Configuration.SourceOptions> sources, Map<String, Origins.Health> health) {
        return sources.stream()
                .map(options ->
                        row(options, health.getOrDefault(options.source().name(), NEW)))
                .toList();
    }

    private static SourceHealth row(Configuration.SourceOptions options, Origins.Health health) {
        return new SourceHealth(
                options.source().name(),
                options.source().url().toString(),
                health.open(),
                health.open() ? instant(health.retryAt()) : Optional.empty(),
                instant(health.lastSuccess()),
                instant(health.lastFailure()),
                health.lastError());
    }

    private static Optional<Instant> instant(long millis) {
        return millis == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }
}
