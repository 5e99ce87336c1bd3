package io.forebay.app;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
            description = "For a server elsewhere; default: the environment's FOREBAY_TOKEN.")
    private Optional<String> token = Optional.empty();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    boolean json() {
        return json;
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
        return new Remote(url.map(RemoteOptions::url).orElseGet(() -> local(environment)), secret);
    }

    private static URI url(String text) {
        try {
            return Type.url(text);
        } catch (IllegalArgumentException e) {
            throw new WrongUse("--url: \"" + text + "\" " + e.getMessage());
        }
    }

    /** An address that stands for every one is reached by the loopback's. */
    private URI local(Map<String, String> environment) {
        ListenAddress listen = configuration(environment).listen();
        String host = listen.host();
        boolean any = host.isEmpty() || host.equals("0.0.0.0") || host.equals("::") || host.equals("[::]");
        InetSocketAddress address = InetSocketAddress.createUnresolved(any ? "127.0.0.1" : host, listen.port());
        String name = address.getHostString();
        return URI.create("http://" + (name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name) + ":"
                + address.getPort());
    }
}
