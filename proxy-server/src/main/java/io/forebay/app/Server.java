package io.forebay.app;

import io.forebay.admin.Api;
import io.forebay.admin.LocalAccess;
import io.forebay.admin.Operations;
import io.forebay.admin.Site;
import io.forebay.cache.Eviction;
import io.forebay.cache.PackageCache;
import io.forebay.cache.Scrub;
import io.forebay.cache.Turns;
import io.forebay.cache.Upkeep;
import io.forebay.catalog.Catalog;
import io.forebay.catalog.SqlCatalog;
import io.forebay.http.PlainRedirect;
import io.forebay.http.ProxyServer;
import io.forebay.http.ServerOptions;
import io.forebay.model.Exchange;
import io.forebay.model.Exchanges;
import io.forebay.observe.AccessLine;
import io.forebay.observe.AccessLog;
import io.forebay.observe.EventLoopLag;
import io.forebay.observe.EventLoopWatchdog;
import io.forebay.observe.Health;
import io.forebay.observe.Metrics;
import io.forebay.observe.Recent;
import io.forebay.policy.AccessPolicy;
import io.forebay.repository.Repositories;
import io.forebay.store.BlobStore;
import io.forebay.store.DiskBlobStore;
import io.forebay.store.StoreException;
import io.forebay.store.StoreOptions;
import io.forebay.upstream.HttpOrigins;
import io.netty.channel.unix.Errors;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/** The running program: everything there is, joined. What was opened last is closed first. */
final class Server implements RunningServer {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    /** From memory; at 1 GB/s a store of 20 GB goes from the soft mark to the hard one in as long. */
    private static final Duration EVICTION_LOOKS = Duration.ofSeconds(1);

    /** A start has better things to do than to read everything. */
    private static final Duration SCRUB_AFTER = Duration.ofMinutes(5);

    /** With less, nothing but small bodies finds room. */
    private static final long DISK_FREE_MIN = 1L << 20;

    /** A signal has no address; only processes of this machine can send one. */
    private static final String SIGNALLED_FROM = "this machine";

    /** A database that stands still does not keep a reload. */
    private static final Duration AUDIT_MAX = Duration.ofSeconds(5);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final InetSocketAddress address;
    private final BlobStore store;
    private final SqlCatalog catalog;
    private final LoopResources loops;
    private final Optional<AccessLog> accessLog;
    private final Repositories repositories;
    private final HttpOrigins origins;
    private final PackageCache cache;
    private final Metrics metrics;
    private final Instruments instruments;
    private final ProxyServer server;
    private final Configuration configuration;
    private volatile Configuration routes;

