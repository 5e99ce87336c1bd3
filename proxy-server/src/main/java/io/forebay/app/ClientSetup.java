package io.forebay.app;

import io.forebay.app.Configuration.RepositoryOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What people paste into the settings of their installers.
 *
 * @param base URL by which clients reach the server, without a slash at its end
 * @param lines a heading, then one line for pip.conf, one for uv.toml, one for .Rprofile, as far as there is a repository
 */
record ClientSetup(String base, List<String> lines) {
    ClientSetup {
        lines = List.copyOf(lines);
    }

    static ClientSetup of(Configuration configuration, InetSocketAddress address) {
        String base = configuration
                .publicUrl()
                .map(Object::toString)
                .orElseGet(() -> base(configuration.tls().certificate().isPresent() ? "https" : "http", address));
        List<String> lines = new ArrayList<>();
        first(configuration, "pypi").ifPresent(name -> {
            String index = base + "/" + name + "/latest/simple/";
            lines.add("  pip.conf    [global] index-url = " + index);
            lines.add("  uv.toml     index = [{ url = \"" + index + "\", default = true }]");
        });
        List<String> r = new ArrayList<>();
        first(configuration, "cran").ifPresent(name -> r.add("repos = c(CRAN = \"" + base + "/" + name + "/latest\")"));
        first(configuration, "bioconductor").ifPresent(name -> {
            r.add("BioC_mirror = \"" + base + "/" + name + "/latest\"");
        });
        if (!r.isEmpty()) {
            lines.add("  .Rprofile   options(" + String.join(", ", r) + ")");
        }
        if (!lines.isEmpty()) {
            lines.add(0, "Point your installers here:");
        }
        return new ClientSetup(base, lines);
    }

    private static Optional<String> first(Configuration configuration, String type) {
        return configuration.repositories().values().stream()
                .filter(repository -> configuration
                        .source(repository.sources().get(0))
                        .source()
                        .type()
                        .equals(type))
                .map(RepositoryOptions::name)
                .findFirst();
    }

    private static String base(String scheme, InetSocketAddress address) {
        InetAddress bound = address.getAddress();
        String host = bound.isAnyLocalAddress() ? hostName() : bound.getHostAddress();
        return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "127.0.0.1";
        }
    }
}
