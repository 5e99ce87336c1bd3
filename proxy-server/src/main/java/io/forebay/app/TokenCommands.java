package io.forebay.app;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a caller of the API from elsewhere shows. */
@Command(
        name = "token",
        description = {
            "Make, list and revoke tokens, with which the API is called from elsewhere.",
            "On the server's own machine none is needed."
        },
        mixinStandardHelpOptions = true)
final class TokenCommands implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec command;

    @Override
    public void run() {
        throw new ParameterException(command.commandLine(), "create, list or revoke is missing");
    }

    /** Makes one. */
    @Command(
            name = "create",
            description = {
                "Make a token and print it, this once.",
                "Only on the server's own machine. The server keeps no more than a hash of it."
            },
            mixinStandardHelpOptions = true)
    static final class Create implements Runnable {
        private final Surroundings surroundings;

        @Mixin
        private RemoteOptions options = new RemoteOptions();

        @Option(
                names = "--scope",
                paramLabel = "SCOPE",
                description = "read (see) or admin (change as well); default: read.")
        private String scope = "read";

        @Option(names = "--days", paramLabel = "N", description = "How long it holds; default: 90.")
        private Optional<Integer> days = Optional.empty();

        @Parameters(paramLabel = "NAME", description = "Whose it is, or what for; the audit log tells it.")
        private String name = "";

        Create(Surroundings surroundings) {
            this.surroundings = surroundings;
        }

        @Override
        public void run() {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("name", name);
            body.put("scope", scope);
            days.ifPresent(n -> body.put("days", n));
            JsonNode made = options.remote(surroundings.environment())
                    .api(
                            "POST",
                            "/tokens",
                            Optional.of(JsonMapper.builder().build().writeValueAsString(body)));
            options.print(surroundings, made);
        }
    }

    /** Shows them. */
    @Command(name = "list", description = "Show the tokens, without their secrets.", mixinStandardHelpOptions = true)
    static final class Show implements Runnable {
        private final Surroundings surroundings;

        @Mixin
        private RemoteOptions options = new RemoteOptions();

        Show(Surroundings surroundings) {
            this.surroundings = surroundings;
        }

        @Override
        public void run() {
            JsonNode tokens = options.remote(surroundings.environment()).api("GET", "/tokens");
            if (options.json()) {
                surroundings.out().println(tokens);
                return;
            }
            Instant now = Instant.now();
            for (JsonNode token : tokens) {
                String expires = token.path("expires").asString("");
                surroundings
                        .out()
                        .println("%-14s %-6s %s %s  %s"
                                .formatted(
                                        token.path("id").asString(""),
                                        token.path("scope").asString(""),
                                        Instant.parse(expires).isAfter(now) ? "until" : "ended",
                                        expires,
                                        token.path("name").asString("")));
            }
        }
    }

    /** Ends one. */
    @Command(name = "revoke", description = "End a token at once.", mixinStandardHelpOptions = true)
    static final class Revoke implements Runnable {
        private final Surroundings surroundings;

        @Mixin
        private RemoteOptions options = new RemoteOptions();

        @Parameters(paramLabel = "ID", description = "As forebay token list shows it.")
        private String id = "";

        Revoke(Surroundings surroundings) {
            this.surroundings = surroundings;
        }

        @Override
        public void run() {
            if (!id.matches("[A-Za-z0-9]+")) {
                throw new WrongUse("\"" + id + "\" is no token's id; forebay token list shows them");
            }
            options.print(
                    surroundings, options.remote(surroundings.environment()).api("DELETE", "/tokens/" + id));
        }
    }
}
