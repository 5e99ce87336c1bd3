package io.forebay.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import io.forebay.model.Candidate;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.Plan;
import io.forebay.model.ResourceKey;
import io.forebay.model.Snapshot;
import io.forebay.model.View;
import io.forebay.store.BlobStore;
import io.forebay.upstream.Origins;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * The cache: carries plans out. A hit comes from the store; a miss is one flight that all who ask share; an index is revalidated
 * when its time has come and computed anew when a revision is.
 *
 * <p>Threads: may be called from any thread, event loops included; never blocks.
 *
 * <p>Ownership: the caller closes every {@link Answer} it gets.
 *
 * <p>Failure: {@link ForebayException}.
 */
public final class PackageCache implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PackageCache.class);

    /** What an artifact may be kept for: PyPI's own figure. */
    static final Duration FOR_EVER = Duration.ofSeconds(365_000_000);

    /** A page of a past day can still change: an upload may be withdrawn. */
    static final Duration PAST_DAY = Duration.ofHours(1);

    /** Pages and listings are computed on so few threads that clients of other things do not feel it. */
    private static final int WORKERS = 2;

    /** How long the end waits for the disk. */
    private static final Duration LANDING_MAX = Duration.ofSeconds(10);

    private static final int WORKER_QUEUE = 10_000;

    private final Catalog catalog;
    private final Blobs blobs;
    private final CacheOptions options;
    private final InstantSource clock;
    private final Scheduler workers;
    private final Negatives negatives;
    private final Listings listings;
    private final Leader leader;
    private final Admission admission;
    private final Flights flights;
    private final Indexes indexes;
    private final Pages pages;
    private final Answers answers;
    private final Artifacts artifacts;
    private final Probe probe;

    /**
     * Makes a cache of its parts, which stay the caller's to close.
     *
     * @param clock wall clock, for freshness
     */
    public PackageCache(BlobStore store, Catalog catalog, Origins origins, CacheOptions options, InstantSource clock) {
        this.catalog = catalog;
        this.options = options;
        this.clock = clock;
        this.workers = Schedulers.newBoundedElastic(WORKERS, WORKER_QUEUE, "worker");
        this.blobs = new Blobs(store, options.memoryBytes() / 2);
        this.negatives = new Negatives(options, Ticker.systemTicker());
        this.listings = new Listings(catalog, blobs, workers, options.memoryBytes() / 4);
        this.leader = new Leader(catalog, blobs, origins, listings, options, clock, new ForFiles());
        this.admission = new Admission(options.fetches());
        this.flights = new Flights(catalog, leader, negatives, options, admission);
        this.indexes = new Indexes(catalog, blobs, leader, flights, negatives, options, clock);
        this.pages =
                new Pages(catalog, blobs, workers, options.memoryBytes() / 4, options.staleWhileRevalidate(), clock);
        this.answers = new Answers(catalog, blobs, options, clock);
        this.artifacts = new Artifacts(
                catalog,
                blobs,
                answers,
                indexes,
                listings,
                new Derivations(catalog, blobs, workers, pages::cut, clock),
                flights,
                negatives,
                options);
        this.probe = new Probe(origins, leader, negatives, options, admission, this::owns);
    }

    /**
     * Carries out a plan.
     *
     * @param gate decides what of an index is shown; the caller has asked it about the plan's subject already
     */
    public Mono<Answer> open(Plan plan, View.Gate gate) {
        return carried(plan, gate).doOnDiscard(Answer.class, Answer::close);
    }

    private Mono<Answer> carried(Plan plan, View.Gate gate) {
        if (plan instanceof Plan.Verbatim verbatim) {
            return verbatim.nature() == Nature.ARTIFACT ? artifacts.artifact(verbatim) : index(verbatim);
        }
        if (plan instanceof Plan.Rendered rendered) {
            return rendered(rendered, gate);
        }
        if (plan instanceof Plan.Streamed streamed) {
            return streamed(streamed);
        }
        return Mono.error(new IllegalArgumentException("a redirect is not looked up"));
    }

    /**
     * Names the client of what is subscribed with the context: {@code open(...).contextWrite(context ->
     * PackageCache.askedBy(context, address))}. Origins are asked for clients in turn by these names.
     */
    public static Context askedBy(Context context, String address) {
        return Admission.askedBy(context, address);
    }

    private Mono<Boolean> owns(Candidate candidate) {
        return artifacts.owns(candidate);
    }

    /** The leader asks for indexes what is made after it. */
    private final class ForFiles implements Leader.Relisting {
        @Override
        public Mono<Expectation> again(Candidate candidate) {
            return artifacts.relisted(candidate);
        }

        @Override
        public Mono<Expectation> first(Candidate candidate) {
            return artifacts.listed(candidate);
        }
    }

    /** The head of a resource without fetching its body: what HEAD is answered with. The body must not be read. */
    public Mono<Answer> head(Plan plan, View.Gate gate) {
        if (!(plan instanceof Plan.Verbatim verbatim) || indexes.isPast(verbatim.snapshot())) {
            return open(plan, gate);
        }
        return Flux.fromIterable(verbatim.candidates())
                .concatMap(candidate -> indexes.held(candidate.key()))
                .hasElements()
                .flatMap(any -> any || flights.isFlying(verbatim.candidates())
                        ? open(plan, gate)
                        : probe.head(verbatim)
                                .onErrorResume(
                                        ForebayException.class,
                                        failure -> failure.kind() == Kind.NOT_FOUND
                                                        && verbatim.derivation().isPresent()
                                                ? open(plan, gate)
                                                : Mono.error(failure)));
    }

    // ---- indexes, verbatim

    private Mono<Answer> index(Plan.Verbatim plan) {
        return indexOf(plan, plan.candidates().iterator());
    }

    private Mono<Answer> indexOf(Plan.Verbatim plan, Iterator<Candidate> rest) {
        Candidate candidate = rest.next();
        return indexAt(candidate, plan.snapshot())
                .onErrorResume(
                        ForebayException.class,
                        failure -> failure.kind() == Kind.NOT_FOUND && rest.hasNext()
                                ? artifacts
                                        .owns(candidate)
                                        .flatMap(owns -> owns ? Mono.error(failure) : indexOf(plan, rest))
                                : Mono.error(failure));
    }

    private Mono<Answer> indexAt(Candidate candidate, Snapshot snapshot) {
        if (indexes.isPast(snapshot)) {
            return indexes.resolve(candidate, snapshot, false)
                    .flatMap(resolved -> answers.opened(resolved.entry(), answers.status(resolved), true))
                    .map(answer -> new Answer(
                            answer.head(),
                            answer.body(),
                            answer.gzip(),
                            false,
                            Duration.ZERO,
                            PAST_DAY,
                            false,
                            answer.status()))
                    .switchIfEmpty(Mono.error(() -> new ForebayException(
                            Kind.ORIGIN_UNAVAILABLE, candidate.key().path() + " of that day was lost")));
        }
        return indexes.held(candidate.key())
                .flatMap(entry -> held(candidate, entry))
                .switchIfEmpty(Mono.defer(() -> artifacts
                        .flown(candidate, Nature.INDEX, Optional.empty())
                        .doOnNext(answer -> indexes.generation(candidate))));
    }

    private Mono<Answer> held(Candidate candidate, Entry entry) {
        return switch (CacheDecision.of(Optional.of(entry), clock.instant(), options)) {
            case SERVE ->
                answers.opened(entry, answers.status(Indexes.Resolved.of(entry, CacheStatus.Kind.HIT)), false);
            case SERVE_AND_REVALIDATE -> answers.opened(entry, answers.status(indexes.behind(candidate, entry)), false);
            case REVALIDATE, FETCH ->
                indexes.revalidated(candidate, entry)
                        .flatMap(resolved -> answers.opened(resolved.entry(), answers.status(resolved), false));
        };
    }

    // ---- pages

    private Mono<Answer> rendered(Plan.Rendered plan, View.Gate gate) {
        Optional<Instant> before = plan.snapshot().end().filter(end -> indexes.isPast(plan.snapshot()));
        return parts(plan).flatMap(parts -> {
            List<Pages.Source> sources = new ArrayList<>();
            parts.forEach(part -> sources.add(
                    new Pages.Source(part.candidate(), part.resolved().entry())));
            long cuts = pages.cutsSoFar();
            return pages.page(plan, sources, new View(before, gate))
                    .map(page -> answers.page(
                            page, parts.stream().map(ResolvedPart::resolved).toList(), before.isPresent()))
                    .map(answer -> answer.standing()
                            .map(entries -> answer.standing(new PageStanding(entries, pages, cuts)))
                            .orElse(answer));
        });
    }

    private record ResolvedPart(Candidate candidate, Indexes.Resolved resolved) {}

    private Mono<List<ResolvedPart>> parts(Plan.Rendered plan) {
        boolean all = plan.selection() == Plan.Selection.ALL;
        List<ForebayException> missing = new ArrayList<>();
        Flux<ResolvedPart> found = Flux.fromIterable(plan.parts())
                .concatMap(
                        candidate -> part(plan, candidate.forms().iterator())
                                .onErrorResume(ForebayException.class, failure -> {
                                    missing.add(failure);
                                    return failure.kind() == Kind.NOT_FOUND ? Mono.empty() : Mono.error(failure);
                                }),
                        1);
        return (all ? found : found.take(1))
                .collectList()
                .flatMap(parts -> parts.isEmpty()
                        ? Mono.error(missing.isEmpty() ? ForebayException.notFound("no source has it") : missing.get(0))
                        : Mono.just(parts));
    }

    /** One source's part, in the first form of the index that the source has. */
    private Mono<ResolvedPart> part(Plan.Rendered plan, Iterator<Candidate> forms) {
        Candidate form = forms.next();
        return indexes.resolve(form, plan.snapshot(), plan.renderer().reachesBack())
                .map(resolved -> new ResolvedPart(form, resolved))
                .onErrorResume(
                        ForebayException.class,
                        failure -> failure.kind() == Kind.NOT_FOUND && forms.hasNext()
                                ? part(plan, forms)
                                : Mono.error(failure));
    }

    private Mono<Answer> streamed(Plan.Streamed plan) {
        return Flux.fromIterable(plan.candidates())
                .concatMap(
                        candidate -> indexes.resolve(candidate, plan.snapshot(), true)
                                .onErrorResume(
                                        ForebayException.class,
                                        failure ->
                                                failure.kind() == Kind.NOT_FOUND ? Mono.empty() : Mono.error(failure)),
                        1)
                .next()
                .switchIfEmpty(Mono.error(() -> ForebayException.notFound("no source has it")))
                .flatMap(resolved -> blobs.store()
                        .open(resolved.entry().digest())
                        .map(blob -> {
                            Entry entry = resolved.entry();
                            Head head = new Head(
                                    Optional.of(plan.renderer().contentType()),
                                    Optional.empty(),
                                    Optional.empty(),
                                    entry.head().lastModified(),
                                    entry.head().extra());
                            return new Answer(
                                    head,
                                    PipeBody.start(workers, blob, out -> plan.renderer()
                                            .render(entry.head(), new BlobInput(blob), out)),
                                    Optional.empty(),
                                    true,
                                    CacheDecision.age(entry, clock.instant()),
                                    options.indexTtl(),
                                    false,
                                    answers.status(resolved));
                        }));
    }

    // ---- purge

    /**
     * Forgets a resource, so that the next request asks the origin: an artifact whole, of an index the newest revision (what was
     * seen before stays history), what was kept of an unfinished download, and a remembered 404 or failure. A blob that nothing names any more is deleted.
     *
     * @return whether anything was held
     */
    public Mono<Boolean> purge(ResourceKey key) {
        return Mono.defer(() -> {
            negatives.forget(key);
            pages.forget(key);
            Beginning.take(blobs.store(), key, Set.of()).ifPresent(begun -> begun.drop("it was purged"));
            return catalog.find(key)
                    .flatMap(entry -> (entry.nature() == Nature.INDEX ? catalog.forgetNewest(key) : catalog.forget(key))
                            .then(Blobs.deleteUnnamed(blobs.store(), catalog, entry.digest()))
                            .thenReturn(true))
                    .defaultIfEmpty(false);
        });
    }

    /** Forgets every 404 and failure that is remembered: the sources may be others from now on. */
    public void forgetFailures() {
        negatives.forgetAll();
    }

    // ---- figures

    /** The fetches of this moment. */
    public List<Fetch> fetches() {
        return flights.fetches();
    }

    /**
     * A fetch under way.
     *
     * @param totalBytes as the origin announced; empty when it did not
     */
    public record Fetch(ResourceKey key, long receivedBytes, OptionalLong totalBytes, int clients) {}

    /** How many fetches wait for others to end. */
    public int waitingFetches() {
        return admission.waiting();
    }

    /** How many fetches were refused since the start because too many were under way. */
    public long refusedFetches() {
        return admission.refused();
    }

    /** How many fetches from origins are under way. */
    public long flights() {
        return flights.count();
    }

    /** How many clients read from fetches that are under way. */
    public long followers() {
        return flights.clients();
    }

    /** Bodies that origins sent and that were not what was promised of them, since the start. */
    public long refusals() {
        return leader.refusals();
    }

    /** Weight of what is kept in memory for hits, in bytes. */
    public long hotBytes() {
        return blobs.memoryBytes();
    }

    /**
     * Ends the fetches under way and waits until what clients have had whole is recorded, and what came of the rest is kept for
     * the next start, so never call it on an event loop.
     */
    @Override
    public void close() {
        try {
            flights.suspend()
                    .filter(kept -> kept > 0)
                    .doOnNext(kept -> LOG.info("{} unfinished downloads are kept to be resumed", kept))
                    .then(flights.landed())
                    .block(LANDING_MAX);
        } catch (IllegalStateException e) {
            LOG.warn("The disk did not take everything within {}", LANDING_MAX);
        }
        workers.dispose();
        blobs.close();
    }
}
