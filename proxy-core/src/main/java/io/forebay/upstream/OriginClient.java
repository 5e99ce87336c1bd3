package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLException;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/**
 * One source's own way to its origins: which authorities it may ask, with what certificates, credentials and proxy. Immutable
 * but for its {@link #meter}; another one takes its place when the source changes.
 */
final class OriginClient {
    /** Bytes of one stream that may lie unread: the memory a slow reader can hold. */
    private static final int STREAM_WINDOW_BYTES = 512 * 1024;

    private final String source;
    private final Authority own;
    private final Optional<Credentials> credentials;
    private final Map<Authority, HttpClient> pooled;
    private final Map<Authority, HttpClient> fresh;
    private final Meter meter;

    /**
     * A source's client.
     *
     * @param pooledBase shares connections; every other setting is equal to {@code freshBase}'s, which shares none
     * @param meter outlives the client: it counts for the source's name
     * @throws IllegalArgumentException with the key, when an option cannot be used
     */
    OriginClient(
            String source,
            OriginOptions origin,
            UpstreamOptions options,
            Map<String, String> environment,
            HttpClient pooledBase,
            HttpClient freshBase,
            Meter meter) {
        this.source = source;
        this.meter = meter;
        this.own = authority(source, "url", origin.url());
        this.credentials = origin.credentials();
        Set<Authority> reachable = new TreeSet<>((a, b) -> a.toString().compareTo(b.toString()));
        reachable.add(own);
        origin.allowed().forEach(base -> reachable.add(authority(source, "file-hosts", base)));

        HttpClient negotiating = pooledBase
                .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
                .http2Settings(settings ->
                        settings.initialWindowSize(STREAM_WINDOW_BYTES).maxHeaderListSize(options.maxHeaderBytes()));
        boolean tls = reachable.stream().anyMatch(Authority::secure);
        HttpClient pooledTls =
                tls ? secured(negotiating, Http2SslContextSpec.forClient(), origin, options) : pooledBase;
        HttpClient freshTls = tls ? secured(freshBase, Http11SslContextSpec.forClient(), origin, options) : freshBase;
        Map<Authority, HttpClient> pools = new HashMap<>();
        Map<Authority, HttpClient> singles = new HashMap<>();
        try {
            ProxyChoice proxy = new ProxyChoice(origin.proxy(), environment);
            for (Authority authority : reachable) {
                pools.put(
                        authority,
                        proxy.apply(
                                bounded(authority, authority.secure() ? pooledTls : pooledBase), authority, options));
                singles.put(
                        authority,
                        proxy.apply(bounded(authority, authority.secure() ? freshTls : freshBase), authority, options));
            }
        } catch (IllegalArgumentException e) {
            throw wrong(source, "proxy", e);
        }
        this.pooled = Map.copyOf(pools);
        this.fresh = Map.copyOf(singles);
    }

    String source() {
        return source;
    }

    Meter meter() {
        return meter;
    }

    /** Every authority the source may ask. */
    Set<Authority> authorities() {
        return pooled.keySet();
    }

    /** Whether the source may ask a URL. */
    boolean admits(URI url) {
        try {
            return pooled.containsKey(Authority.of(url));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * The authority of a URL that may be asked.
     *
     * @throws ForebayException of kind {@code ORIGIN_INVALID} when the source does not list it
     */
    Authority admit(URI url) {
        Authority authority;
        try {
            authority = Authority.of(url);
        } catch (IllegalArgumentException e) {
            throw ForebayException.originInvalid("A link or redirect of source " + source + " " + e.getMessage());
        }
        if (!pooled.containsKey(authority)) {
            throw ForebayException.originInvalid(
                    "Source " + source + " leads to " + authority + ", which is not among its file-hosts");
        }
        return authority;
    }

    /** A client whose connections are used again. */
    HttpClient pooled(Authority authority) {
        return of(pooled, authority);
    }

    /** A client that opens a connection for each request. */
    HttpClient fresh(Authority authority) {
        return of(fresh, authority);
    }

    /** Value of the Authorization field, for the source's own authority only. */
    Optional<String> authorization(Authority authority) {
        return authority.equals(own) ? credentials.map(Credentials::authorization) : Optional.empty();
    }

    private static HttpClient bounded(Authority authority, HttpClient client) {
        return client.resolvedAddressesSelector((config, resolved) -> ReachableAddresses.of(authority, resolved));
    }

    private static HttpClient of(Map<Authority, HttpClient> clients, Authority authority) {
        HttpClient client = clients.get(authority);
        if (client == null) {
            throw new IllegalStateException("not admitted: " + authority);
        }
        return client;
    }

    private HttpClient secured(
            HttpClient client,
            GenericSslContextSpec<SslContextBuilder> context,
            OriginOptions origin,
            UpstreamOptions options) {
        origin.caFile().ifPresent(file -> readable("ca", file));
        origin.clientKey().ifPresent(key -> {
            readable("client-certificate", key.certificates());
            readable("client-key", key.key());
        });
        try {
            context.configure(builder -> {
                // Java's own engine even where BoringSSL is there for the server: its contexts are not counted and need
                // no
                // release.
                builder.sslProvider(SslProvider.JDK)
                        .protocols("TLSv1.3", "TLSv1.2")
                        .endpointIdentificationAlgorithm("HTTPS");
                origin.caFile().ifPresent(file -> builder.trustManager(file.toFile()));
                origin.clientKey()
                        .ifPresent(key -> builder.keyManager(
                                key.certificates().toFile(), key.key().toFile()));
            });
            context.sslContext();
        } catch (SSLException | IllegalArgumentException e) {
            throw wrong(source, origin.caFile().isPresent() ? "ca" : "client-certificate", e);
        }
        return client.secure(spec -> spec.sslContext(context).handshakeTimeout(options.connectTimeout()));
    }

    private void readable(String key, Path file) {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException("sources." + source + "." + key + ": " + file + " cannot be read");
        }
    }

    private static Authority authority(String source, String key, URI url) {
        try {
            return Authority.of(url);
        } catch (IllegalArgumentException e) {
            throw wrong(source, key, e);
        }
    }

    private static IllegalArgumentException wrong(String source, String key, Exception cause) {
        return new IllegalArgumentException("sources." + source + "." + key + ": " + cause.getMessage(), cause);
    }
}
