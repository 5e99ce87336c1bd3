package io.forebay.app;

import io.forebay.store.StoreCopy;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Puts a backup into an empty data directory. */
@Command(
        name = "restore",
        description = {
            "Put the backup in DIR into the data directory, which must be new.",
            "The server must not run. Nothing of an existing data directory is ever overwritten."
        },
        mixinStandardHelpOptions = true)
final class RestoreCommand implements Runnable {
    private final Surroundings surroundings;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec command;

    @Mixin
    private ConfigurationOptions configurationOptions = new ConfigurationOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Parameters(paramLabel = "DIR", description = "Made by forebay backup.")
    private Path backup = Path.of("");

    RestoreCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        Path data = configurationOptions
                .read(surroundings.environment(), List.of())
                .configuration()
                .dataDir();
        Backup.refuse(backup, data);
        Ownership.check(data, command.qualifiedName());
        try (DataDirectory directory = DataDirectory.open(data);
                ProgressBar bar = ProgressBar.on(surroundings.err(), "restore", "bytes")) {
            StoreCopy.Copied copied = Backup.restore(backup, directory.path(), bytes -> bar.at(bytes, 0));
            surroundings
                    .out()
                    .println(
                            json
                                    ? "{\"files\":" + copied.files() + ",\"bytes\":" + copied.bytes() + "}"
                                    : "restored " + copied.files() + " files, " + copied.bytes() + " bytes into "
                                            + directory.path());
        }
    }
}
