package io.forebay.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Shows the configuration in force: every key, its value, and who set it. */
@Command(
        name = "check-config",
        description = "Check the configuration and show every value with its origin.",
        mixinStandardHelpOptions = true)
final class CheckConfigCommand implements Runnable {
    private final Surroundings surroundings;

    @Mixin
    private ConfigurationOptions configurationOptions = new ConfigurationOptions();

    @Option(names = "--json", description = "Print JSON, the problem included if there is one.")
    private boolean json;

    CheckConfigCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        PrintWriter out = surroundings.out();
        try {
            ConfigurationReader.Read read = configurationOptions.read(surroundings.environment(), List.of());
            Server.checkTls(read.configuration());
            if (json) {
                out.println(json(read).toPrettyString());
            } else {
                read.warnings().forEach(surroundings.err()::println);
                text(read).forEach(out::println);
            }
        } catch (ConfigurationException e) {
            if (json) {
                out.println(new JsonMapper()
                        .createObjectNode()
                        .put("problem", e.getMessage())
                        .toPrettyString());
            }
            throw e;
        }
    }

    /** TOML again: it can be pasted into a file, but for the secrets. */
    private static List<String> text(ConfigurationReader.Read read) {
        return read.configuration().explained().stream()
                .map(line -> "%-60s # %s"
                        .formatted(
                                line.setting().path() + " = " + line.setting().toml(line.key()),
                                line.setting().from()))
                .toList();
    }

    private static ObjectNode json(ConfigurationReader.Read read) {
        JsonMapper mapper = new JsonMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("file", read.file().map(Path::toString).orElse(null));
        root.set(
                "settings",
                mapper.valueToTree(Configured.settings(read.configuration().explained())));
        ArrayNode warnings = root.putArray("warnings");
        read.warnings().forEach(warnings::add);
        return root;
    }
}
