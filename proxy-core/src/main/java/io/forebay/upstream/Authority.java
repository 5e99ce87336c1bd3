package io.forebay.upstream;

import java.net.URI;
import java.util.Locale;

/**
 * Scheme, host and port: what an origin is (RFC 6454), with the default port written out.
 *
 * @param scheme {@code http} or {@code https}
 * @param host lower case; an IPv6 address in brackets
 */
record Authority(String scheme, String host, int port) {
    /**
     * The authority of a URL.
     *
     * @throws IllegalArgumentException when it is not an http or https URL of a host, or carries user information
     */
    static Authority of(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("is no http or https URL");
        }
        if (url.getHost() == null || url.getHost().isEmpty()) {
            throw new IllegalArgumentException("names no host");
        }
        if (url.getRawUserInfo() != null) {
            throw new IllegalArgumentException("carries user information");
        }
        int port = url.getPort() < 0 ? defaultPort(scheme) : url.getPort();
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("has no valid port");
        }
        return new Authority(scheme, url.getHost().toLowerCase(Locale.ROOT), port);
    }

    boolean secure() {
        return scheme.equals("https");
    }

    /** Value of the Host field. */
    String hostHeader() {
        return port == defaultPort(scheme) ? host : host + ":" + port;
    }

    @Override
    public String toString() {
        return scheme + "://" + hostHeader();
    }

    private static int defaultPort(String scheme) {
        return scheme.equals("https") ? 443 : 80;
    }
}
