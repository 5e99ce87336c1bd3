package io.forebay.cache;

import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import io.forebay.model.Candidate;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.Listed;
import io.forebay.model.Listing;
import io.forebay.model.Nature;
import io.forebay.model.Plan;
import io.forebay.model.Snapshot;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Package files: held ones from the store, others by a flight; candidates in order, and no lower source for a name that a higher
 * one owns. Safe for use by many threads.
 */
final class Artifacts {
    private static final Logger LOG = LoggerFactory.getLogger(Artifacts.class);

    private final Catalog catalog;
    private final Blobs blobs;
    private final Answers answers;
    private final Indexes indexes;
    private final Listings listings;
    private final Derivations derivations;
    private final Flights flights;
    private final Negatives negatives;
    private final CacheOptions options;

    Artifacts(
            Catalog catalog,
            Blobs blobs,
            Answers answers,
            Indexes indexes,
            Listings listings,
            Derivations derivations,
            Flights flights,
            Negatives negatives,
            CacheOptions options) {
        this.catalog = catalog;
        this.blobs = blobs;
        this.answers = answers;
        this.indexes = indexes;
        this.listings = listings;
        this.derivations = derivations;
        this.flights = flights;
        this.negatives = negatives;
        this.options = options;
    }

    Mono<Answer> artifact(Plan.Verbatim plan) {
        List<Candidate> candidates = plan.candidates();
        Candidate first = candidates.get(0);
        Optional<Entry> hot = catalog.hot(first.key());
        if (hot.isPresent()) {
            Optional<Body> body = blobs.now(hot.get().digest());
            if (body.isPresent()) {
                return Mono.just(answers.stored(
                        hot.get(), body.get(), CacheStatus.hit(PackageCache.FOR_EVER.toSeconds()), true));
            }
        }
        return local(candidates.iterator())
                .switchIfEmpty(
                        Mono.defer(() -> candidate(plan, plan.candidates().iterator())));
    }

    /** What is held of any source, as long as no source before it is known to own the name: a hit asks no network. */
    private Mono<Answer> local(Iterator<Candidate> rest) {
        Candidate candidate = rest.next();
        return heldArtifact(candidate)
                .switchIfEmpty(Mono.defer(() -> rest.hasNext()
                        ? isKnownToOwn(candidate).flatMap(owns -> owns ? Mono.empty() : local(rest))
                        : Mono.empty()));
    }

    private Mono<Answer> heldArtifact(Candidate candidate) {
        return indexes.held(candidate.key())
                .flatMap(entry -> answers.opened(entry, CacheStatus.hit(PackageCache.FOR_EVER.toSeconds()), true));
    }

    private Mono<Boolean> isKnownToOwn(Candidate candidate) {
        return Mono.justOrEmpty(candidate.listing())
                .flatMap(listed -> listings.held(listed).map(listing -> listing.owns(listed.packageName())))
                .defaultIfEmpty(false);
    }

    private Mono<Answer> candidate(Plan.Verbatim plan, Iterator<Candidate> rest) {
        Candidate candidate = rest.next();
        return artifactOf(plan, candidate)
                .onErrorResume(
                        ForebayException.class,
                        failure -> failure.kind() == Kind.NOT_FOUND
                                ? lower(plan, candidate, rest, failure)
                                : Mono.error(failure));
    }

    /** A source does not have the file. The next is asked, unless this one owns the name (dependency confusion). */
    private Mono<Answer> lower(
            Plan.Verbatim plan, Candidate candidate, Iterator<Candidate> rest, ForebayException missing) {
        Mono<Boolean> last = rest.hasNext() ? owns(candidate) : Mono.just(true);
        return last.flatMap(isLast -> isLast
                ? plan.derivation()
                        .map(derivation -> derived(candidate, derivation, missing))
                        .orElseGet(() -> Mono.error(missing))
                : candidate(plan, rest));
    }

    /** Whether a source has the name, so that no lower one is asked for it. */
    Mono<Boolean> owns(Candidate candidate) {
        if (candidate.listing().isEmpty()) {
            return Mono.just(false);
        }
        Listed listed = candidate.listing().get();
        return listings.held(listed)
                .switchIfEmpty(Mono.defer(() -> listing(listed)))
                .map(listing -> listing.owns(listed.packageName()))
                .defaultIfEmpty(false);
    }

    private Mono<Listing> listing(Listed listed) {
        return Flux.fromIterable(listed.forms())
                .concatMap(form -> indexes.resolve(form, Snapshot.LATEST, false)
                        .onErrorResume(
                                ForebayException.class,
                                failure -> failure.kind() == Kind.NOT_FOUND ? Mono.empty() : Mono.error(failure)))
                .next()
                .flatMap(resolved -> listings.read(resolved.entry(), listed.reader()));
    }

    private Mono<Answer> artifactOf(Plan.Verbatim plan, Candidate candidate) {
        return heldArtifact(candidate)
                .switchIfEmpty(Mono.defer(() -> flown(candidate, Nature.ARTIFACT, plan.companion())));
    }

