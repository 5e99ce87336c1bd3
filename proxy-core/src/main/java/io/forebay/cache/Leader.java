package io.forebay.cache;

import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import io.forebay.catalog.Notes;
import io.forebay.model.Algorithm;
import io.forebay.model.Candidate;
import io.forebay.model.Digest;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.store.Draft;
import io.forebay.upstream.Origins;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * What the leader of a flight does: expect, download, verify, store. Bytes before row: the row is written by who called.
 *
 * <p>Safe for use by many threads.
 */
final class Leader {
    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

    /** More verified bodies than these on their way to the disk mean that origins are faster than the disk. */
    private static final int PERSISTING_MAX = 1_000;

    private final LongAdder refusals = new LongAdder();
    private final AtomicInteger persisting = new AtomicInteger();
    private final Catalog catalog;
    private final Blobs blobs;
    private final Origins origins;
    private final Listings listings;
    private final CacheOptions options;
    private final InstantSource clock;
    private final Relisting relisting;
    private final IndexJudge indexJudge;

    /** What an index promises of a file when it is asked for the file's sake. */
    interface Relisting {
        /** The file disagrees with what is held: the index is brought up to date. */
        Mono<Expectation> again(Candidate candidate);

        /** None is held. */
        Mono<Expectation> first(Candidate candidate);
    }

    Leader(
            Catalog catalog,
            Blobs blobs,
            Origins origins,
            Listings listings,
            CacheOptions options,
            InstantSource clock,
            Relisting relisting) {
        this.catalog = catalog;
        this.blobs = blobs;
        this.origins = origins;
        this.listings = listings;
        this.options = options;
        this.clock = clock;
        this.relisting = relisting;
        this.indexJudge = new IndexJudge(catalog, listings);
    }

    /** A flight that has not begun. */
    Flight flight(Candidate candidate, Flights flights) {
        return new Flight(candidate, new Fill(blobs.store(), options.diskPatience()), flights);
    }

    /** One more look before the origin is asked: another flight may have stored the resource just now. */
    Mono<Entry> look(Candidate candidate) {
        return catalog.find(candidate.key())
                .filter(entry -> blobs.isThere(entry.digest()))
                .filter(entry -> CacheDecision.of(Optional.of(entry), clock.instant(), options) == CacheDecision.SERVE)
                .onErrorResume(e -> {
                    LOG.warn("The catalog does not answer, the origin is asked: {}", e.getMessage());
                    return Mono.empty();
                });
    }

    /**
     * Flies to the end.
     *
     * @param held what the origin is asked to confirm; clients of such a flight wait for its end
     */
    Mono<Outcome> fly(Flight flight, Nature nature, Optional<Entry> held, boolean noCache) {
        Candidate candidate = flight.candidate();
        Download download = new Download(origins, candidate, held, flight, options, noCache);
        return Mono.defer(() -> promise(candidate))
                .doOnNext(promise -> flight.fill().compute(promise.algorithms()))
                .flatMap(promise -> download.run(
                                promise.known(), held.isEmpty() && !noCache ? begun(flight) : Optional.empty())
                        // A body may wait for the disk and its row for long: it keeps nothing of the exchange
                        // meanwhile.
                        .onTerminateDetach()
                        .flatMap(result -> ended(flight, nature, held, result, promise)))
                .doOnError(ForebayException.class, failure -> refused(flight, failure))
                .doFinally(signal -> download.leave());
    }

    /** What an earlier process has fetched of it. */
    private Optional<Beginning> begun(Flight flight) {
        return Beginning.take(
                blobs.store(), flight.candidate().key(), flight.fill().algorithms());
    }

    private Mono<Outcome> ended(
            Flight flight, Nature nature, Optional<Entry> held, Download.Result result, Promise promise) {
        if (result instanceof Download.Result.Body body) {
            return promise.settled().flatMap(expected -> landed(flight, nature, held, body, expected));
        }
        if (result instanceof Download.Result.Missing missing) {
            return Mono.error(ForebayException.notFound("the origin says " + missing.status() + " for "
                    + flight.candidate().key().path()));
        }
        return unchanged(held);
    }

