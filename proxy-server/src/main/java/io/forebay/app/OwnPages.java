package io.forebay.app;

import io.forebay.admin.Api;
import io.forebay.admin.Site;
import io.forebay.observe.Health;
import io.forebay.observe.Metrics;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Forebay's own pages beside the repositories: health, metrics, the API, and pages for people. Runs on event loops. */
final class OwnPages {
    private final Health health;
    private final Metrics metrics;
    private final Site site;
    private final Api api;

    OwnPages(Health health, Metrics metrics, Site site, Api api) {
        this.health = health;
        this.metrics = metrics;
        this.site = site;
        this.api = api;
    }

    Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response, Consumer<String> principal) {
        if (api.owns(request.fullPath())) {
            return api.answer(request, response, principal);
        }
        return switch (request.fullPath()) {
            case "/health/live", "/health/ready", "/metrics" -> read(request, response);
            default -> site.answer(request, response);
        };
    }

    private Publisher<Void> read(HttpServerRequest request, HttpServerResponse response) {
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            response.status(HttpResponseStatus.METHOD_NOT_ALLOWED)
                    .header(HttpHeaderNames.ALLOW, "GET, HEAD")
                    .header(HttpHeaderNames.CONTENT_LENGTH, "0");
            return response.send();
        }
        return switch (request.fullPath()) {
            case "/health/live" -> report(response, health.live(), request);
            case "/health/ready" -> health.ready().flatMap(ready -> Mono.from(report(response, ready, request)));
            default ->
                response.header(HttpHeaderNames.CONTENT_TYPE, Metrics.CONTENT_TYPE)
                        .sendString(health.ready()
                                .then(Mono.fromCallable(metrics::scrape).subscribeOn(Schedulers.boundedElastic())));
        };
    }

    private static Publisher<Void> report(
            HttpServerResponse response, Health.Report report, HttpServerRequest request) {
        String accept = String.valueOf(request.requestHeaders().get(HttpHeaderNames.ACCEPT));
        boolean json = accept.contains("application/json");
        response.status(report.ok() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE);
        response.header(HttpHeaderNames.CACHE_CONTROL, "no-store");
        response.header(HttpHeaderNames.CONTENT_TYPE, json ? "application/json" : "text/plain; charset=utf-8");
        return response.sendString(Mono.just(json ? report.json() : report.text()));
    }
}