    private Server(Configured configured, Path directory, Map<String, String> environment) {
        configuration = configured.configuration();
        Parts parts = new Parts(configuration);
        routes = configuration;
        checkTls(configuration);
        StagedRestore.take(directory);
        CleanMark mark = new CleanMark(directory);
        boolean unclean = !mark.take();
        opened.push(mark::set);
        store = opened(store(configuration, directory));
        Database database = opened(Database.open(configuration.database(), directory, store, unclean));
        catalog = database.catalog();
        loops = LoopResources.create("http", parts.eventLoops(), true);
        opened.push(loops::dispose);
        origins = opened(origins(parts, environment));
        cache = opened(new PackageCache(store, catalog, origins, parts.cache(), InstantSource.system()));
        Upkeep upkeep = new Upkeep(store, catalog, configuration.upkeep().keepRevisions(), InstantSource.system());
        Eviction eviction = opened(new Eviction(
                store, catalog, parts.softPart(store.room().limitBytes()), EVICTION_LOOKS, InstantSource.system()));
        Scrub scrub =
                opened(new Scrub(store, upkeep, configuration.upkeep().scrub().bytes(), SCRUB_AFTER));
        Turns turns = new Turns("verify, gc, backup, restore, export or import");
        opened(new Chores(upkeep, catalog, configuration.upkeep().usageRetention(), turns, Schedulers.parallel()));
        AccessPolicy policy = parts.policy();
        repositories = new Repositories(parts.repositories());
        metrics = new Metrics(configuration.repositories().keySet());
        Tally tally = new Tally();
        Recent recent = new Recent(InstantSource.system());
        Exchanges exchanges = metrics.and(recent).and(uses(catalog)).and(tally);
        accessLog = configuration.log().access()
                ? Optional.of(opened(new AccessLog(
                        new FileOutputStream(FileDescriptor.out),
                        accessLine(configuration.log().accessLine()))))
                : Optional.empty();
        if (accessLog.isPresent()) {
            exchanges = exchanges.and(accessLog.get());
        }
        Site site = opened(new Site(
                repositories,
                catalog,
                catalog.inventory(),
                store,
                cache,
                new LiveFigures(
                        recent, origins, () -> new Parts(routes).sources(), eviction, quota(configuration, directory)),
                configuration.publicUrl(),
                parts.proxies(),
                Forebay.version(),
                InstantSource.system()));
        Operations operations = new Operations(
                Forebay.version(),
                () -> SourceTable.of(routes.sources().values(), origins.health()),
                tally::figures,
                upkeep,
                eviction,
                turns,
                catalog.tokens(),
                catalog.auditLog(),
                new Backups(database, directory),
                new Transfers(catalog, store, directory, repositories, () -> routes.sources()
                        .keySet()),
                new Warmings(this::self),
                configured::report);
        LocalToken local = opened(LocalToken.create(directory));
        Health health = health(store, catalog);
        OwnPages pages = new OwnPages(
                health,
                metrics,
                site,
                new Api(
                        repositories,
                        catalog,
                        store,
                        cache,
                        operations,
                        parts.proxies(),
                        new LocalAccess(configuration.loopbackAdministers(), local.secret())));
        EventLoopLag lag = opened(new EventLoopLag(loops.onServer(true)));
        instruments = new Instruments(metrics, recent, health);
        instruments.bind(store, catalog, cache, origins, eviction, scrub, lag);
        accessLog.ifPresent(log ->
                metrics.counter("access.log.dropped.lines", "Lines the access log had no room for.", log::dropped));
        metrics.gauge("fetches.waiting", "Fetches that wait for others to end.", cache::waitingFetches);
        metrics.counter("fetches.refused", "Fetches refused because too many were under way.", cache::refusedFetches);
        opened(new EventLoopWatchdog(loops.onServer(true)));
        server = opened(new ProxyServer(
                parts.server(), repositories, policy, cache, pages::answer, exchanges, loops, InstantSource.system()));
        address = bound(server.start(), configuration.listen());
        Exchanges told = accessLog.<Exchanges>map(metrics::and).orElse(metrics);
        configuration
                .tls()
                .redirectFrom()
                .ifPresent(from -> opened(bound(
                        PlainRedirect.start(
                                Parts.socket(from),
                                parts.server(),
                                configuration.publicUrl(),
                                address.getPort(),
                                loops,
                                told),
                        from)));
    }

    private <T extends AutoCloseable> T opened(T part) {
        opened.push(part);
        return part;
    }

    /** Starts everything; what was begun is ended again when something is in the way. */
    static RunningServer start(Configured configured, DataDirectory directory) {
        return new Server(configured, directory.path(), System.getenv());
    }

    /** Before anything is opened. */
    static void checkTls(Configuration configuration) {
        try {
            new Parts(configuration).server().tls().ifPresent(ServerOptions.Tls::check);
        } catch (IllegalArgumentException e) {
            throw configuration.refused(e);
        }
    }

    private HttpOrigins origins(Parts parts, Map<String, String> environment) {
        try {
            return HttpOrigins.create(
                    parts.upstream(Forebay.version()), parts.origins(), environment, Optional.of(loops));
        } catch (IllegalArgumentException e) {
            stop(Duration.ZERO);
            throw routes.refused(e);
        }
    }

