package io.forebay.upstream;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How one source is reached.
 *
 * @param url the source's own URL; its authority is always allowed, and the only one that is told {@code credentials}
 * @param allowed bases ({@code scheme://host[:port]}) that links and redirects of this source may lead to, beside its own;
 *     a private or loopback address is reached only when it stands here or in {@code url}
 * @param caFile PEM certificates trusted for this source instead of the JVM's
 * @param clientKey shown to servers that ask for a certificate
 * @param proxy {@code http://[user:password@]host:port}; when empty, the environment's HTTP_PROXY, HTTPS_PROXY and NO_PROXY hold
 */
public record OriginOptions(
        URI url,
        List<URI> allowed,
        Optional<Credentials> credentials,
        Optional<Path> caFile,
        Optional<ClientKey> clientKey,
        Optional<URI> proxy) {
    public OriginOptions {
        allowed = List.copyOf(allowed);
    }

    /** A source of which nothing is known but where it is. */
    public static OriginOptions of(URI url) {
        return new OriginOptions(
                url, List.of(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Where nothing but the URLs may be printed: a proxy's URL may hold a password. */
    @Override
    public String toString() {
        return "OriginOptions[" + url.getHost() + "]";
    }

    /**
     * A client certificate, both parts PEM.
     *
     * @param certificates the certificate and what is between it and the root
     * @param key PKCS#8, not encrypted
     */
    public record ClientKey(Path certificates, Path key) {}
}
