package io.forebay.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/** Has a running server fetch what files name, before anybody needs it. */
@Command(
        name = "warm",
        description = {
            "Have the running server fetch what FILEs name, before anybody needs it.",
            "requirements.txt (with hashes or without), uv.lock, poetry.lock, pylock.toml, renv.lock, or a list of names: name, "
                    + "name==version, repository/name. Locks hold all dependencies already. Of what is named without hashes all "
                    + "that it needs is fetched too, but for R packages with a version; of each need the newest version in its "
                    + "range, unless the files name it themselves. Without a version the newest is fetched."
        },
        mixinStandardHelpOptions = true)
final class WarmCommand implements Runnable {
    private final Surroundings surroundings;

    @Mixin
    private RemoteOptions options = new RemoteOptions();

    @Option(
            names = "--repository",
            paramLabel = "NAME",
            description =
                    "Of names that say nothing else; default: the first one of the ecosystem, Python's for a list.")
    private Optional<String> repository = Optional.empty();

    @Option(
            names = "--wheels",
            paramLabel = "REGEX",
            defaultValue = Warm.WHEELS,
            description =
                    "Which wheels, by file name; default: ${DEFAULT-VALUE}. The source distribution when none fits.")
    private String wheels = "";

    @Parameters(paramLabel = "FILE", arity = "1..*")
    private List<Path> files = new ArrayList<>();

    WarmCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        Remote remote = options.remote(surroundings.environment());
        Warm.Done done;
        try (ProgressBar lookUp = ProgressBar.on(surroundings.err(), "look up", "packages");
                ProgressBar fetch = ProgressBar.on(surroundings.err(), "fetch", "files")) {
            done = new Warm(remote, wheels, repository, new Bars(lookUp, fetch)).run(files, Files::readString);
        }
        report(done);
    }

    /** The second begins where the first ends. */
    private record Bars(ProgressBar lookUp, ProgressBar fetch) implements Warm.Watcher {
        @Override
        public void lookedUp(int packages, int total) {
            lookUp.at(packages, total);
        }

        @Override
        public void fetched(int files, int total) {
            lookUp.close();
            fetch.at(files, total);
        }
    }

    private void report(Warm.Done done) {
        if (options.json()) {
            surroundings.out().println(JsonMapper.builder().build().writeValueAsString(done.fields()));
        } else {
            surroundings
                    .out()
                    .println(done.packages() + " packages, " + done.files() + " files, " + done.bytes()
                            + " bytes are held now");
            done.failures().forEach(failure -> surroundings.err().println("forebay: " + failure));
        }
        if (!done.failures().isEmpty()) {
            throw new StartFailure(done.failures().size() + " of them could not be fetched");
        }
    }
}
