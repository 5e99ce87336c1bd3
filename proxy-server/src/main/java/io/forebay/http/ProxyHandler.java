package io.forebay.http;

import io.forebay.cache.Answer;
import io.forebay.cache.PackageCache;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.PackageId;
import io.forebay.model.Plan;
import io.forebay.model.Snapshot;
import io.forebay.model.Target;
import io.forebay.policy.AccessPolicy;
import io.forebay.repository.Repositories;
import io.forebay.repository.Repository;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/**
 * A request to a repository, from its target to its answer: target, repository, plan, policy, cache, response.
 *
 * <p>Stateless; runs on event loops and never blocks.
 */
final class ProxyHandler {
    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");

    private final Repositories repositories;
    private final Supplier<AccessPolicy> policy;
    private final PackageCache cache;
    private final ResponseWriter writer;
    private final InstantSource clock;

    ProxyHandler(
            Repositories repositories,
            Supplier<AccessPolicy> policy,
            PackageCache cache,
            ResponseWriter writer,
            InstantSource clock) {
        this.repositories = repositories;
        this.policy = policy;
        this.cache = cache;
        this.writer = writer;
        this.clock = clock;
    }

    /** Answers a request whose first path segment is no page of Forebay's own. */
    Publisher<Void> handle(ExchangeContext exchange, RequestTarget target) {
        HttpServerRequest request = exchange.request();
        Optional<Repository> found = repositories.find(target.first());
        if (found.isEmpty()) {
            return writer.failure(
                    exchange,
                    ForebayException.notFound(
                            "there is no repository " + target.first() + "; there are: " + String.join(", ", names())));
        }
        Repository repository = found.get();
        exchange.repository(repository.name());
        boolean head = request.method().equals(HttpMethod.HEAD);
        if (!head && !request.method().equals(HttpMethod.GET)) {
            return writer.failure(
                    exchange,
                    new ForebayException(
                            Kind.METHOD_NOT_ALLOWED,
                            "repository " + repository.name()
                                    + " is a cache of its sources: it takes no uploads and changes"));
        }
        Plan plan = repositories.plan(repository, target(repository, target, request));
        if (plan instanceof Plan.Redirect redirect) {
            return writer.redirect(exchange, redirect.location());
        }
        AccessPolicy rules = policy.get();
        plan.subject().ifPresent(subject -> allowed(rules, exchange, subject));
        Mono<Answer> answer = head ? cache.head(plan, rules.gate()) : cache.open(plan, rules.gate());
        String client = exchange.client();
        return answer.contextWrite(context -> PackageCache.askedBy(context, client))
                .switchIfEmpty(Mono.error(() -> ForebayException.unavailable("it was lost; ask again")))
                .flatMap(opened -> writer.answer(exchange, opened));
    }

    private static void allowed(AccessPolicy rules, ExchangeContext exchange, PackageId subject) {
        exchange.subject(subject);
        rules.blocks(subject).ifPresent(rule -> {
            throw rule.refusal(subject);
        });
    }

    private List<String> names() {
        return repositories.all().stream().map(Repository::name).toList();
    }

    private Target target(Repository repository, RequestTarget target, HttpServerRequest request) {
        List<String> rest = target.segments().subList(1, target.segments().size());
        boolean named = !rest.isEmpty()
                && (rest.get(0).equals("latest") || DATE.matcher(rest.get(0)).matches());
        Snapshot snapshot = named && !rest.get(0).equals("latest") ? snapshot(rest.get(0)) : Snapshot.LATEST;
        List<String> segments = named ? rest.subList(1, rest.size()) : rest;
        return new Target(
                repository.name(),
                snapshot,
                named,
                segments,
                target.directory() || segments.isEmpty(),
                target.query(),
                Optional.ofNullable(request.requestHeaders().get(HttpHeaderNames.ACCEPT)),
                Optional.ofNullable(request.requestHeaders().get(HttpHeaderNames.USER_AGENT)));
    }

    private Snapshot snapshot(String text) {
        LocalDate date;
        try {
            date = LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw ForebayException.badRequest(text + " is no day of the calendar");
        }
        LocalDate today = clock.instant().atZone(ZoneOffset.UTC).toLocalDate();
        if (date.isAfter(today)) {
            throw ForebayException.badRequest(text + " has not come yet: today is " + today + " (UTC)");
        }
        return Snapshot.of(date);
    }
}
