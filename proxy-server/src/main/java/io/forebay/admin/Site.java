package io.forebay.admin;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.cache.PackageCache;
import io.forebay.catalog.Catalog;
import io.forebay.catalog.Inventory;
import io.forebay.catalog.Inventory.Day;
import io.forebay.model.TrustedProxies;
import io.forebay.repository.Repositories;
import io.forebay.repository.Repository;
import io.forebay.store.BlobStore;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The pages for people: home, setup, packages, activity. A page view asks no origin and changes nothing; what it shows comes
 * from revisions that are held, from the catalog and from memory.
 *
 * <p>Threads: {@link #answer} is for event loops and never blocks. Indexes are read and names searched by two workers of the
 * site's own, before which at most {@value #WORKER_QUEUE} page views wait.
 *
 * <p>Failure: a page that says so, never an error without a body.
 */
public final class Site implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Site.class);

    /** Two, so that a large index does not keep a search waiting. */
    private static final int WORKERS = 2;

    private static final int WORKER_QUEUE = 1_000;

    /** Fields of a form; further ones are ignored. */
    private static final int FIELDS_MAX = 20;

    private static final int QUERY_MAX = 200;

    /** What all ecosystems agree on; what is not named so is no package. */
    private static final Pattern PACKAGE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

    private final Repositories repositories;
    private final Catalog catalog;
    private final Inventory inventory;
    private final BlobStore store;
    private final PackageCache cache;
    private final Figures figures;
    private final Optional<URI> publicUrl;
    private final TrustedProxies proxies;
    private final String version;
    private final InstantSource clock;
    private final Assets assets = new Assets();
    private final Scheduler workers;
    private final KnownNames names;
    private final PackageShelf shelf;
    private final AsyncCache<String, List<Day>> days;
    private final AsyncCache<String, ActivityPage.Stored> stored;

    /**
     * Makes the site of parts that stay the caller's to close.
     *
     * @param publicUrl how clients reach the server, where the administrator said so
     * @param proxies whose word about it is taken where not
     */
    public Site(
            Repositories repositories,
            Catalog catalog,
            Inventory inventory,
            BlobStore store,
            PackageCache cache,
            Figures figures,
            Optional<URI> publicUrl,
            TrustedProxies proxies,
            String version,
            InstantSource clock) {
        this.repositories = repositories;
        this.catalog = catalog;
        this.inventory = inventory;
        this.store = store;
        this.cache = cache;
        this.figures = figures;
        this.publicUrl = publicUrl;
        this.proxies = proxies;
        this.version = version;
        this.clock = clock;
        this.workers = Schedulers.newBoundedElastic(WORKERS, WORKER_QUEUE, "pages", 60, true);
        HeldBytes bytes = new HeldBytes(store, workers);
        this.names = new KnownNames(repositories, inventory, catalog, bytes, workers);
        this.shelf = new PackageShelf(names, inventory, catalog, bytes);
        this.days = kept();
        this.stored = kept();
    }

    private static <T> AsyncCache<String, T> kept() {
        return Caffeine.newBuilder()
                .maximumSize(1)
                .expireAfterWrite(PackageShelf.KEPT)
                .buildAsync();
    }

    /** Answers a request for a page or for what belongs to pages. */
    public Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        PageReply reply = new PageReply(response, request.method().equals(HttpMethod.HEAD));
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            return reply.text(405, "pages are only read: GET or HEAD\n");
        }
        QueryStringDecoder uri = new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8, true, FIELDS_MAX, true);
        List<String> segments = Arrays.stream(uri.path().split("/"))
                .filter(segment -> !segment.isEmpty())
                .toList();
        if (!segments.isEmpty() && uri.path().endsWith("/")) {
            String last = segments.get(segments.size() - 1);
            return reply.redirect("../" + encoded(last) + query(uri));
        }
        Layout layout = new Layout("../".repeat(Math.max(0, segments.size() - 1)), version, assets.version());
        return Mono.defer(() -> Mono.from(routed(new View(request, uri, segments, layout, reply))))
                .onErrorResume(e -> {
                    LOG.warn("{} cannot be shown: {}", uri.path(), e.toString());
                    return Mono.from(reply.page(503, message(layout, "Not now", "This page cannot be shown now.")));
                });
    }

    /** A request with what is made of it. */
    private record View(
            HttpServerRequest request, QueryStringDecoder uri, List<String> segments, Layout layout, PageReply reply) {
        Optional<String> field(String name) {
            return Optional.ofNullable(uri.parameters().get(name)).map(values -> values.get(0));
        }
    }

    private Publisher<Void> routed(View view) {
        List<String> segments = view.segments();
        String first = segments.isEmpty() ? "" : segments.get(0);
        return switch (first) {
            case "" -> home(view);
            case "-" -> page(view, segments.subList(1, segments.size()));
            case "static" -> asset(view, segments.size() == 2 ? segments.get(1) : "");
            case "favicon.ico" -> asset(view, segments.size() == 1 ? "icon.svg" : "");
            case "robots.txt" -> view.reply().text(200, "User-agent: *\nDisallow: /\n");
            default -> missing(view);
        };
    }

    private Publisher<Void> page(View view, List<String> path) {
        return switch (path.isEmpty() ? "" : path.get(0) + "/" + path.size()) {
            case "setup/1" -> setup(view);
            case "packages/1" -> packages(view);
            case "packages/3" -> onePackage(view, path.get(1), path.get(2));
            case "activity/1" -> activity(view);
            default -> missing(view);
        };
    }

    private Publisher<Void> home(View view) {
        Instant now = clock.instant();
        LocalDate since = LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(HomePage.DAYS - 1);
        return Mono.fromFuture(
                        () -> days.get(
                                "",
                                (key, executor) ->
                                        inventory.days(since).collectList().toFuture()),
                        true)
                .map(month -> view.layout()
                        .page(
                                "Forebay",
                                "Home",
                                new HomePage(
                                                repositories.all(),
                                                figures,
                                                month,
                                                cache.flights(),
                                                base(view.request()),
                                                now)::write))
                .flatMap(html -> Mono.from(view.reply().page(200, html)));
    }

    private Publisher<Void> setup(View view) {
        SetupPage page = new SetupPage(
                repositories.all(),
                base(view.request()),
                LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC),
                new SetupPage.Asked(view.field("client"), view.field("repository"), view.field("date")));
        return view.reply()
                .page(page.wrongDate().isPresent() ? 400 : 200, view.layout().page("Setup", "Setup", page::write));
    }

    private Publisher<Void> packages(View view) {
        String text = view.field("q").map(String::strip).orElse("");
        String query = text.length() > QUERY_MAX ? text.substring(0, QUERY_MAX) : text;
        Optional<Repository> in = view.field("repository").flatMap(repositories::find);
        Mono<List<KnownNames.Match>> found =
                query.isEmpty() ? Mono.just(List.of()) : names.search(in, query, PackagesPage.MATCHES_MAX);
        return Mono.zip(names.count(), found)
                .map(both -> view.layout()
                        .page(
                                "Packages",
                                "Packages",
                                new PackagesPage(repositories.all(), query, in, both.getT1(), both.getT2())::write))
                .flatMap(html -> Mono.from(view.reply().page(200, html)));
    }

    private Publisher<Void> onePackage(View view, String repositoryName, String name) {
        Optional<Repository> repository = repositories.find(repositoryName);
        if (repository.isEmpty() || !PACKAGE.matcher(name).matches()) {
            return missing(view);
        }
        String canonical = repository.get().ecosystem().directory().canonical(name);
        if (!canonical.equals(name)) {
            return view.reply().redirect(encoded(canonical));
        }
        return shelf.find(repository.get(), name)
                .publishOn(workers)
                .map(known -> view.layout()
                        .page(name, "Packages", new PackagePage(repository.get(), known, clock.instant())::write))
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .flatMap(html -> Mono.from(
                        html.isPresent() ? view.reply().page(200, html.get()) : unknown(view, repository.get(), name)));
    }

    private static Publisher<Void> unknown(View view, Repository repository, String name) {
        return view.reply()
                .page(
                        404,
                        message(
                                view.layout(),
                                name,
                                "Nothing of this name was asked for through " + repository.name()
                                        + " yet, so nothing is known of it here. Pages ask no origin: install it once, and"
                                        + " look again."));
    }

    private Publisher<Void> activity(View view) {
        Instant now = clock.instant();
        LocalDate since = LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(ActivityPage.DAYS - 1);
        return Mono.fromFuture(
                        () -> stored.get("", (key, executor) -> Mono.zip(
                                        inventory
                                                .mostUsed(since, ActivityPage.ROWS)
                                                .collectList(),
                                        inventory.newest(ActivityPage.ROWS).collectList(),
                                        inventory.largest(ActivityPage.ROWS).collectList(),
                                        catalog.quarantined(ActivityPage.ROWS).collectList())
                                .map(all -> new ActivityPage.Stored(all.getT1(), all.getT2(), all.getT3(), all.getT4()))
                                .toFuture()),
                        true)
                .map(rows -> view.layout()
                        .page("Activity", "Activity", new ActivityPage(figures, rows, store.usage(), now)::write))
                .flatMap(html -> Mono.from(view.reply().page(200, html)));
    }

    private Publisher<Void> asset(View view, String name) {
        return assets.find(name)
                .map(asset -> view.reply().asset(asset, view.field("v").isPresent()))
                .orElseGet(() -> missing(view));
    }

    private static Publisher<Void> missing(View view) {
        return view.reply().page(404, message(view.layout(), "No such page", "There is nothing at this address."));
    }

    private static String message(Layout layout, String title, String text) {
        return layout.page(title, "", html -> html.open("section", "class", "hero")
                .element("h1", title)
                .element("p", text, "class", "lead")
                .close("section"));
    }

    private BaseUrl base(HttpServerRequest request) {
        TrustedProxies.Sender sender = proxies.sender(request.remoteAddress(), request.requestHeaders()::getAll);
        String scheme = sender.scheme().orElse(request.scheme());
        String host = sender.host()
                .or(() -> Optional.ofNullable(request.requestHeaders().get("host")))
                .orElse("");
        return BaseUrl.of(publicUrl, scheme, host, request.hostAddress(), sender.prefix());
    }

    private static String query(QueryStringDecoder uri) {
        return uri.rawQuery().isEmpty() ? "" : "?" + uri.rawQuery();
    }

    /** A text as one segment of a path. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        workers.dispose();
    }
}
