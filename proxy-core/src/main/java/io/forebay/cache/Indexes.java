package io.forebay.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import io.forebay.model.Snapshot;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Indexes at the freshness they are asked for: the newest revision, revalidated when its time has come, or the revision of a
 * date.
 *
 * <p>The forms of one index (PACKAGES, PACKAGES.gz, PACKAGES.rds) are one generation: when one has changed, the others that are
 * held are brought up to date with it, and all become visible in one transaction.
 */
final class Indexes {
    private static final Logger LOG = LoggerFactory.getLogger(Indexes.class);

    /** An entry and how it was come by. */
    record Resolved(Entry entry, CacheStatus.Kind how, OptionalInt originStatus) {
        static Resolved of(Entry entry, CacheStatus.Kind how) {
            return new Resolved(entry, how, OptionalInt.empty());
        }
    }

    private final Catalog catalog;
    private final Blobs blobs;
    private final Leader leader;
    private final Flights flights;
    private final Negatives negatives;
    private final CacheOptions options;
    private final InstantSource clock;
    private final Cache<ResourceKey, Refresh> refreshes = Caffeine.newBuilder().build();

    Indexes(
            Catalog catalog,
            Blobs blobs,
            Leader leader,
            Flights flights,
            Negatives negatives,
            CacheOptions options,
            InstantSource clock) {
        this.catalog = catalog;
        this.blobs = blobs;
        this.leader = leader;
        this.flights = flights;
        this.negatives = negatives;
        this.options = options;
        this.clock = clock;
    }

    /** What is held of a resource, newest revision, when its bytes are there too. */
    Mono<Entry> held(ResourceKey key) {
        Optional<Entry> hot = catalog.hot(key);
        return hot.isPresent() ? Mono.just(hot.get()) : sought(key);
    }

    private Mono<Entry> sought(ResourceKey key) {
        return catalog.find(key).onErrorResume(e -> {
            LOG.warn("The catalog does not answer: {}", e.getMessage());
            return Mono.empty();
        });
    }

    /** The newest revision, fetched whole when nothing is held. Empty where the snapshot has none. */
    Mono<Resolved> resolve(Candidate candidate, Snapshot snapshot, boolean reachesBack) {
        if (!isPast(snapshot)) {
            return newest(candidate);
        }
        return asOf(candidate, snapshot)
                .switchIfEmpty(Mono.defer(() -> beforeHistory(candidate, snapshot, reachesBack)));
    }

    /** The revision of a past day, when one is held. */
    Mono<Resolved> asOf(Candidate candidate, Snapshot snapshot) {
        Instant last = snapshot.end().orElseThrow().minusMillis(1);
        return catalog.asOf(candidate.key(), last).map(entry -> Resolved.of(entry, CacheStatus.Kind.HIT));
    }

    private Mono<Resolved> beforeHistory(Candidate candidate, Snapshot snapshot, boolean reachesBack) {
        if (candidate.dated().isPresent()) {
            return dated(candidate.dated().get());
        }
        if (reachesBack) {
            return newest(candidate);
        }
        return catalog.oldest(candidate.key())
                .<Resolved>flatMap(oldest -> Mono.error(noHistory(candidate, snapshot, Optional.of(oldest))))
                .switchIfEmpty(Mono.error(() -> noHistory(candidate, snapshot, Optional.empty())));
    }

    /** The origin's own snapshot of a day: it does not change any more. */
    Mono<Resolved> dated(Candidate dated) {
        return held(dated.key())
                .map(entry -> Resolved.of(entry, CacheStatus.Kind.HIT))
                .switchIfEmpty(Mono.defer(() -> fetched(dated)));
    }

    ForebayException noHistory(Candidate candidate, Snapshot snapshot, Optional<Entry> oldest) {
        LocalDate from = oldest.map(entry -> entry.seen().atZone(ZoneOffset.UTC).toLocalDate())
                .orElseGet(() -> clock.instant().atZone(ZoneOffset.UTC).toLocalDate());
        return ForebayException.notFound(
                "nothing is known of " + candidate.key().path() + " as of "
                        + snapshot.date().orElseThrow() + ": dates work from " + from + " on");
    }

