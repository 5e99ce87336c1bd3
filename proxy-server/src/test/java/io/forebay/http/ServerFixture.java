package io.forebay.http;

import io.forebay.cache.CacheOptions;
import io.forebay.cache.PackageCache;
import io.forebay.catalog.CatalogOptions;
import io.forebay.catalog.SqlCatalog;
import io.forebay.ecosystem.python.PythonEcosystem;
import io.forebay.ecosystem.r.REcosystem;
import io.forebay.model.Exchange;
import io.forebay.model.Source;
import io.forebay.policy.AccessPolicy;
import io.forebay.repository.Repositories;
import io.forebay.repository.Repository;
import io.forebay.store.DiskBlobStore;
import io.forebay.store.StoreOptions;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.upstream.HttpOrigins;
import io.forebay.upstream.OriginOptions;
import io.forebay.upstream.Origins;
import io.forebay.upstream.UpstreamOptions;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * A server in this process with real parts: store and SQLite in a directory, one scripted origin on 127.0.0.1 that is {@code
 * cran}, {@code pypi} and {@code private}. Repositories: {@code cran}, {@code pypi}, and {@code team}, which asks {@code private}
 * before {@code pypi}. The clock is the test's.
 */
final class ServerFixture implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    final ScriptedOrigin origin = ScriptedOrigin.start();
    final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-10T12:00:00Z"));
    final List<Exchange> exchanges = new CopyOnWriteArrayList<>();
    final PackageCache cache;
    final SqlCatalog catalog;
    final InetSocketAddress address;
    private final DiskBlobStore store;
    private final ConnectionPool reads;
    private final Origins origins;
    private final LoopResources loops = LoopResources.create("http-test", 2, true);
    private final ProxyServer server;

    private ServerFixture(Path directory, ServerOptions options, AccessPolicy policy) {
        createDirectories(directory);
        store = DiskBlobStore.open(StoreOptions.in(directory.resolve("store")));
        ConnectionFactory database = ConnectionFactories.get(
                "r2dbc:sqlite:///" + directory.resolve("catalog.db").toAbsolutePath() + "?journalMode=WAL");
        reads = new ConnectionPool(ConnectionPoolConfiguration.builder(database)
                .initialSize(0)
                .maxSize(4)
                .build());
        catalog = SqlCatalog.open(reads, database, CatalogOptions.DEFAULTS).block(PATIENCE);
        OriginOptions everything = OriginOptions.of(origin.url(""));
        origins = HttpOrigins.create(
                UpstreamOptions.defaults("test"),
                Map.of("cran", everything, "pypi", everything, "private", everything));
        CacheOptions defaults = CacheOptions.DEFAULTS;
        CacheOptions quick = new CacheOptions(
                defaults.indexTtl(),
                defaults.staleWhileRevalidate(),
                defaults.revalidationWait(),
                defaults.staleIfError(),
                defaults.notFoundTtl(),
                defaults.failureTtl(),
                defaults.memoryBytes(),
                defaults.keepAbandonedBytes(),
                1,
                defaults.diskPatience(),
                defaults.fetches());
        cache = new PackageCache(store, catalog, origins, quick, now::get);
        server = new ProxyServer(
                options.withListen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                repositories(),
                policy,
                cache,
                (request, response, principal) -> {
                    principal.accept("token ci");
                    return response.sendString(Mono.just("own page"));
                },
                exchanges::add,
                loops,
                now::get);
        address = server.start().block(PATIENCE);
    }

    static ServerFixture in(Path directory) {
        return in(directory, ServerOptions.DEFAULTS, AccessPolicy.OPEN);
    }

    static ServerFixture in(Path directory, ServerOptions options, AccessPolicy policy) {
        return new ServerFixture(directory, options, policy);
    }

    private static void createDirectories(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Repositories repositories() {
        Source cran = source("cran", "cran", "/cran");
        Source pypi = source("pypi", "pypi", "/pypi");
        Source own = source("private", "pypi", "/private");
        return new Repositories(List.of(
                new Repository("cran", "", new REcosystem(), List.of(cran)),
                new Repository("pypi", "", new PythonEcosystem(), List.of(pypi)),
                new Repository("team", "", new PythonEcosystem(), List.of(own, pypi))));
    }

    private Source source(String name, String type, String base) {
        return new Source(name, type, origin.url(base), List.of(origin.url("")), Optional.empty());
    }

    URI url(String target) {
        return URI.create("http://127.0.0.1:" + address.getPort() + target);
    }

    RawClient connect() {
        return RawClient.connect(address);
    }

    /** Asks over a connection of its own, with no more than Host. */
    RawClient.Answer get(String target, String... fields) {
        try (RawClient client = connect()) {
            return client.ask("GET", target, fields);
        }
    }

    RawClient.Answer head(String target, String... fields) {
        try (RawClient client = connect()) {
            return client.ask("HEAD", target, fields);
        }
    }

    /** Waits until what was fetched is stored. */
    void awaitLanded() {
        await("flights", () -> cache.flights() == 0);
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(2);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public void close() {
        server.close();
        origin.close();
        cache.close();
        origins.close();
        catalog.close();
        reads.disposeLater().block(PATIENCE);
        store.close();
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block(PATIENCE);
    }
}