    private static Mono<Outcome> unchanged(Optional<Entry> held) {
        return held.<Mono<Outcome>>map(entry -> Mono.just(new Outcome.Unchanged(entry)))
                .orElseGet(() ->
                        Mono.error(ForebayException.originInvalid("the origin answered 304 where nothing was held")));
    }

    /** What is promised of a resource, by the index that lists it or else by its path. */
    Mono<Expectation> expectation(Candidate candidate) {
        return listed(candidate).defaultIfEmpty(candidate.promised());
    }

    private Mono<Expectation> listed(Candidate candidate) {
        return Mono.justOrEmpty(candidate.listing())
                .flatMap(listings::expectation)
                .map(expected -> expected.checksums().isEmpty() ? merged(expected, candidate.promised()) : expected);
    }

    private Mono<Promise> promise(Candidate candidate) {
        return listed(candidate).map(Promise::of).switchIfEmpty(Mono.fromSupplier(() -> unlisted(candidate)));
    }

    /** No index is held. One that may promise something is fetched beside a file whose path promises nothing. */
    private Promise unlisted(Candidate candidate) {
        Set<Algorithm> algorithms =
                candidate.listing().map(listed -> listed.reader().algorithms()).orElseGet(Set::of);
        if (algorithms.isEmpty() || !candidate.promised().isNone()) {
            return Promise.of(candidate.promised());
        }
        Mono<Expectation> late = relisting
                .first(candidate)
                .doOnError(e -> LOG.info("Nothing is promised of {}: {}", candidate.key(), e.getMessage()))
                .onErrorReturn(Expectation.NONE)
                .cache();
        late.subscribe();
        return new Promise(Expectation.NONE, Optional.of(late), algorithms);
    }

    private static Expectation merged(Expectation listed, Expectation promised) {
        return new Expectation(promised.checksums(), listed.size().isPresent() ? listed.size() : promised.size());
    }

    private Mono<Outcome> landed(
            Flight flight, Nature nature, Optional<Entry> held, Download.Result.Body body, Expectation expected) {
        return Verification.sum(flight.fill()).flatMap(sum -> {
            if (sum.isEmpty()) {
                return expected.checksums().isEmpty()
                        ? unvouched(flight, body, "a failing disk lost count of it")
                        : Mono.error(ForebayException.unavailable("a failing disk lost count of the file; ask again"));
            }
            return judged(flight, nature, sum.get(), expected)
                    .flatMap(reason -> reason.isEmpty() && nature == Nature.INDEX
                            ? indexJudge.fault(flight, held, body.head(), sum.get())
                            : Mono.just(reason))
                    .flatMap(reason -> reason.isPresent()
                            ? Mono.error(new ForebayException(
                                    Kind.CORRUPT,
                                    flight.candidate().key().path() + " is not what was promised: " + reason.get()))
                            : accepted(flight, nature, held, body, sum.get(), expected));
        });
    }

    /** What is wrong with the body. A file that disagrees with its index may mean that the index is the older of the two. */
    private Mono<Optional<String>> judged(Flight flight, Nature nature, Draft.Sum sum, Expectation expected) {
        Optional<String> wrong = (sum.size() == 0 && nature == Nature.ARTIFACT && expected.isNone()
                        ? Optional.of("an empty file")
                        : magic(flight))
                .or(() -> Verification.mismatch(sum, expected));
        if (wrong.isEmpty() || flight.candidate().listing().isEmpty() || expected.isNone()) {
            return Mono.just(wrong);
        }
        return relisting
                .again(flight.candidate())
                .filter(again -> !again.isNone() && Verification.covers(sum, again))
                .map(again -> Verification.mismatch(sum, again))
                .defaultIfEmpty(wrong)
                .onErrorReturn(wrong);
    }

