package io.forebay.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.forebay.cache.PackageCache;
import io.forebay.catalog.Catalog;
import io.forebay.model.ForebayException;
import io.forebay.model.TrustedProxies;
import io.forebay.repository.Repositories;
import io.forebay.store.BlobStore;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * The REST API below {@code /api/v1}, described by {@code /api/v1/openapi.json}: what the server does and holds, and what an
 * administrator does with it. Names are in snake case, instants in ISO 8601, what is not known is absent; a failure is {@code {"error": "one line"}}.
 *
 * <p>Who may: {@link Gate}. What changes something is written to the audit log, refusals included.
 *
 * <p>Runs on event loops; never blocks.
 */
public final class Api {
    private static final Logger LOG = LoggerFactory.getLogger(Api.class);
    private static final String BASE = "/api/v1";

    /** Bodies of the API are some kilobytes. */
    private static final Duration BODY_WAIT = Duration.ofSeconds(10);

    private final List<Route> routes;
    private final Gate gate;
    private final Operations operations;
    private final TrustedProxies proxies;
    private final JsonMapper json = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            // As the document says: what is not known is absent, never null.
            .changeDefaultPropertyInclusion(all -> all.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .build();

    /**
     * Ready to answer.
     *
     * @param proxies whose word about who calls is taken, for the audit log
     * @param local who is an administrator by being on this machine
     */
    public Api(
            Repositories repositories,
            Catalog catalog,
            BlobStore store,
            PackageCache cache,
            Operations operations,
            TrustedProxies proxies,
            LocalAccess local) {
        this.proxies = proxies;
        this.operations = operations;
        this.gate = new Gate(operations.tokens(), local);
        this.routes = new ApiRoutes(repositories, catalog, store, cache, operations, json).all();
    }

    /** Whether a path belongs to the API. */
    public boolean owns(String path) {
        return path.equals("/api") || path.startsWith("/api/");
    }

    /** Every operation, as {@code GET /status}. */
    List<String> operationNames() {
        return routes.stream()
                .map(route -> route.method() + " " + route.pattern())
                .sorted()
                .toList();
    }

    /**
     * Answers a call; 404 for a path that is no operation's, 405 for a method that the path does not have.
     *
     * @param principal is told who called, when that is known
     */
    public Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response, Consumer<String> principal) {
        response.header(HttpHeaderNames.CACHE_CONTROL, "no-store");
        String path = path(request);
        Map<Route, Map<String, String>> found = new LinkedHashMap<>();
        for (Route route : routes) {
            route.match(path).ifPresent(parameters -> found.putIfAbsent(route, parameters));
        }
        if (found.isEmpty()) {
            return failure(response, 404, "there is no such operation; " + BASE + "/openapi.json lists them");
        }
        Optional<Route> route = found.keySet().stream()
                .filter(candidate -> candidate.method().equals(method(request)))
                .findFirst();
        if (route.isEmpty()) {
            response.header(
                    HttpHeaderNames.ALLOW,
                    found.keySet().stream()
                            .map(candidate -> candidate.method().name())
                            .collect(Collectors.toCollection(TreeSet::new))
                            .stream()
                            .collect(Collectors.joining(", ")));
            return failure(response, 405, "the path is there, the method is not");
        }
        return gate.judge(request, route.get().need())
                .doOnNext(verdict -> principal.accept(verdict.principal()))
                .flatMap(verdict ->
                        judged(request, response, route.get(), found.getOrDefault(route.get(), Map.of()), verdict))
                .onErrorResume(e -> !response.hasSentHeaders(), e -> Mono.from(failed(response, e)));
    }

    private static String path(HttpServerRequest request) {
        String full = request.fullPath();
        String path = full.startsWith(BASE + "/") ? full.substring(BASE.length()) : "/";
        try {
            return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw ForebayException.badRequest("the path holds a percent sign that encodes nothing");
        }
    }

    private static HttpMethod method(HttpServerRequest request) {
        return request.method().equals(HttpMethod.HEAD) ? HttpMethod.GET : request.method();
    }

