package io.forebay.app;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The proxy that the environment names for a URL, by the convention curl, pip and R follow: {@code HTTPS_PROXY} or {@code
 * HTTP_PROXY} by scheme, {@code ALL_PROXY} for both, {@code NO_PROXY} for exceptions; lower case counts first. {@code
 * HTTP_PROXY} in capitals is obeyed as well: there is no CGI here that a request could set it in.
 */
record ProxyVariables(Map<String, String> variables) {
    /** @param variable the one that named it */
    record Proxy(String variable, String url) {}

    Optional<Proxy> proxyOf(URI url) {
        if (excepted(url)) {
            return Optional.empty();
        }
        return first(url.getScheme() + "_proxy")
                .or(() -> first("all_proxy"))
                .map(found ->
                        found.url().contains("://") ? found : new Proxy(found.variable(), "http://" + found.url()));
    }

    private Optional<Proxy> first(String name) {
        for (String variable : List.of(name, name.toUpperCase(Locale.ROOT))) {
            String value = variables.getOrDefault(variable, "").strip();
            if (!value.isEmpty()) {
                return Optional.of(new Proxy(variable, value));
            }
        }
        return Optional.empty();
    }

    /** An entry is a host, a domain with all below it, or {@code *}; with a port it counts for that port only. */
    private boolean excepted(URI url) {
        String list = first("no_proxy").map(Proxy::url).orElse("");
        String host = url.getHost().toLowerCase(Locale.ROOT);
        int port = url.getPort() >= 0 ? url.getPort() : url.getScheme().equals("https") ? 443 : 80;
        for (String item : list.split(",")) {
            String entry = item.strip().toLowerCase(Locale.ROOT);
            if (entry.endsWith(":" + port)) {
                entry = entry.substring(0, entry.lastIndexOf(':'));
            }
            String domain = entry.startsWith(".") ? entry : "." + entry;
            if (entry.equals("*") || (!entry.isEmpty() && (host.equals(entry) || host.endsWith(domain)))) {
                return true;
            }
        }
        return false;
    }
}
