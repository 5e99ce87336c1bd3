package io.forebay.app;

import io.forebay.admin.Operations;
import java.nio.file.Path;
import reactor.core.publisher.Flux;

/** Backups of a running server, and what it is to begin with at its next start. */
record Backups(Database database, Path data) implements Operations.Backups {
    @Override
    public Flux<Object> run(Path directory) {
        return Backup.run(database, data, directory);
    }

    @Override
    public Flux<Object> restore(Path directory) {
        return StagedRestore.stage(directory, data);
    }
}