    private Mono<Void> judged(
            HttpServerRequest request,
            HttpServerResponse response,
            Route route,
            Map<String, String> parameters,
            Gate.Verdict verdict) {
        String client = proxies.sender(request.remoteAddress(), request.requestHeaders()::getAll)
                .address();
        boolean changes = !route.method().equals(HttpMethod.GET);
        String subject = String.join(" ", parameters.values());
        if (verdict.refusal().isPresent()) {
            Gate.Refusal refusal = verdict.refusal().get();
            if (refusal.status() == 401) {
                response.header(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"forebay\"");
            }
            Mono<Void> told = changes ? audit("nobody", client, route, subject, "refused") : Mono.empty();
            return told.then(Mono.from(failure(response, refusal.status(), refusal.text())));
        }
        return body(request, route.bodyMax())
                .map(body -> new Call(parameters, Call.parsed(request.uri()), client, verdict.principal(), body))
                .flatMap(call -> Mono.defer(() -> route.handler().apply(call))
                        .flatMap(reply -> changes
                                ? audit(call.principal(), client, route, subject, "done")
                                        .thenReturn(reply)
                                : Mono.just(reply))
                        .onErrorResume(e -> changes
                                ? audit(call.principal(), client, route, subject, "failed: " + text(e))
                                        .then(Mono.error(e))
                                : Mono.error(e)))
                .flatMap(reply -> Mono.from(write(response, reply)));
    }

    /** An act is done even if the audit log cannot be written: the line in the log remains. */
    private Mono<Void> audit(String principal, String client, Route route, String subject, String outcome) {
        return operations
                .auditLog()
                .add(principal, client, route.method() + " " + route.pattern(), subject, outcome)
                .onErrorComplete();
    }

    private static Mono<String> body(HttpServerRequest request, int max) {
        return request.receive()
                .asByteArray()
                .collect(ByteArrayOutputStream::new, (whole, part) -> {
                    if (whole.size() + part.length > max) {
                        throw ForebayException.badRequest("the body is larger than " + max + " bytes");
                    }
                    whole.writeBytes(part);
                })
                .map(whole -> whole.toString(StandardCharsets.UTF_8))
                .timeout(
                        BODY_WAIT,
                        Mono.error(ForebayException.badRequest(
                                "the body did not come within " + BODY_WAIT.toSeconds() + " s")));
    }

    private Publisher<Void> write(HttpServerResponse response, ApiReply reply) {
        if (reply instanceof ApiReply.Json value) {
            return send(response, value.status(), value.value());
        }
        if (reply instanceof ApiReply.Text text) {
            response.header(HttpHeaderNames.CONTENT_TYPE, text.contentType());
            return response.sendString(text.text());
        }
        response.header(HttpHeaderNames.CONTENT_TYPE, "application/x-ndjson");
        Flux<ByteBuf> lines = Flux.<Object>from(((ApiReply.Lines) reply).values())
                .onErrorResume(e -> Mono.just(Map.of("error", text(e), "status", status(e))))
                .map(value -> Unpooled.copiedBuffer(json.writeValueAsString(value) + "\n", StandardCharsets.UTF_8));
        return response.send(lines, line -> true);
    }

    private Publisher<Void> send(HttpServerResponse response, int status, Object value) {
        response.status(status);
        response.header(HttpHeaderNames.CONTENT_TYPE, "application/json");
        return response.sendString(Mono.fromCallable(() -> json.writeValueAsString(value)));
    }

    private Publisher<Void> failure(HttpServerResponse response, int status, String text) {
        return send(response, status, Map.of("error", text));
    }

    private Publisher<Void> failed(HttpServerResponse response, Throwable failure) {
        return failure(response, status(failure), text(failure));
    }

    private static int status(Throwable failure) {
        if (!(failure instanceof ForebayException known)) {
            return HttpResponseStatus.INTERNAL_SERVER_ERROR.code();
        }
        return switch (known.kind()) {
            case BAD_REQUEST -> 400;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case METHOD_NOT_ALLOWED -> 405;
            case OVERLOADED, ORIGIN_UNAVAILABLE -> 503;
            case ORIGIN_INVALID, CORRUPT -> 502;
            case INTERNAL -> 500;
        };
    }

    private static String text(Throwable failure) {
        if (failure instanceof ForebayException known) {
            return known.getMessage();
        }
        LOG.error("An operation of the API failed", failure);
        return "an error in this server; its log says more";
    }
}
