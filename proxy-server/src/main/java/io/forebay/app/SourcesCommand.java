package io.forebay.app;

import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** How the sources do. */
@Command(
        name = "sources",
        description = "Show the health of the running server's sources.",
        mixinStandardHelpOptions = true)
final class SourcesCommand implements Runnable {
    private final Surroundings surroundings;

    @Mixin
    private RemoteOptions options = new RemoteOptions();

    SourcesCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        JsonNode sources = options.remote(surroundings.environment()).api("GET", "/sources");
        if (options.json()) {
            surroundings.out().println(sources);
        } else {
            print(sources, surroundings.out());
        }
    }

    static void print(JsonNode sources, PrintWriter out) {
        for (JsonNode source : sources) {
            String health = source.path("open").asBoolean(false)
                    ? "left alone until " + source.path("retry_at").asString("?")
                    : "asked";
            out.println("%-16s %s  %s, last success %s, last failure %s%s"
                    .formatted(
                            source.path("name").asString(""),
                            source.path("url").asString(""),
                            health,
                            source.path("last_success").asString("never"),
                            source.path("last_failure").asString("never"),
                            source.path("last_error").asString("").isEmpty()
                                    ? ""
                                    : ": " + source.path("last_error").asString("")));
        }
    }
}
