package io.forebay.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that carry packages to a server without a way to the origins. */
final class TransferCommands {
    private static final int DAYS_MAX = 3_650;

    private TransferCommands() {}

    /** Out of here. */
    @Command(
            name = "export",
            description = {
                "Write what is held into DIR, for a Forebay that cannot reach the origins.",
                "Packages and index pages, each verified: plain files and SHA256SUMS. Into the directory of an earlier "
                        + "export only what it lacks is copied, and what this one does not name is removed. Works on a "
                        + "running server and on the data of a stopped one; DIR is on the server's machine."
            },
            mixinStandardHelpOptions = true)
    static final class Out extends UpkeepCommands.Either {
        @Option(
                names = "--days",
                paramLabel = "N",
                description = "Only what was used in the last N days; default: everything.")
        private Optional<Integer> days = Optional.empty();

        @Option(
                names = "--repository",
                paramLabel = "NAME",
                description = "Only what this repository serves; may be repeated. Default: all.")
        private List<String> repositories = new ArrayList<>();

        @Parameters(paramLabel = "DIR", description = "Empty, missing, or an earlier export.")
        private Path directory = Path.of("");

        Out(Surroundings surroundings) {
            super(surroundings);
        }

        @Override
        public void run() {
            if (days.filter(n -> n < 1 || n > DAYS_MAX).isPresent()) {
                throw new WrongUse("--days: must be 1 to " + DAYS_MAX);
            }
            Path target = directory.toAbsolutePath().normalize();
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("directory", target.toString());
            days.ifPresent(n -> body.put("days", n));
            body.put("repositories", repositories);
            print(run(
                    "/export",
                    body,
                    "export",
                    "bytes",
                    parts -> Export.run(
                            parts.database().catalog(),
                            parts.store(),
                            parts.directory().path(),
                            target,
                            Export.sources(new Parts(configuration()).repositories(), repositories),
                            days.map(Duration::ofDays))));
        }
    }

    /** In here. */
    @Command(
            name = "import",
            description = {
                "Take the export in DIR in, so that what it holds is served without asking an origin.",
                "All of it is verified before anything is changed; what is held already stays. Works on a running server and "
                        + "on the data of a stopped one; DIR is on the server's machine."
            },
            mixinStandardHelpOptions = true)
    static final class In extends UpkeepCommands.Either {
        @Parameters(paramLabel = "DIR", description = "Made by forebay export.")
        private Path directory = Path.of("");

        In(Surroundings surroundings) {
            super(surroundings);
        }

        @Override
        boolean makesData() {
            return true;
        }

        @Override
        public void run() {
            Path from = directory.toAbsolutePath().normalize();
            print(run(
                    "/import",
                    Map.of("directory", from.toString()),
                    "import",
                    "bytes",
                    parts -> Import.run(
                            parts.database().catalog(),
                            parts.store(),
                            from,
                            configuration().sources().keySet())));
        }
    }
}
