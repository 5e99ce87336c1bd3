package io.forebay.admin;

import io.forebay.admin.Route.Need;
import io.forebay.cache.PackageCache;
import io.forebay.catalog.Catalog;
import io.forebay.catalog.Tokens;
import io.forebay.model.ForebayException;
import io.forebay.model.Source;
import io.forebay.repository.Repositories;
import io.forebay.repository.Repository;
import io.forebay.store.BlobStore;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The operations of the API. Handlers run on event loops and never block. */
final class ApiRoutes {
    private static final int ROWS_MAX = 1_000;
    private static final int DAYS_DEFAULT = 90;
    private static final int DAYS_MAX = 3_650;

    /** Values told of a long run's progress: one for this many blobs at most. */
    private static final int PROGRESS_EVERY = 16;

    /** The locks of the largest projects take some megabytes. */
    private static final int WARM_BODY_MAX = 16 << 20;

    private final Repositories repositories;
    private final Catalog catalog;
    private final BlobStore store;
    private final PackageCache cache;
    private final Operations operations;
    private final JsonMapper json;
    private final Purge purge;
    private final UsageReport usage;
    private final String document = document();
    private final Instant started = Instant.now();

    ApiRoutes(
            Repositories repositories,
            Catalog catalog,
            BlobStore store,
            PackageCache cache,
            Operations operations,
            JsonMapper json) {
        this.repositories = repositories;
        this.catalog = catalog;
        this.store = store;
        this.cache = cache;
        this.operations = operations;
        this.json = json;
        this.purge = new Purge(catalog, cache);
        this.usage = new UsageReport(catalog, InstantSource.system());
    }

    List<Route> all() {
        return List.of(
                get(
                        "/openapi.json",
                        Need.NOTHING,
                        call -> Mono.just(new ApiReply.Text("application/json", Flux.just(document)))),
                get("/status", Need.NOTHING, call -> status()),
                get("/repositories", Need.NOTHING, call -> Mono.just(ApiReply.ok(repositories()))),
                get(
                        "/sources",
                        Need.NOTHING,
                        call -> Mono.just(ApiReply.ok(operations.sources().get()))),
                get("/flights", Need.NOTHING, call -> Mono.just(ApiReply.ok(flights()))),
                get("/quarantine", Need.NOTHING, call -> quarantine()),
                get("/usage", Need.NOTHING, usage::answer),
                get("/audit", Need.READ, call -> rows(operations.auditLog().newest(ROWS_MAX))),
                get(
                        "/tokens",
                        Need.ADMIN,
                        call -> rows(operations.tokens().all().map(ApiRoutes::shown))),
                post("/tokens", Need.LOCAL, this::createToken),
                new Route(HttpMethod.DELETE, "/tokens/{id}", Need.ADMIN, this::deleteToken),
                new Route(HttpMethod.DELETE, "/repositories/{repository}/{*path}", Need.ADMIN, this::purge),
                post("/verify", Need.ADMIN, call -> Mono.just(lines(verify()))),
                post("/gc", Need.ADMIN, call -> Mono.just(lines(collect()))),
                get("/check-config", Need.ADMIN, call -> configuration()),
                post("/backup", Need.ADMIN, this::backup),
                post("/restore", Need.ADMIN, this::restore),
                new Route(HttpMethod.POST, "/warm", Need.ADMIN, WARM_BODY_MAX, this::warm),
                post("/export", Need.ADMIN, this::export),
                post("/import", Need.ADMIN, this::take));
    }

    private static Route get(String pattern, Need need, Function<Call, Mono<ApiReply>> handler) {
        return new Route(HttpMethod.GET, pattern, need, handler);
    }

    private static Route post(String pattern, Need need, Function<Call, Mono<ApiReply>> handler) {
        return new Route(HttpMethod.POST, pattern, need, handler);
    }

    private static Mono<ApiReply> rows(Flux<?> rows) {
        return rows.collectList().map(ApiReply::ok);
    }

