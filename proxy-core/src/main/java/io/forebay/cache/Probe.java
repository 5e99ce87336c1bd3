package io.forebay.cache;

import io.forebay.model.Candidate;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
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
    /** Whether a source that does not have a resource owns its name all the same. */
    interface Ownership {
        Mono<Boolean> of(Candidate candidate);
    }

    private final Origins origins;
    private final Leader leader;
    private final Negatives negatives;
    private final CacheOptions options;
    private final Admission admission;
    private final Ownership ownership;

    Probe(
            Origins origins,
            Leader leader,
            Negatives negatives,
            CacheOptions options,
            Admission admission,
            Ownership ownership) {
        this.origins = origins;
        this.leader = leader;
        this.negatives = negatives;
        this.options = options;
        this.admission = admission;
        this.ownership = ownership;
    }

    Mono<Answer> head(Plan.Verbatim plan) {
        return next(plan, plan.candidates().iterator());
    }

    private Mono<Answer> next(Plan.Verbatim plan, Iterator<Candidate> rest) {
        Candidate candidate = rest.next();
        Mono<Answer> answer = negatives
                .find(candidate.key())
                .<Mono<Answer>>map(Mono::error)
                .orElseGet(() -> leader.expectation(candidate)
                        .flatMap(expected -> inTurn(url(candidate, expected, 0, plan.nature())
                                .timeout(options.fetches().firstByteMax(), silent(candidate))))
                        .doOnError(ForebayException.class, failure -> negatives.remember(candidate.key(), failure)));
        return answer.onErrorResume(
                ForebayException.class,
                failure -> failure.kind() == Kind.NOT_FOUND && rest.hasNext()
                        ? ownership.of(candidate).flatMap(owns -> owns ? Mono.error(failure) : next(plan, rest))
                        : Mono.error(failure));
    }

    private static Mono<Answer> silent(Candidate candidate) {
        return Mono.error(
                () -> ForebayException.unavailable("source " + candidate.source() + " did not answer in time"));
    }

    private Mono<Answer> inTurn(Mono<Answer> asked) {
        return Mono.deferContextual(
                context -> admission.turn(Admission.client(context), () -> true).during(asked));
    }

    private Mono<Answer> url(Candidate candidate, Expectation expected, int index, Nature nature) {
        OriginRequest request =
                new OriginRequest(candidate.source(), candidate.urls().get(index), candidate.requestHeaders(), true);
        return origins.exchange(request, origin -> {
                    int status = origin.status();
                    if (status == 200) {
                        return Mono.just(answer(origin, expected, nature));
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
                                ? url(candidate, expected, index + 1, nature)
                                : Mono.error(failure));
    }

    private Answer answer(OriginAnswer origin, Expectation expected, Nature nature) {
        boolean immutable = nature == Nature.ARTIFACT;
        return new Answer(
                Heads.of(origin, expected),
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
        public void onMore(long offset, Runnable waker) {
            waker.run();
        }

        @Override
        public void close() {}
    }
}