    /** Joins the flight of a resource and answers with what it brings, as it comes. */
    Mono<Answer> flown(Candidate candidate, Nature nature, Optional<Plan.Verbatim> companion) {
        Optional<ForebayException> remembered = negatives.find(candidate.key());
        if (remembered.isPresent()) {
            return Mono.error(remembered.get());
        }
        // Either the body is taken, and then it goes down to who closes it, or the seat is left: no operator between
        // them could drop a body when its client leaves just then.
        return Mono.deferContextual(context -> {
            Seat seat = seat(candidate, nature, companion, Admission.client(context));
            return seat.flight()
                    .opened()
                    .flatMap(opening -> answered(seat, opening, nature))
                    .doFinally(signal -> seat.leaveUnlessTaken());
        });
    }

    private Seat seat(Candidate candidate, Nature nature, Optional<Plan.Verbatim> companion, String client) {
        Flights.Ticket ticket = flights.join(candidate, nature, client);
        if (ticket.leads() && companion.isPresent()) {
            ticket.flight()
                    .ended()
                    .filter(Outcome.Stored.class::isInstance)
                    .flatMap(outcome -> cut(candidate, companion.get(), ((Outcome.Stored) outcome).entry()))
                    .subscribe(
                            entry -> {},
                            e -> LOG.info("Nothing is cut out of {}: {}", candidate.key(), e.getMessage()));
        }
        return new Seat(ticket);
    }

    /** Makes the companion of an artifact that was just stored, unless its index lists one. */
    private Mono<Entry> cut(Candidate candidate, Plan.Verbatim companion, Entry from) {
        return Flux.fromIterable(companion.candidates())
                .filter(made -> made.source().equals(candidate.source())
                        && made.listing().isPresent())
                .next()
                .flatMap(made -> listings.held(made.listing().get())
                        .filter(listing ->
                                listing.expectation(made.listing().get().file()).isEmpty())
                        .flatMap(listing ->
                                derivations.cut(made, companion.derivation().orElseThrow(), from)));
    }

    private Mono<Answer> answered(Seat seat, Flight.Opening opening, Nature nature) {
        Flight flight = seat.flight();
        Entry elsewhere = flight.answeredBy();
        if (elsewhere != null) {
            CacheStatus status = CacheStatus.hit(0);
            return answers.opened(elsewhere, status, nature == Nature.ARTIFACT)
                    .switchIfEmpty(Mono.error(new ForebayException(Kind.ORIGIN_UNAVAILABLE, "it was lost; ask again")));
        }
        Head head = opening.head();
        CacheStatus status = new CacheStatus(
                seat.leads() ? CacheStatus.Kind.MISS : CacheStatus.Kind.COLLAPSED, opening.originStatus(), 0);
        boolean immutable = nature == Nature.ARTIFACT;
        return Mono.justOrEmpty(seat.take())
                .map(body -> new Answer(
                        head,
                        body,
                        Optional.empty(),
                        false,
                        Duration.ZERO,
                        immutable ? PackageCache.FOR_EVER : options.indexTtl(),
                        immutable,
                        status));
    }

    private Mono<Answer> derived(Candidate candidate, Plan.Derivation derivation, ForebayException missing) {
        return entry(derivation.from())
                .flatMap(from -> derivations.cut(candidate, derivation, from))
                .flatMap(entry -> answers.opened(entry, CacheStatus.of(CacheStatus.Kind.MISS), true))
                .switchIfEmpty(Mono.error(missing));
    }

    /** The entry of an artifact, fetched to its end when it is not held. */
    private Mono<Entry> entry(Plan.Verbatim plan) {
        return artifact(plan).flatMap(answer -> {
            answer.close();
            return Flux.fromIterable(plan.candidates())
                    .concatMap(candidate -> flights.ended(candidate).then(indexes.held(candidate.key())))
                    .next();
        });
    }

    /** What the index promises of a file for whose sake it is fetched, in the first form that the origin has. */
    Mono<Expectation> listed(Candidate candidate) {
        Listed listed = candidate.listing().orElseThrow();
        return Flux.fromIterable(listed.forms())
                .concatMap(
                        form -> indexes.aside(form)
                                .onErrorResume(
                                        ForebayException.class,
                                        failure ->
                                                failure.kind() == Kind.NOT_FOUND ? Mono.empty() : Mono.error(failure)),
                        1)
                .next()
                .flatMap(entry -> listings.read(entry, listed.reader()))
                .map(listing -> listing.expectation(listed.file()).orElse(Expectation.NONE));
    }

    /** What the index promises of a file after it has been brought up to date. */
    Mono<Expectation> relisted(Candidate candidate) {
        Listed listed = candidate.listing().orElseThrow();
        return Flux.fromIterable(listed.forms())
                .concatMap(form -> indexes.held(form.key()).flatMap(entry -> indexes.refresh(form, entry)))
                .next()
                .flatMap(entry -> listings.read(entry, listed.reader()))
                .map(listing -> listing.expectation(listed.file()).orElse(Expectation.NONE));
    }
}