    /** Whether a snapshot is of a day that is over. */
    boolean isPast(Snapshot snapshot) {
        return snapshot.end().filter(end -> !end.isAfter(clock.instant())).isPresent();
    }

    private Mono<Resolved> newest(Candidate candidate) {
        return held(candidate.key())
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .flatMap(held -> decided(candidate, held));
    }

    private Mono<Resolved> decided(Candidate candidate, Optional<Entry> held) {
        return switch (CacheDecision.of(held, clock.instant(), options)) {
            case SERVE -> Mono.just(Resolved.of(held.orElseThrow(), CacheStatus.Kind.HIT));
            case SERVE_AND_REVALIDATE -> Mono.just(behind(candidate, held.orElseThrow()));
            case REVALIDATE -> revalidated(candidate, held.orElseThrow());
            case FETCH -> Mono.defer(() -> fetched(candidate));
        };
    }

    /** Serves a stale entry and sets its revalidation going. */
    Resolved behind(Candidate candidate, Entry entry) {
        if (negatives.find(candidate.key()).isEmpty()) {
            refresh(candidate, entry)
                    .subscribe(fresh -> {}, e -> LOG.info("{} stays as it is: {}", candidate.key(), e.getMessage()));
        }
        return Resolved.of(entry, CacheStatus.Kind.STALE);
    }

    /** Revalidates, within the time a client waits for it; falls back on what is held. */
    Mono<Resolved> revalidated(Candidate candidate, Entry entry) {
        Mono<Entry> refreshed = negatives
                .find(candidate.key())
                .<Mono<Entry>>map(Mono::error)
                .orElseGet(() -> refresh(candidate, entry).timeout(options.revalidationWait()));
        return refreshed
                .map(fresh -> new Resolved(
                        fresh,
                        CacheStatus.Kind.REVALIDATED,
                        OptionalInt.of(fresh.digest().equals(entry.digest()) ? 304 : 200)))
                .onErrorResume(e -> onError(entry, e));
    }

    private Mono<Resolved> onError(Entry entry, Throwable cause) {
        boolean gone = cause instanceof ForebayException failure && failure.kind() == Kind.NOT_FOUND;
        if (!gone && CacheDecision.mayServeOnError(entry, clock.instant(), options)) {
            return Mono.just(Resolved.of(entry, CacheStatus.Kind.STALE));
        }
        return Mono.error(Failures.of(cause, LOG));
    }

    private Mono<Resolved> fetched(Candidate candidate) {
        Optional<ForebayException> remembered = negatives.find(candidate.key());
        if (remembered.isPresent()) {
            return Mono.error(remembered.get());
        }
        return Mono.deferContextual(
                context -> flown(candidate, flights.join(candidate, Nature.INDEX, Admission.client(context))));
    }

    /** What is held, or fetched in the turn of a file that is being fetched: that file waits for it at its end. */
    Mono<Entry> aside(Candidate candidate) {
        return held(candidate.key()).switchIfEmpty(Mono.defer(() -> negatives
                .find(candidate.key())
                .<Mono<Entry>>map(Mono::error)
                .orElseGet(() -> flown(candidate, flights.joinAside(candidate, Nature.INDEX))
                        .map(Resolved::entry))));
    }

    private Mono<Resolved> flown(Candidate candidate, Flights.Ticket ticket) {
        Flight flight = ticket.flight();
        CacheStatus.Kind how = ticket.leads() ? CacheStatus.Kind.MISS : CacheStatus.Kind.COLLAPSED;
        return flight.ended()
                .flatMap(outcome -> entry(outcome, candidate))
                .map(entry -> new Resolved(entry, how, OptionalInt.of(200)))
                .doOnSuccess(resolved -> generation(candidate))
                .doFinally(signal -> flight.leave());
    }

    /** A form was fetched for the first time: the others that are held may be of an older generation. */
    void generation(Candidate candidate) {
        for (Candidate sibling : candidate.siblings()) {
            catalog.hot(sibling.key()).ifPresent(entry -> behind(sibling, entry));
        }
    }

    /** A revalidation under way, and which form of the index began it. */
    private record Refresh(ResourceKey key, Mono<Entry> fresh) {}

