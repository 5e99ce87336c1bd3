package io.forebay.app;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Which server a command is about, and how it answers; the same for every command that has to do with one. */
final class RemoteOptions {
    @Mixin
    private ConfigurationOptions configurationOptions = new ConfigurationOptions();

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The running server; default: the address of the configuration, on this machine.")
    private Optional<String> url = Optional.empty();

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "Default: the environment's FOREBAY_TOKEN; on the server's machine what only its user may read.")
    private Optional<String> token = Optional.empty();

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "With --url https://...: the authorities to trust (PEM); default: those of the Java runtime.")
    private Optional<Path> ca = Optional.empty();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    boolean json() {
        return json;
    }

    /** The fields of a result: a line for each, or JSON. */
    void print(Surroundings surroundings, JsonNode result) {
        if (json) {
            surroundings.out().println(result);
        } else {
            result.properties().forEach(entry -> surroundings
                    .out()
                    .println("%-16s %s"
                            .formatted(
                                    entry.getKey().replace('_', ' '),
                                    entry.getValue().asString())));
        }
    }

    /** Whether a server was named: then its data directory is nobody's business. */
    boolean named() {
        return url.isPresent();
    }

    Configuration configuration(Map<String, String> environment) {
        return configurationOptions.read(environment, List.of()).configuration();
    }

    Remote remote(Map<String, String> environment) {
        Optional<String> secret = token.or(() -> Optional.ofNullable(environment.get("FOREBAY_TOKEN")))
                .filter(text -> !text.isBlank());
        if (secret.isPresent() && !secret.get().matches("[!-~]+")) {
            throw new WrongUse("--token: is not a token");
        }
        if (url.isPresent()) {
            Trust trust = ca.map(file -> Trust.authorities("--ca", file)).orElse(Trust.SYSTEM);
            return new Remote(url(url.get()), secret, trust);
        }
        if (ca.isPresent()) {
            throw new WrongUse("--ca: needs a --url; the server of the configuration is known by its certificate");
        }
        Configuration configuration = configuration(environment);
        return local(
                configuration,
                configuration.listen().port(),
                secret.or(() -> LocalToken.read(configuration.dataDir())));
    }

    private static URI url(String text) {
        try {
            return Type.url(text);
        } catch (IllegalArgumentException e) {
            throw new WrongUse("--url: \"" + text + "\" " + e.getMessage());
        }
    }

    /**
     * The server of the configuration, on this machine. An address that stands for every one is reached by the loopback's, whose
     * name no certificate needs to have: the configured certificate itself is what must be shown.
     *
     * @param port where it listens, which the configuration may have left to the system
     */
    static Remote local(Configuration configuration, int port, Optional<String> secret) {
        ListenAddress listen = configuration.listen();
        String host = listen.host();
        boolean any = host.isEmpty() || host.equals("0.0.0.0") || host.equals("::") || host.equals("[::]");
        InetSocketAddress address = InetSocketAddress.createUnresolved(any ? "127.0.0.1" : host, port);
        String name = address.getHostString();
        Optional<Path> certificate = configuration.tls().certificate();
        URI base = URI.create((certificate.isPresent() ? "https://" : "http://")
                + (name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name) + ":" + address.getPort());
        return new Remote(
                base,
                secret,
                certificate.map(file -> Trust.pinned("tls.certificate", file)).orElse(Trust.SYSTEM));
    }
}