    /** Opens the store of a data directory that the caller has locked. */
    static BlobStore store(Configuration configuration, Path directory) {
        try {
            return DiskBlobStore.open(
                    StoreOptions.in(directory.resolve("store")).withQuotaBytes(quota(configuration, directory)));
        } catch (StoreException e) {
            throw new StartFailure("the store in " + directory + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /** This server, as a command on its machine would find it. */
    private Remote self() {
        return RemoteOptions.local(configuration, address.getPort(), Optional.empty());
    }

    private static AccessLine accessLine(String format) {
        return AccessLine.valueOf(format.toUpperCase(Locale.ROOT));
    }

    private static long quota(Configuration configuration, Path directory) {
        try {
            return configuration
                    .cache()
                    .maxSize()
                    .of(Files.getFileStore(directory).getTotalSpace());
        } catch (IOException e) {
            throw new StartFailure("the disk of " + directory + " cannot be asked: " + e.getMessage(), e);
        }
    }

    /** A download is a package file that a client was sent; metadata beside it (PEP 658) is read to decide about one. */
    private static Exchanges uses(Catalog catalog) {
        return exchange -> {
            if (exchange.status() == 200
                    && exchange.subject().isPresent()
                    && exchange.method().equals("GET")
                    && !exchange.target().endsWith(".metadata")) {
                catalog.used(use(exchange));
            }
        };
    }

    private static Catalog.Use use(Exchange exchange) {
        return new Catalog.Use(
                exchange.repository(),
                exchange.subject().orElseThrow().ecosystem(),
                exchange.subject().orElseThrow().name(),
                exchange.subject().orElseThrow().version().orElse(""),
                Instant.ofEpochMilli(exchange.endMillis()),
                exchange.bytes());
    }

    private static Health health(BlobStore store, Catalog catalog) {
        // No check of the store: what it cannot do is done without it.
        Health.Check known = () -> catalog.census().thenReturn("");
        Health.Check disk = () -> Mono.fromSupplier(() -> store.usage().freeBytes() >= DISK_FREE_MIN
                ? ""
                : "full: what is fetched is passed through and not stored");
        return new Health(Map.of("catalog", known), Map.of("disk", disk));
    }

    private <T> T bound(Mono<T> listening, ListenAddress listen) {
        try {
            return listening.blockOptional().orElseThrow();
        } catch (RuntimeException e) {
            stop(Duration.ZERO);
            throw new StartFailure("cannot listen on " + listen + ": " + reason(e), e);
        }
    }

    private static String reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return "no such host";
            }
            if (cause instanceof Errors.NativeIoException || cause instanceof BindException) {
                String message = String.valueOf(cause.getMessage());
                return message.contains("in use") ? "another program listens there" : message;
            }
        }
        return String.valueOf(failure.getMessage());
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public BlobStore.Usage usage() {
        return store.usage();
    }

    @Override
    public Mono<Void> alive() {
        Flux<Void> answers = Flux.fromIterable(loops.onServer(true))
                .flatMap(loop -> Mono.<Void>create(sink -> loop.execute(sink::success)), Integer.MAX_VALUE);
        // A full disk or a database that refuses is an answer: a restart would change nothing.
        Mono<Void> stored = Mono.fromCallable(store::usage)
                .subscribeOn(Schedulers.boundedElastic())
                .then(catalog.census().onErrorComplete())
                .then();
        return answers.then(stored);
    }

    @Override
    public void accessFormat(String format) {
        accessLog.ifPresent(log -> log.format(accessLine(format)));
    }

    @Override
    public void reroute(Configuration fresh) {
        Parts parts = new Parts(fresh);
        try {
            origins.replace(parts.origins());
        } catch (IllegalArgumentException e) {
            throw fresh.refused(e);
        }
        routes = fresh;
        cache.forgetFailures();
        metrics.repositories(fresh.repositories().keySet());
        instruments.sources(origins);
        repositories.replace(parts.repositories());
        server.policy(parts.policy());
        server.rereadCertificate();
    }

    @Override
    public void reloaded(String subject, String outcome) {
        try {
            catalog.auditLog()
                    .add("signal", SIGNALLED_FROM, "reload", subject, outcome)
                    .block(AUDIT_MAX);
        } catch (RuntimeException e) {
            LOG.warn("The reload could not be written into the audit log: {}", e.getMessage());
        }
    }

    @Override
    public void stop(Duration drain) {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                LOG.warn("A part did not end well", e);
            }
        }
    }
}