    /** One revalidation at a time for all forms of an index: two at once could mix generations, or go back by one. */
    Mono<Entry> refresh(Candidate candidate, Entry entry) {
        ResourceKey generation = generationKey(candidate);
        Mono<Entry> fresh = Mono.defer(() -> generationOf(candidate, entry))
                .doOnError(ForebayException.class, failure -> failed(candidate, failure))
                // Before anybody hears of the end: who then asks for another form must not find this one again.
                .doOnTerminate(() -> refreshes.asMap().remove(generation))
                .cache();
        Refresh running = refreshes.asMap().putIfAbsent(generation, new Refresh(candidate.key(), fresh));
        if (running == null) {
            return fresh;
        }
        return running.key().equals(candidate.key())
                ? running.fresh()
                : running.fresh().onErrorComplete().then(Mono.defer(() -> after(candidate, entry)));
    }

    /** Another form was revalidated: when it had changed, this one is up to date with it. */
    private Mono<Entry> after(Candidate candidate, Entry entry) {
        return held(candidate.key())
                .filter(now -> !now.equals(entry))
                .switchIfEmpty(Mono.defer(() -> refresh(candidate, entry)));
    }

    private static ResourceKey generationKey(Candidate candidate) {
        return Stream.concat(Stream.of(candidate), candidate.siblings().stream())
                .map(Candidate::key)
                .min(Comparator.comparing(ResourceKey::toString))
                .orElseThrow();
    }

    private void failed(Candidate candidate, ForebayException failure) {
        negatives.remember(candidate.key(), failure);
        if (failure.kind() == Kind.NOT_FOUND) {
            catalog.validated(candidate.key(), Instant.EPOCH);
        }
    }

    private Mono<Entry> generationOf(Candidate candidate, Entry held) {
        return confirmed(candidate, held, false).flatMap(fresh -> {
            if (fresh.digest().equals(held.digest()) || candidate.siblings().isEmpty()) {
                return recorded(List.of(fresh)).thenReturn(fresh);
            }
            return Flux.fromIterable(candidate.siblings())
                    .concatMap(sibling -> held(sibling.key()).flatMap(entry -> sibling(sibling, entry)))
                    .collectList()
                    .flatMap(others -> {
                        List<Entry> generation = new ArrayList<>(others);
                        generation.add(fresh);
                        return recorded(generation).thenReturn(fresh);
                    });
        });
    }

    /** A form that the origin no longer has is left behind; any other failure keeps the whole generation back. */
    private Mono<Entry> sibling(Candidate sibling, Entry entry) {
        return confirmed(sibling, entry, true).onErrorResume(ForebayException.class, failure -> {
            if (failure.kind() != Kind.NOT_FOUND) {
                return Mono.error(failure);
            }
            failed(sibling, failure);
            return Mono.empty();
        });
    }

    private Mono<Void> recorded(List<Entry> entries) {
        return catalog.commit(entries).onErrorResume(e -> {
            LOG.warn("Not recorded: {}", e.getMessage());
            return Mono.empty();
        });
    }

    /** Asks the origin whether an entry is current: the same entry with a new time, or its successor, stored. */
    private Mono<Entry> confirmed(Candidate candidate, Entry held, boolean noCache) {
        Flight flight = leader.flight(candidate, flights);
        Optional<Entry> condition = blobs.store().contains(held.digest()) ? Optional.of(held) : Optional.empty();
        return leader.fly(flight, Nature.INDEX, condition, noCache)
                .doOnNext(flight::succeed)
                .doOnError(e -> flight.fail(Failures.of(e, LOG)))
                .flatMap(outcome -> outcome instanceof Outcome.Unchanged
                        ? Mono.just(held.validatedAt(clock.instant()))
                        : entry(outcome, candidate));
    }

    private static Mono<Entry> entry(Outcome outcome, Candidate candidate) {
        if (outcome instanceof Outcome.Stored stored) {
            return Mono.just(stored.entry());
        }
        if (outcome instanceof Outcome.Unchanged unchanged) {
            return Mono.just(unchanged.held());
        }
        return Mono.error(ForebayException.unavailable(
                candidate.key().path() + " could not be stored, so it cannot be read; ask again"));
    }
}
