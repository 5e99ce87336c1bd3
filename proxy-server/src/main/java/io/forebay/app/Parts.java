package io.forebay.app;

import io.forebay.cache.CacheOptions;
import io.forebay.ecosystem.Ecosystem;
import io.forebay.ecosystem.python.PythonEcosystem;
import io.forebay.ecosystem.r.REcosystem;
import io.forebay.http.ServerOptions;
import io.forebay.model.Source;
import io.forebay.model.TrustedProxies;
import io.forebay.policy.AccessPolicy;
import io.forebay.repository.Repository;
import io.forebay.upstream.Credentials;
import io.forebay.upstream.OriginOptions;
import io.forebay.upstream.UpstreamOptions;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** From the configuration to each room's own options. */
final class Parts {
    private final Configuration configuration;

    Parts(Configuration configuration) {
        this.configuration = configuration;
    }

    ServerOptions server() {
        Configuration.Http http = configuration.http();
        ListenAddress listen = configuration.listen();
        return new ServerOptions(
                socket(listen),
                http.headTimeout(),
                http.idleTimeout(),
                http.maxConnections(),
                http.maxConnectionsPerAddress(),
                Math.toIntExact(http.maxHeaderSize().bytes()),
                Math.toIntExact(http.maxTargetSize().bytes()),
                http.drainTimeout(),
                configuration.tls().certificate().flatMap(certificate -> configuration
                        .tls()
                        .key()
                        .map(key -> new ServerOptions.Tls(certificate, key))),
                proxies());
    }

    static InetSocketAddress socket(ListenAddress listen) {
        return listen.host().isEmpty()
                ? new InetSocketAddress(listen.port())
                : InetSocketAddress.createUnresolved(listen.host(), listen.port());
    }

    TrustedProxies proxies() {
        return TrustedProxies.of(configuration.http().trustedProxies());
    }

    int eventLoops() {
        int wanted = configuration.http().eventLoops();
        return wanted > 0 ? wanted : Runtime.getRuntime().availableProcessors();
    }

    CacheOptions cache() {
        Configuration.Cache cache = configuration.cache();
        return new CacheOptions(
                cache.indexTtl(),
                cache.staleWhileRevalidate(),
                CacheOptions.DEFAULTS.revalidationWait(),
                cache.staleIfError(),
                cache.notFoundTtl(),
                cache.failureTtl(),
                cache.memory().bytes(),
                cache.keepAbandoned().bytes(),
                configuration.upstream().retries(),
                CacheOptions.DEFAULTS.diskPatience(),
                new CacheOptions.Fetches(
                        configuration.http().maxFetches(),
                        configuration.http().maxWaitingFetches(),
                        configuration.http().fetchWait(),
                        configuration
                                .upstream()
                                .connectTimeout()
                                .plus(configuration.upstream().firstByteTimeout())));
    }

    /** The soft mark as a part of what the store may hold. */
    double softPart(long limitBytes) {
        long soft = configuration.upkeep().softLimit().of(limitBytes);
        return Math.min(1, Math.max(0.1, soft / (double) Math.max(1, limitBytes)));
    }

    UpstreamOptions upstream(String version) {
        Configuration.Upstream upstream = configuration.upstream();
        UpstreamOptions defaults = UpstreamOptions.defaults(version);
        return new UpstreamOptions(
                upstream.connectTimeout(),
                upstream.firstByteTimeout(),
                upstream.idleTimeout(),
                upstream.maxConnections(),
                defaults.maxPending(),
                defaults.pendingTimeout(),
                defaults.maxIdleTime(),
                upstream.maxRedirects(),
                defaults.maxHeaderBytes(),
                defaults.userAgent());
    }

    Map<String, OriginOptions> origins() {
        Map<String, OriginOptions> origins = new LinkedHashMap<>();
        configuration.sources().forEach((name, source) -> origins.put(name, origin(source)));
        return origins;
    }

    private static OriginOptions origin(Configuration.SourceOptions options) {
        Source source = options.source();
        List<URI> allowed = new ArrayList<>(source.fileHosts());
        source.datedUrl().ifPresent(url -> allowed.add(authority(url)));
        Optional<Credentials> credentials = Optional.empty();
        if (!options.username().isEmpty()) {
            credentials = Optional.of(
                    Credentials.basic(options.username(), options.password().value()));
        } else if (options.token().isPresent()) {
            credentials = Optional.of(Credentials.bearer(options.token().value()));
        }
        Optional<OriginOptions.ClientKey> clientKey = options.clientCertificate()
                .flatMap(certificate -> options.clientKey().map(key -> new OriginOptions.ClientKey(certificate, key)));
        Optional<URI> proxy = options.proxy().isPresent()
                ? Optional.of(URI.create(options.proxy().value()))
                : Optional.empty();
        return new OriginOptions(source.url(), allowed, credentials, options.ca(), clientKey, proxy);
    }

    private static URI authority(String template) {
        URI url = URI.create(template.replace("{date}", "2000-01-01"));
        return URI.create(url.getScheme() + "://" + url.getRawAuthority());
    }

    /** The sources that are enabled, in the order of their declaration. */
    List<Source> sources() {
        return configuration.sources().values().stream()
                .map(Configuration.SourceOptions::source)
                .toList();
    }

    AccessPolicy policy() {
        return AccessPolicy.of(configuration.rules());
    }

    List<Repository> repositories() {
        Ecosystem python = new PythonEcosystem();
        Ecosystem r = new REcosystem(!configuration.rules().isEmpty());
        List<Repository> repositories = new ArrayList<>();
        for (Configuration.RepositoryOptions options :
                configuration.repositories().values()) {
            List<Source> sources = options.sources().stream()
                    .map(name -> configuration.source(name).source())
                    .toList();
            Ecosystem ecosystem = REcosystem.TYPES.contains(sources.get(0).type()) ? r : python;
            repositories.add(new Repository(options.name(), options.description(), ecosystem, sources));
        }
        return repositories;
    }
}
