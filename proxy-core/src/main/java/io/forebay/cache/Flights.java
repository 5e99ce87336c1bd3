package io.forebay.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.catalog.Catalog;
import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The flights of this moment, one for each resource that is being fetched: however many ask, the origin is asked once.
 *
 * <p>The map is Caffeine's for its lock-free reads and atomic {@code computeIfAbsent}; it has no maximum size of its own, since
 * evicting a flight would ask the origin twice. {@link Admission} bounds it instead: a flight is registered, and may be joined,
 * before it is its turn, so that followers need no place of their own; they wait in the turn of who was first.
 *
 * <p>Keep rule: a flight that every client has left goes on, so that a client that gave up and comes again finds a hit; unless
 * it still waits for its turn, or more than {@link CacheOptions#keepAbandonedBytes} would have to be fetched for clients that left, then it is ended.
 */
final class Flights {
    private static final Logger LOG = LoggerFactory.getLogger(Flights.class);

    /** What a body of unknown length counts as when nobody waits for it. */
    private static final long UNKNOWN_BYTES = 16L << 20;

    private final Cache<ResourceKey, Flight> inFlight = Caffeine.newBuilder().build();
    private final Set<Flight> abandoned = ConcurrentHashMap.newKeySet();
    private final Catalog catalog;
    private final Leader leader;
    private final Negatives negatives;
    private final CacheOptions options;
    private final Admission admission;

    Flights(Catalog catalog, Leader leader, Negatives negatives, CacheOptions options, Admission admission) {
        this.catalog = catalog;
        this.leader = leader;
        this.negatives = negatives;
        this.options = options;
        this.admission = admission;
    }

    /** A claim on a flight: the bearer is one of its clients until it leaves. */
    record Ticket(Flight flight, boolean leads) {}

    /**
     * Joins the flight of a resource, or begins it. The ticket's flight must be left.
     *
     * @param client address on whose behalf the origin is asked
     */
    Ticket join(Candidate candidate, Nature nature, String client) {
        return join(candidate, nature, flight -> flight.turn(admission.turn(client, () -> flight.clients() > 0)));
    }

    /** The same out of turn, for the sake of a flight that has had its turn: the two must not wait for each other. */
    Ticket joinAside(Candidate candidate, Nature nature) {
        return join(candidate, nature, flight -> {});
    }

    private Ticket join(Candidate candidate, Nature nature, Consumer<Flight> turn) {
        while (true) {
            Flight running = inFlight.getIfPresent(candidate.key());
            if (running != null) {
                if (!running.fill().isPassThrough() && running.join()) {
                    return new Ticket(running, false);
                }
                inFlight.asMap().remove(candidate.key(), running);
                continue;
            }
            Flight fresh = leader.flight(candidate, this);
            turn.accept(fresh);
            fresh.join();
            Flight winner = inFlight.asMap().putIfAbsent(candidate.key(), fresh);
            if (winner == null) {
                lead(fresh, nature, false);
                return new Ticket(fresh, true);
            }
            fresh.leave();
        }
    }

    /** Runs a flight from its registration to the moment it leaves the map, which is after its row can be found. */
    private void lead(Flight flight, Nature nature, boolean noCache) {
        ResourceKey key = flight.candidate().key();
        Mono<Void> work = leader.look(flight.candidate())
                .doOnNext(flight::answeredBy)
                .<Outcome>map(Outcome.Unchanged::new)
                .switchIfEmpty(flight.inTurn(leader.fly(flight, nature, Optional.empty(), noCache)))
                .flatMap(outcome -> record(outcome).thenReturn(outcome).onErrorResume(e -> {
                    LOG.warn("{} is stored but not recorded: {}", key, e.getMessage());
                    return Mono.just(outcome);
                }))
                .doOnNext(outcome -> {
                    inFlight.asMap().remove(key, flight);
                    flight.succeed(outcome);
                })
                .onErrorResume(e -> {
                    failed(flight, nature, noCache, Failures.of(e, LOG));
                    return Mono.empty();
                })
                .then();
        flight.working(work.subscribe(nothing -> {}, e -> LOG.error("A flight ended without an end: {}", key, e)));
    }

    private Mono<Void> record(Outcome outcome) {
        return outcome instanceof Outcome.Stored stored ? catalog.commit(List.of(stored.entry())) : Mono.empty();
    }

    private void failed(Flight flight, Nature nature, boolean noCache, ForebayException failure) {
        ResourceKey key = flight.candidate().key();
        if (failure.kind() == Kind.CORRUPT && !noCache) {
            refetch(flight, nature);
        } else if (!flight.isOpened()) {
            negatives.remember(key, failure);
        }
        inFlight.asMap().remove(key, flight);
        flight.fail(failure);
    }

    /** What came was wrong: a cache on the way may hold a bad copy. Once more, past it; who asks meanwhile joins. */
    private void refetch(Flight bad, Nature nature) {
        Flight fresh = leader.flight(bad.candidate(), this);
        bad.nextTurn().ifPresent(fresh::turn);
        if (inFlight.asMap().replace(bad.candidate().key(), bad, fresh)) {
            lead(fresh, nature, true);
        }
    }

    /** Called when the last client has left a flight that goes on. */
    void abandoned(Flight flight) {
        if (flight.fill().isVerified()) {
            // Only the disk is waited for: nothing of it is missing.
            return;
        }
        abandoned.add(flight);
        flight.ended().subscribe(outcome -> abandoned.remove(flight), e -> abandoned.remove(flight));
        long left = abandoned.stream()
                .filter(one -> one.clients() == 0)
                .mapToLong(Flights::left)
                .sum();
        boolean keep = !flight.isWaiting() && !flight.fill().isPassThrough() && left <= options.keepAbandonedBytes();
        if (!keep && flight.cancelAbandoned(ForebayException.unavailable("the fetch was ended; ask again"))) {
            inFlight.asMap().remove(flight.candidate().key(), flight);
            LOG.info(
                    "{}: every client left and too much is missing; ended",
                    flight.candidate().key());
        }
    }

    private static long left(Flight flight) {
        Fill fill = flight.fill();
        return fill.total().isPresent() ? fill.total().getAsLong() - fill.received() : UNKNOWN_BYTES;
    }

    /** Whether one of the resources is being fetched. */
    boolean isFlying(List<Candidate> candidates) {
        return candidates.stream().anyMatch(candidate -> inFlight.getIfPresent(candidate.key()) != null);
    }

    /** Completes when the resource is not being fetched (any more), however that ended. */
    Mono<Void> ended(Candidate candidate) {
        Flight flight = inFlight.getIfPresent(candidate.key());
        return flight == null ? Mono.empty() : flight.ended().onErrorComplete().then();
    }

    List<PackageCache.Fetch> fetches() {
        return inFlight.asMap().values().stream()
                .map(flight -> new PackageCache.Fetch(
                        flight.candidate().key(),
                        flight.fill().received(),
                        flight.fill().total(),
                        flight.clients()))
                .toList();
    }

    /**
     * Ends what is under way, since the process ends, and keeps of large bodies what has come, those with most of it first: how
     * many, when they are durable.
     */
    Mono<Long> suspend() {
        ForebayException reason = ForebayException.unavailable("this server stops; ask again");
        List<Flight> flights = inFlight.asMap().values().stream()
                .sorted(Comparator.comparingLong(
                        (Flight flight) -> -flight.fill().received()))
                .toList();
        return Flux.fromIterable(flights)
                .flatMap(flight -> flight.suspend(reason).onErrorResume(e -> {
                    LOG.warn(
                            "The beginning of {} is not kept: {}",
                            flight.candidate().key(),
                            e.getMessage());
                    return Mono.just(false);
                }))
                .filter(kept -> kept)
                .count();
    }

    /** Completes when everything that clients have had whole is recorded too. */
    Mono<Void> landed() {
        return Flux.fromIterable(inFlight.asMap().values())
                .filter(flight -> flight.fill().isVerified())
                .flatMap(flight -> flight.ended().onErrorComplete())
                .then();
    }

    /** How many fetches are under way. */
    long count() {
        return inFlight.estimatedSize();
    }

    /** How many clients read from them. */
    long clients() {
        return inFlight.asMap().values().stream().mapToLong(Flight::clients).sum();
    }
}
