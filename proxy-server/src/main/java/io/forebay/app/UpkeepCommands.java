package io.forebay.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands that a running server does by its API, and that are done on the data directory of a stopped one. */
final class UpkeepCommands {
    private UpkeepCommands() {}

    /** Here or there. */
    abstract static class Either implements Runnable {
        private final Surroundings surroundings;

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private CommandSpec command;

        @Mixin
        private RemoteOptions options = new RemoteOptions();

        Either(Surroundings surroundings) {
            this.surroundings = surroundings;
        }

        JsonNode run(
                String path,
                Map<String, ?> body,
                String label,
                String unit,
                Function<Stopped.Parts, Flux<Object>> here) {
            Optional<String> json = body.isEmpty()
                    ? Optional.empty()
                    : Optional.of(JsonMapper.builder().build().writeValueAsString(body));
            try (ProgressBar bar = ProgressBar.on(surroundings.err(), label, unit)) {
                try {
                    return options.remote(surroundings.environment())
                            .run(
                                    path,
                                    json,
                                    value -> bar.at(
                                            value.path("done").asLong(0),
                                            value.path("total").asLong(0)));
                } catch (Remote.NotRunning e) {
                    if (options.named()) {
                        throw e;
                    }
                    Configuration configuration = configuration();
                    if (!makesData() && !Files.isDirectory(configuration.dataDir())) {
                        throw new WrongUse(
                                "no server answers, and data-dir " + configuration.dataDir() + " is no directory");
                    }
                    Ownership.check(configuration.dataDir(), command.qualifiedName());
                    return new Stopped(configuration).run(here, bar);
                }
            }
        }

        /** Whether the data directory of a server that never ran is made. */
        boolean makesData() {
            return false;
        }

        /** That of the data directory, when the server does not run. */
        Configuration configuration() {
            return options.configuration(surroundings.environment());
        }

        void print(JsonNode result) {
            options.print(surroundings, result);
        }
    }

    /** Hashes everything. */
    @Command(
            name = "verify",
            description = {
                "Hash every stored file, compare files with the database, repair what can be repaired.",
                "What is damaged is removed, told in the quarantine, and fetched again when it is asked for. Exit status 1 "
                        + "when anything was damaged or lost. Works on a running server and on the data of a stopped one."
            },
            mixinStandardHelpOptions = true)
    static final class Verify extends Either {
        Verify(Surroundings surroundings) {
            super(surroundings);
        }

        @Override
        public void run() {
            JsonNode result = run(
                    "/verify",
                    Map.of(),
                    "verify",
                    "files",
                    parts -> Flux.create(sink -> parts.upkeep()
                            .verify((done, total) -> sink.next(Map.of("done", done, "total", total)))
                            .subscribe(
                                    verified -> sink.next(Map.of("result", verified)), sink::error, sink::complete)));
            print(result);
            long wrong =
                    result.path("damaged").asLong(0) + result.path("lost_rows").asLong(0);
            if (wrong > 0) {
                throw new StartFailure(wrong + " stored files were damaged or lost and are no longer known");
            }
        }
    }

    /** Collects garbage. */
    @Command(
            name = "gc",
            description = {
                "Remove what nothing names, and thin the history of index pages.",
                "Works on a running server and on the data of a stopped one; a running one does it once a day by itself."
            },
            mixinStandardHelpOptions = true)
    static final class Collect extends Either {
        Collect(Surroundings surroundings) {
            super(surroundings);
        }

        @Override
        public void run() {
            print(run(
                    "/gc",
                    Map.of(),
                    "gc",
                    "files",
                    parts -> Flux.create(sink -> parts.upkeep()
                            .collect(done -> sink.next(Map.of("done", done)))
                            .subscribe(
                                    collected -> sink.next(Map.of("result", collected)),
                                    sink::error,
                                    sink::complete))));
        }
    }

    /** Copies everything away. */
    @Command(
            name = "backup",
            description = {
                "Copy everything into DIR while the server serves.",
                "DIR is made by the server, on its machine. Into the directory of an earlier backup only what has changed "
                        + "is copied. On the same file system files are linked, not copied: such a backup survives a "
                        + "deletion, not the disk. A PostgreSQL database is not copied: use pg_dump."
            },
            mixinStandardHelpOptions = true)
    static final class Save extends Either {
        @Parameters(paramLabel = "DIR", description = "Empty, missing, or an earlier backup.")
        private Path directory = Path.of("");

        Save(Surroundings surroundings) {
            super(surroundings);
        }

        @Override
        public void run() {
            Path target = directory.toAbsolutePath().normalize();
            print(run(
                    "/backup",
                    Map.of("directory", target.toString()),
                    "backup",
                    "bytes",
                    parts -> Backup.run(parts.database(), parts.directory().path(), target)));
        }
    }
}
