package io.forebay.app;

import io.forebay.admin.Operations;
import io.forebay.catalog.SqlCatalog;
import io.forebay.repository.Repositories;
import io.forebay.store.BlobStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/**
 * Exports and imports of a running server.
 *
 * @param sources names of those that are configured
 */
record Transfers(
        SqlCatalog catalog, BlobStore store, Path data, Repositories repositories, Supplier<Set<String>> sources)
        implements Operations.Transfers {
    @Override
    public Flux<Object> export(Path directory, Optional<Duration> within, List<String> names) {
        return Export.run(catalog, store, data, directory, Export.sources(repositories.all(), names), within);
    }

    @Override
    public Flux<Object> take(Path directory) {
        return Import.run(catalog, store, directory, sources.get());
    }
}