    private static String document() {
        try (InputStream in = ApiRoutes.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its openapi.json");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- what there is

    private Mono<ApiReply> status() {
        return catalog.census().map(census -> {
            BlobStore.Usage used = store.usage();
            Map<String, Object> status = new LinkedHashMap<>();
            status.put("version", operations.version());
            status.put(
                    "uptime_seconds", Duration.between(started, Instant.now()).toSeconds());
            status.putAll(operations.figures().get());
            status.put("resources", census.resources());
            status.put("revisions", census.revisions());
            status.put("blobs", used.blobs());
            status.put("bytes", used.bytes());
            status.put("limit_bytes", store.room().limitBytes());
            status.put("free_bytes", used.freeBytes());
            status.put("evicted_blobs", operations.eviction().evicted().blobs());
            status.put("evicted_bytes", operations.eviction().evicted().bytes());
            status.put("flights", cache.flights());
            status.put("followers", cache.followers());
            return ApiReply.ok(status);
        });
    }

    private Mono<ApiReply> configuration() {
        return Mono.fromSupplier(operations.configuration()).map(ApiReply::ok).subscribeOn(Schedulers.boundedElastic());
    }

    private record RepositoryRow(String name, String description, String ecosystem, List<String> sources) {}

    private List<RepositoryRow> repositories() {
        return repositories.all().stream()
                .map(repository -> new RepositoryRow(
                        repository.name(),
                        repository.description(),
                        repository.ecosystem().name(),
                        repository.sources().stream()
                                .map(Source::url)
                                .map(Object::toString)
                                .toList()))
                .toList();
    }

    private List<Map<String, Object>> flights() {
        return cache.fetches().stream()
                .limit(ROWS_MAX)
                .map(fetch -> {
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put("source", fetch.key().source());
                    row.put("path", fetch.key().path());
                    row.put("received_bytes", fetch.receivedBytes());
                    fetch.totalBytes().ifPresent(total -> row.put("total_bytes", total));
                    row.put("clients", fetch.clients());
                    return row;
                })
                .toList();
    }

    private record QuarantineRow(String source, String path, String url, String reason, Instant at) {}

    private Mono<ApiReply> quarantine() {
        return rows(catalog.quarantined(ROWS_MAX)
                .map(entry -> new QuarantineRow(
                        entry.key().source(), entry.key().path(), entry.url(), entry.reason(), entry.at())));
    }

    // ---- tokens

    private static Map<String, Object> shown(Tokens.Token token) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", token.id());
        row.put("name", token.name());
        row.put("scope", token.scope().label());
        row.put("created", token.created());
        row.put("expires", token.expires());
        return row;
    }

    private Mono<ApiReply> createToken(Call call) {
        JsonNode body = body(call);
        String name = body.path("name").asString("");
        String scope = body.path("scope").asString("read");
        int days = body.path("days").asInt(DAYS_DEFAULT);
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}")) {
            throw ForebayException.badRequest("name must be 1 to 64 letters, digits, spaces and . _ @ -");
        }
        if (!scope.equals("read") && !scope.equals("admin")) {
            throw ForebayException.badRequest("scope must be read or admin");
        }
        if (days < 1 || days > DAYS_MAX) {
            throw ForebayException.badRequest("days must be 1 to " + DAYS_MAX);
        }
        return operations
                .tokens()
                .create(name, Tokens.Scope.valueOf(scope.toUpperCase(Locale.ROOT)), Duration.ofDays(days))
                .map(created -> {
                    Map<String, Object> row = shown(created.token());
                    row.put("token", created.secret());
                    return new ApiReply.Json(201, row);
                });
    }

    private Mono<ApiReply> deleteToken(Call call) {
        return operations.tokens().delete(call.parameter("id")).map(deleted -> {
            if (!deleted) {
                throw ForebayException.notFound("there is no such token");
            }
            return ApiReply.ok(Map.of("deleted", call.parameter("id")));
        });
    }

    private JsonNode body(Call call) {
        try {
            JsonNode node = json.readTree(call.body().isEmpty() ? "{}" : call.body());
            if (!node.isObject()) {
                throw ForebayException.badRequest("the body must be a JSON object");
            }
            return node;
        } catch (JacksonException e) {
            throw ForebayException.badRequest("the body is not JSON");
        }
    }

    // ---- acts

    private Mono<ApiReply> purge(Call call) {
        String name = call.parameter("repository");
        Repository repository =
                repositories.find(name).orElseThrow(() -> ForebayException.notFound("there is no repository " + name));
        return purge.run(repository, call.parameter("path")).map(purged -> ApiReply.ok(Map.of("purged", purged)));
    }

    private Flux<Object> verify() {
        return Flux.create(
                sink -> sink.onDispose(operations
                        .upkeep()
                        .verify((done, total) -> {
                            if (done % PROGRESS_EVERY == 0 || done.equals(total)) {
                                sink.next(Map.of("done", done, "total", total));
                            }
                        })
                        .subscribe(result -> sink.next(Map.of("result", result)), sink::error, sink::complete)),
                FluxSink.OverflowStrategy.LATEST);
    }

    private Flux<Object> collect() {
        return Flux.create(
                sink -> sink.onDispose(operations
                        .upkeep()
                        .collect(done -> {
                            if (done % PROGRESS_EVERY == 0) {
                                sink.next(Map.of("done", done));
                            }
                        })
                        .subscribe(result -> sink.next(Map.of("result", result)), sink::error, sink::complete)),
                FluxSink.OverflowStrategy.LATEST);
    }

    private Mono<ApiReply> backup(Call call) {
        Path path = directory(body(call));
        return Mono.just(
                lines(operations.eviction().pausedDuring(operations.backups().run(path))));
    }

    private Mono<ApiReply> restore(Call call) {
        return Mono.just(lines(operations.backups().restore(directory(body(call)))));
    }

    private Mono<ApiReply> warm(Call call) {
        JsonNode body = body(call);
        Map<String, String> texts = new LinkedHashMap<>();
        for (JsonNode file : body.path("files")) {
            if (!file.path("name").isString() || !file.path("text").isString()) {
                throw ForebayException.badRequest("files must have a name and a text each");
            }
            texts.put(file.path("name").asString(), file.path("text").asString());
        }
        if (texts.isEmpty()) {
            throw ForebayException.badRequest("files names none");
        }
        return Mono.just(
                new ApiReply.Lines(operations.warmings().run(texts, text(body, "repository"), text(body, "wheels"))));
    }

    private static Optional<String> text(JsonNode body, String field) {
        return Optional.of(body.path(field).asString("")).filter(text -> !text.isEmpty());
    }

    private Mono<ApiReply> export(Call call) {
        JsonNode body = body(call);
        Path path = directory(body);
        Optional<Duration> within = Optional.empty();
        if (body.has("days")) {
            int days = body.path("days").asInt(0);
            if (days < 1 || days > DAYS_MAX) {
                throw ForebayException.badRequest("days must be 1 to " + DAYS_MAX);
            }
            within = Optional.of(Duration.ofDays(days));
        }
        List<String> names = new ArrayList<>();
        body.path("repositories").forEach(name -> names.add(name.asString("")));
        return Mono.just(
                lines(operations.eviction().pausedDuring(operations.transfers().export(path, within, names))));
    }

    private Mono<ApiReply> take(Call call) {
        return Mono.just(lines(operations.transfers().take(directory(body(call)))));
    }

    private static Path directory(JsonNode body) {
        try {
            Path path = Path.of(body.path("directory").asString(""));
            if (!path.isAbsolute()) {
                throw ForebayException.badRequest("directory must be an absolute path on the server");
            }
            return path;
        } catch (InvalidPathException e) {
            throw ForebayException.badRequest("directory is not a path");
        }
    }

    /** They read the whole store. */
    private ApiReply lines(Flux<Object> work) {
        return new ApiReply.Lines(operations.turns().take(work));
    }
}
