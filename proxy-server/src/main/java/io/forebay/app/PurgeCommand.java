package io.forebay.app;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Makes a running server forget. */
@Command(
        name = "purge",
        description = {
            "Make the running server forget a path or a package, so that it is fetched anew.",
            "With a slash in it the second word is a path within the repository, else the name of a package. Of an index page "
                    + "the newest revision goes; what was seen before stays for dated URLs."
        },
        mixinStandardHelpOptions = true)
final class PurgeCommand implements Runnable {
    private final Surroundings surroundings;

    @Mixin
    private RemoteOptions options = new RemoteOptions();

    @Parameters(index = "0", paramLabel = "REPOSITORY", description = "Its name.")
    private String repository = "";

    @Parameters(index = "1", paramLabel = "PATH|PACKAGE", description = "simple/flask/, or flask")
    private String what = "";

    PurgeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        String path = what.startsWith("/") ? what.substring(1) : what;
        if (path.isBlank() || repository.isBlank() || repository.contains("/")) {
            throw new WrongUse("purge needs the name of a repository, and a path in it or a package");
        }
        JsonNode purged = options.remote(surroundings.environment())
                .api("DELETE", "/repositories/" + encoded(repository) + "/" + encoded(path))
                .path("purged");
        if (options.json()) {
            surroundings.out().println(purged);
        } else {
            purged.forEach(key -> surroundings.out().println(key.asString("")));
            surroundings.out().println(purged.size() + " forgotten");
        }
    }

    private static String encoded(String path) {
        return Arrays.stream(path.split("/", -1))
                .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }
}
