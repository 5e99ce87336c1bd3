package io.forebay.admin;

import io.forebay.repository.Repositories;
import io.forebay.repository.Repository;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Pages for people.
 *
 * <p>Runs on event loops; never blocks.
 */
public final class AdminPages {
    private final Repositories repositories;

    public AdminPages(Repositories repositories) {
        this.repositories = repositories;
    }

    /** Answers a request; 404 for what is no page. */
    public Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        return switch (request.fullPath()) {
            case "/", "" -> text(response, HttpResponseStatus.OK, welcome());
            case "/robots.txt" -> text(response, HttpResponseStatus.OK, "User-agent: *\nDisallow: /\n");
            default -> text(response, HttpResponseStatus.NOT_FOUND, "there is no such page\n");
        };
    }

    private String welcome() {
        StringBuilder text = new StringBuilder("Forebay, a cache of R and Python packages. Repositories:\n");
        for (Repository repository : repositories.all()) {
            text.append("  /").append(repository.name()).append("/latest/  ");
            repository.sources().forEach(source -> text.append(source.url()).append(' '));
            text.append('\n');
        }
        return text.toString();
    }

    private static Publisher<Void> text(HttpServerResponse response, HttpResponseStatus status, String text) {
        response.status(status);
        response.header(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        return response.sendString(Mono.just(text));
    }
}
