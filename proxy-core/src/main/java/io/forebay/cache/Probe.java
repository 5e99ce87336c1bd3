package io.forebay.cache;

import io.forebay.model.Candidate;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.Plan;
import io.forebay.upstream.OriginAnswer;
import io.forebay.upstream.OriginRequest;
import io.forebay.upstream.Origins;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import reactor.core.publisher.Mono;

/** HEAD on something that is not held: the origin is asked for its head, and nothing is stored. */
final class Probe {
    private Probe() {}

    static Mono<Answer> head(Origins origins, Plan.Verbatim plan, Negatives negatives, CacheOptions options) {
        return next(origins, plan, plan.candidates().iterator(), negatives, options);
    }

    private static Mono<Answer> next(
            Origins origins, Plan.Verbatim plan, Iterator<Candidate> rest, Negatives negatives, CacheOptions options) {
        Candidate candidate = rest.next();
        Mono<Answer> answer = negatives
                .find(candidate.key())
                .<Mono<Answer>>map(Mono::error)
                .orElseGet(() -> url(origins, candidate, 0, plan.nature(), options));
        return answer.doOnError(ForebayException.class, failure -> negatives.remember(candidate.key(), failure))
                .onErrorResume(
                        ForebayException.class,
                        failure -> failure.kind() == Kind.NOT_FOUND && rest.hasNext()
                                ? next(origins, plan, rest, negatives, options)
                                : Mono.error(failure));
    }

    private static Mono<Answer> url(
            Origins origins, Candidate candidate, int index, Nature nature, CacheOptions options) {
        OriginRequest request =
                new OriginRequest(candidate.source(), candidate.urls().get(index), candidate.requestHeaders(), true);
        return origins.exchange(request, origin -> {
                    int status = origin.status();
                    if (status == 200) {
                        return Mono.just(answer(origin, candidate, nature, options));
                    }
                    return Mono.error(
                            status == 404 || status == 410
                                    ? ForebayException.notFound("the origin says " + status + " for "
                                            + candidate.key().path())
                                    : ForebayException.unavailable("the origin answered " + status));
                })
                .next()
                .onErrorResume(
                        ForebayException.class,
                        failure -> failure.kind() == Kind.NOT_FOUND
                                        && index + 1 < candidate.urls().size()
                                ? url(origins, candidate, index + 1, nature, options)
                                : Mono.error(failure));
    }

    private static Answer answer(OriginAnswer origin, Candidate candidate, Nature nature, CacheOptions options) {
        Expectation expected = candidate.promised();
        Head head = Heads.of(origin, expected);
        boolean immutable = nature == Nature.ARTIFACT;
        return new Answer(
                head,
                new Unread(length(origin)),
                Optional.empty(),
                false,
                Duration.ZERO,
                immutable ? Duration.ofSeconds(365_000_000) : options.indexTtl(),
                immutable,
                new CacheStatus(CacheStatus.Kind.MISS, OptionalInt.of(origin.status()), 0));
    }

    private static OptionalLong length(OriginAnswer origin) {
        List<String> values = origin.headers().getAll("content-length");
        if (values.size() != 1) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(values.get(0)));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** A body that is known by its length only. */
    private record Unread(OptionalLong length) implements Body {
        @Override
        public Piece at(long offset, int max) {
            return Piece.End.INSTANCE;
        }

        @Override
        public void onMore(Runnable waker) {
            waker.run();
        }

        @Override
        public void close() {}
    }
}
