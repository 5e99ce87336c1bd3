package io.forebay.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option that says which configuration counts; the same for every command that needs one. */
final class ConfigurationOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration; else ./forebay.toml, else /etc/forebay/forebay.toml, else the defaults.")
    private Optional<Path> file = Optional.empty();

    ConfigurationReader.Read read(Map<String, String> environment, List<Setting> options) {
        return ConfigurationReader.read(
                file.isPresent() ? file : ConfigurationReader.defaultFile(), environment, options);
    }
}