    private static Optional<String> magic(Flight flight) {
        Fill fill = flight.fill();
        String path = flight.candidate().urls().get(0).getPath();
        if (fill.draft() != null || fill.isPassThrough() || Magic.of(path).agrees(fill.small(), fill.smallLength())) {
            return Optional.empty();
        }
        return Optional.of("not the kind of file that its name says");
    }

    /** Bodies that were not what was promised of them, since the start. */
    long refusals() {
        return refusals.sum();
    }

    private void refused(Flight flight, ForebayException failure) {
        Candidate candidate = flight.candidate();
        if (failure.kind() == Kind.CORRUPT && flight.fill().wentOn()) {
            // Part of it came from our own disk: the origin is judged by the whole, which is fetched next.
            LOG.warn(
                    "{} was gone on with and is wrong, it is fetched whole: {}", candidate.key(), failure.getMessage());
        } else if (failure.kind() == Kind.CORRUPT) {
            refusals.increment();
            String url = candidate.urls().get(0).toString();
            catalog.quarantine(new Catalog.Quarantined(candidate.key(), url, failure.getMessage(), clock.instant()));
            LOG.warn("Refused {} from {}: {}", candidate.key(), candidate.source(), failure.getMessage());
        }
    }

    private Mono<Outcome> accepted(
            Flight flight,
            Nature nature,
            Optional<Entry> held,
            Download.Result.Body body,
            Draft.Sum sum,
            Expectation expected) {
        if (!body.delimited() && expected.isNone()) {
            return unvouched(flight, body, "nothing tells whether it is whole");
        }
        Head head = Heads.stored(body.head(), sum.digest());
        // Clients are answered before the disk has it, unless so much waits for the disk that they should wait too.
        boolean ahead = persisting.incrementAndGet() <= PERSISTING_MAX;
        if (ahead) {
            answer(flight, head, held);
        }
        Instant now = clock.instant();
        Entry entry = new Entry(
                flight.candidate().key(),
                nature,
                sum.digest(),
                sum.size(),
                head,
                body.url().toString(),
                now,
                now);
        return stored(flight, entry)
                .<Outcome>thenReturn(new Outcome.Stored(entry))
                .onErrorResume(e -> {
                    LOG.warn("Not stored: {}: {}", flight.candidate().key(), e.getMessage());
                    return Mono.just(new Outcome.PassedThrough());
                })
                .doFinally(signal -> persisting.decrementAndGet())
                .doOnNext(outcome -> {
                    if (!ahead) {
                        answer(flight, head, held);
                    }
                });
    }

    /** The last byte may go, and the head with it where it has not gone before. */
    private static void answer(Flight flight, Head head, Optional<Entry> held) {
        flight.fill().verified();
        if (held.isEmpty()) {
            flight.open(head, 200);
        }
    }

    /** Served, since it is all there is, but not kept. */
    private static Mono<Outcome> unvouched(Flight flight, Download.Result.Body body, String reason) {
        LOG.info("Not stored: {}: {}", flight.candidate().key(), reason);
        flight.fill().verified();
        flight.open(body.head(), 200);
        Draft draft = flight.fill().draft();
        if (draft != null) {
            draft.abort();
        }
        return Mono.just(new Outcome.PassedThrough());
    }

    private Mono<Void> stored(Flight flight, Entry entry) {
        Fill fill = flight.fill();
        if (fill.isPassThrough()) {
            return Mono.error(new IllegalStateException("the disk failed"));
        }
        Digest digest = entry.digest();
        byte[] note = Notes.write(entry);
        Draft draft = fill.draft();
        if (draft != null) {
            return draft.commit(note);
        }
        byte[] bytes = fill.small().length == fill.smallLength()
                ? fill.small()
                : Arrays.copyOf(fill.small(), fill.smallLength());
        return blobs.store()
                .put(digest, Unpooled.wrappedBuffer(bytes), note)
                .doOnSuccess(nothing -> blobs.keep(digest, bytes));
    }
}
