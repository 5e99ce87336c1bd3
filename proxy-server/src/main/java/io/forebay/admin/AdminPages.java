package io.forebay.admin;

import io.forebay.cache.PackageCache;
import io.forebay.catalog.Catalog;
import io.forebay.repository.Repositories;
import io.forebay.store.BlobStore;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.json.JsonMapper;

/**
 * The API: what there is, how it does, what was refused.
 *
 * <p>Runs on event loops; never blocks.
 */
public final class AdminPages {
    private static final int QUARANTINE_ROWS_MAX = 1_000;

    private final Repositories repositories;
    private final Catalog catalog;
    private final BlobStore store;
    private final PackageCache cache;
    private final JsonMapper json = JsonMapper.builder().build();

    public AdminPages(Repositories repositories, Catalog catalog, BlobStore store, PackageCache cache) {
        this.repositories = repositories;
        this.catalog = catalog;
        this.store = store;
        this.cache = cache;
    }

    /** Answers a request; 404 for what is no page. */
    public Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        return switch (request.fullPath()) {
            case "/api/v1/status" -> json(response, status());
            case "/api/v1/repositories" -> json(response, Mono.just(listed()));
            case "/api/v1/quarantine" -> json(response, quarantine());
            default -> text(response, HttpResponseStatus.NOT_FOUND, "there is no such page\n");
        };
    }

    private List<Map<String, Object>> listed() {
        return repositories.all().stream()
                .<Map<String, Object>>map(repository -> {
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put("name", repository.name());
                    row.put("description", repository.description());
                    row.put("ecosystem", repository.ecosystem().name());
                    row.put(
                            "sources",
                            repository.sources().stream()
                                    .map(source -> source.url().toString())
                                    .toList());
                    return row;
                })
                .toList();
    }

    private Mono<Map<String, Object>> status() {
        return catalog.census().map(census -> {
            BlobStore.Usage usage = store.usage();
            Map<String, Object> status = new LinkedHashMap<>();
            status.put("resources", census.resources());
            status.put("revisions", census.revisions());
            status.put("blobs", usage.blobs());
            status.put("bytes", usage.bytes());
            status.put("free_bytes", usage.freeBytes());
            status.put("flights", cache.flights());
            status.put("followers", cache.followers());
            return status;
        });
    }

    private Mono<List<Map<String, String>>> quarantine() {
        return catalog.quarantined(QUARANTINE_ROWS_MAX)
                .map(entry -> {
                    Map<String, String> row = new LinkedHashMap<>();
                    row.put("source", entry.key().source());
                    row.put("path", entry.key().path());
                    row.put("url", entry.url());
                    row.put("reason", entry.reason());
                    row.put("at", entry.at().toString());
                    return row;
                })
                .collectList();
    }

    private Publisher<Void> json(HttpServerResponse response, Mono<?> value) {
        response.header(HttpHeaderNames.CONTENT_TYPE, "application/json");
        response.header(HttpHeaderNames.CACHE_CONTROL, "no-store");
        return response.sendString(value.map(json::writeValueAsString));
    }

    private static Publisher<Void> text(HttpServerResponse response, HttpResponseStatus status, String text) {
        response.status(status);
        response.header(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        return response.sendString(Mono.just(text));
    }
}
