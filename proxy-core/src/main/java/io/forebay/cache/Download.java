package io.forebay.cache;

import io.forebay.catalog.Entry;
import io.forebay.catalog.Unfinished;
import io.forebay.model.Candidate;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.upstream.OriginAnswer;
import io.forebay.upstream.OriginRequest;
import io.forebay.upstream.Origins;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The dialogue of one flight with its origin: the URLs of the candidate in order, retries with jitter, resumption with Range and
 * If-Range. It ends with what came; whether that is right is decided by {@link Verification}.
 *
 * <p>Used by one flight; its steps run one after another.
 */
final class Download {
    private static final Logger LOG = LoggerFactory.getLogger(Download.class);

    /** Progress of so many bytes makes the next failure count as the first: a large wheel over a bad line gets through. */
    private static final long PROGRESS_BYTES = 1 << 20;

    /** How often a flight may be resumed however much progress it makes. */
    private static final int RESUMPTIONS_MAX = 100;

    private static final Duration FIRST_DELAY = Duration.ofMillis(100);

    /** An attempt that brought nothing for so long ran into a time-out: it is repeated once, others up to the retries. */
    private static final Duration LONG_ATTEMPT = Duration.ofSeconds(3);

    /** An origin that is not asked for no longer than this is waited for once: most are back when the probe has been sent. */
    private static final Duration SHORT_PAUSE = Duration.ofSeconds(1);

    /** What the origin had. */
    sealed interface Result {
        /**
         * A body, whole as far as its framing tells.
         *
         * @param delimited whether its length was told: if not, its end may be a cut
         */
        record Body(Head head, URI url, boolean delimited) implements Result {}

        /** 304. */
        record Unchanged() implements Result {}

        /** Every URL was answered with 404 or 410. */
        record Missing(int status) implements Result {}
    }

    private final Origins origins;
    private final Candidate candidate;
    private final Optional<Entry> held;
    private final Flight flight;
    private final Fill fill;
    private final int retries;
    private final Duration firstByteMax;
    private final boolean noCache;
    private final Magic magic;

    private int failures;
    private boolean paused;
    private long began;
    private int resumptions;
    private long receivedAtFailure;
    private int url;
    private volatile @Nullable Beginning beginning;
    private @Nullable Head head;
    private @Nullable URI from;
    private boolean delimited = true;
    private long toSkip;
    private boolean hopeless;
    private Expectation expected = Expectation.NONE;

    /**
     * Prepares a dialogue.
     *
     * @param held what is held already: the origin is asked whether it is current
     * @param options how often, and until when, the origin is asked again
     * @param noCache asks caches on the way not to answer from what they hold
     */
    Download(
            Origins origins,
            Candidate candidate,
            Optional<Entry> held,
            Flight flight,
            CacheOptions options,
            boolean noCache) {
        this.origins = origins;
        this.candidate = candidate;
        this.held = held;
        this.flight = flight;
        this.fill = flight.fill();
        this.retries = options.retries();
        this.firstByteMax = options.fetches().firstByteMax();
        this.noCache = noCache;
        this.magic = Magic.of(candidate.urls().get(0).getPath());
    }

    /**
     * Runs the dialogue. A failure that remains is a {@link ForebayException}. {@link #leave} must follow, however it ends.
     *
     * @param begun what may be gone on from
     */
    Mono<Result> run(Expectation expectation, Optional<Beginning> begun) {
        expected = expectation;
        if (begun.isEmpty()) {
            return bounded();
        }
        beginning = begun.get();
        return begun.get().sound().flatMap(sound -> {
            if (!sound) {
                beginning = null;
            }
            return bounded();
        });
    }

    /** A beginning that was neither used nor found wrong is for the next flight. */
    void leave() {
        Beginning unused = beginning;
        beginning = null;
        if (unused != null) {
            unused.putBack();
        }
    }

    private Mono<Result> bounded() {
        return attempt()
                .timeout(
                        silence(),
                        Mono.error(() -> ForebayException.unavailable("source " + candidate.source()
                                + " sent nothing within " + firstByteMax.toMillis() + " ms")));
    }

    /** Signals when no byte has come in time, whatever was tried: connecting, redirects, other URLs, retries. */
    private Mono<Long> silence() {
        return Mono.delay(firstByteMax).flatMap(tick -> fill.received() > 0 ? Mono.never() : Mono.just(tick));
    }

    private Mono<Result> attempt() {
        began = System.nanoTime();
        return origins.exchange(request(), this::handle)
                .next()
                .onErrorResume(ForebayException.class, this::again)
                .flatMap(this::elsewhere);
    }

    /** Goes on at the next URL; the connection that the last one was asked over has been given back by then. */
    private Mono<Result> elsewhere(Result result) {
        if (result instanceof Result.Missing && url + 1 < candidate.urls().size()) {
            url++;
            return attempt();
        }
        return Mono.just(result);
    }

    private OriginRequest request() {
        Map<String, String> headers = new HashMap<>(candidate.requestHeaders());
        if (noCache) {
            headers.put("cache-control", "no-cache");
        }
        Head begun = head;
        if (fill.received() > 0 && begun != null) {
            headers.put("range", "bytes=" + fill.received() + "-");
            begun.originEtag().ifPresent(etag -> headers.put("if-range", etag));
        } else if (beginning != null) {
            headers.put("range", "bytes=" + beginning.length() + "-");
            beginning.head().originEtag().ifPresent(etag -> headers.put("if-range", etag));
        } else {
            held.ifPresent(entry -> conditions(entry, headers));
        }
        return OriginRequest.get(candidate.source(), candidate.urls().get(url), headers);
    }

    private static void conditions(Entry entry, Map<String, String> headers) {
        entry.head().originEtag().ifPresent(etag -> headers.put("if-none-match", etag));
        entry.head().lastModified().ifPresent(time -> headers.put("if-modified-since", HttpTime.format(time)));
    }

    private Mono<Result> handle(OriginAnswer answer) {
        int status = answer.status();
        if (status == 206 && fill.received() > 0) {
            return resumed(answer);
        }
        Beginning part = beginning;
        if (part != null && (status == 206 || status == 416)) {
            return part.isContinuedBy(answer)
                    ? continued(part, answer)
                    : Mono.error(ForebayException.originInvalid("the origin has no rest of what is there"));
        }
        return switch (status) {
            case 200 -> fill.received() > 0 ? restarted(answer) : begun(answer);
            case 304 -> Mono.just(new Result.Unchanged());
            case 404, 410 -> Mono.just(new Result.Missing(status));
            default -> Mono.error(trouble(answer));
        };
    }

    private Mono<Result> begun(OriginAnswer answer) {
        dropBeginning("the origin sends it whole");
        fill.announce(answer.length());
        Head told = Heads.of(answer, expected);
        head = told;
        from = answer.url();
        delimited = answer.delimited();
        if (held.isEmpty() && isResumable()) {
            long total = answer.length().orElseThrow();
            flight.resumable(new Unfinished(candidate.key(), answer.url(), told, total));
        }
        return receive(answer);
    }

    private Mono<Result> continued(Beginning part, OriginAnswer answer) {
        beginning = null;
        LOG.info("{}: gone on with at byte {}", candidate.key(), part.length());
        fill.goOnFrom(part.draft(), part.known().total());
        receivedAtFailure = fill.received();
        head = part.head();
        from = answer.url();
        delimited = answer.delimited();
        flight.resumable(part.known());
        flight.open(part.head(), answer.status());
        return receive(answer);
    }

    private void dropBeginning(String reason) {
        Beginning part = beginning;
        beginning = null;
        if (part != null) {
            part.drop(reason);
        }
    }

    /** The rest of the same body, and nothing else: that the range is the one asked for does not tell whose it is. */
    private Mono<Result> resumed(OriginAnswer answer) {
        Head begun = head;
        long total = fill.total().orElse(-1);
        String rest = "bytes " + fill.received() + "-" + (total - 1) + "/" + total;
        boolean same = begun != null
                && begun.originEtag().equals(Heads.of(answer, expected).originEtag())
                && rest.equals(answer.headers().get(HttpHeaderNames.CONTENT_RANGE));
        if (!same) {
            return Mono.error(changed());
        }
        delimited = answer.delimited();
        return receive(answer);
    }

    /** The origin has no ranges and sends the whole again: what is there already is skipped, if it is the same body. */
    private Mono<Result> restarted(OriginAnswer answer) {
        Head begun = head;
        Head again = Heads.of(answer, expected);
        boolean same = begun != null
                && Heads.isStrong(begun.originEtag())
                && begun.originEtag().equals(again.originEtag())
                && answer.length().equals(fill.total());
        if (!same) {
            return Mono.error(changed());
        }
        toSkip = fill.received();
        return receive(answer);
    }

    private static ForebayException changed() {
        return new ForebayException(Kind.CORRUPT, "the origin's file changed while it was fetched");
    }

    private Mono<Result> receive(OriginAnswer answer) {
        return Mono.<Void>create(sink -> answer.body().subscribe(new FillSubscriber(this::take, fill::onRoom, sink)))
                .then(Mono.defer(() -> {
                    Head complete = head;
                    URI url = from;
                    if (complete == null || url == null) {
                        return Mono.error(new IllegalStateException("a body without a head"));
                    }
                    OptionalLong total = fill.total();
                    if (total.isPresent() && total.getAsLong() != fill.received()) {
                        return Mono.error(ForebayException.unavailable(
                                "the origin sent " + fill.received() + " of " + total.getAsLong() + " bytes"));
                    }
                    return Mono.just(new Result.Body(complete, url, delimited));
                }));
    }

    private boolean take(ByteBuf bytes) {
        if (toSkip > 0) {
            int skipped = (int) Math.min(toSkip, bytes.readableBytes());
            bytes.skipBytes(skipped);
            toSkip -= skipped;
            if (!bytes.isReadable()) {
                bytes.release();
                return true;
            }
        }
        if (fill.received() == 0) {
            refuseWrongMagic(bytes);
        }
        if (fill.total().isPresent()
                && fill.received() + bytes.readableBytes() > fill.total().getAsLong()) {
            bytes.release();
            throw new ForebayException(Kind.CORRUPT, "the origin sent more bytes than it announced");
        }
        boolean room = fill.append(bytes);
        // While there is room it goes on: a flight begins before its first client reads.
        if (!room && fill.isForNobody()) {
            hopeless = true;
            throw ForebayException.unavailable("the disk of this server does not take the file; ask again");
        }
        openClients();
        return room;
    }

    /** Only a first buffer long enough to tell is judged; a shorter one is judged with the whole. */
    private void refuseWrongMagic(ByteBuf bytes) {
        int length = Math.min(Magic.MAX_BYTES, bytes.readableBytes());
        if (length < Magic.MAX_BYTES) {
            return;
        }
        byte[] first = new byte[length];
        bytes.getBytes(bytes.readerIndex(), first);
        if (!magic.agrees(first, length)) {
            bytes.release();
            throw new ForebayException(Kind.CORRUPT, "the origin's answer is not the kind of file that its name says");
        }
    }

    /**
     * Answers the clients with the first bytes. A small body that came in one piece is answered a moment later, verified: in one
     * write, and with a clean error instead of a cut when it is bad.
     */
    private void openClients() {
        OptionalLong total = fill.total();
        boolean whole = total.isPresent() && fill.received() >= total.getAsLong();
        Head begun = head;
        if (begun != null && !whole && held.isEmpty()) {
            flight.open(begun, 200);
        }
    }

    private ForebayException trouble(OriginAnswer answer) {
        int status = answer.status();
        String text = "the origin answered " + status;
        if (status < 400) {
            return ForebayException.originInvalid(text + ", which answers no question that was asked");
        }
        Optional<Duration> retryAfter = answer.retryAfter();
        hopeless = !isWorthAnotherTry(status);
        return new ForebayException(Kind.ORIGIN_UNAVAILABLE, text, retryAfter, null);
    }

    private static boolean isWorthAnotherTry(int status) {
        return status == 408 || status == 500 || status == 502 || status == 503 || status == 504;
    }

    private Mono<Result> again(ForebayException failure) {
        if (beginning != null && failure.kind() == Kind.ORIGIN_INVALID) {
            dropBeginning(failure.getMessage());
            return attempt();
        }
        if (isShortPause(failure)) {
            paused = true;
            toSkip = 0;
            return Mono.delay(failure.retryAfter().orElseThrow()).then(Mono.defer(this::attempt));
        }
        boolean retriable = failure.kind() == Kind.ORIGIN_UNAVAILABLE
                && !hopeless
                && failure.retryAfter().isEmpty();
        if (fill.received() - receivedAtFailure >= PROGRESS_BYTES) {
            failures = 0;
        }
        if (fill.received() == receivedAtFailure && System.nanoTime() - began >= LONG_ATTEMPT.toNanos()) {
            failures = Math.max(failures, retries - 1);
        }
        receivedAtFailure = fill.received();
        boolean resumable = fill.received() == 0 || isResumable();
        if (!retriable || !resumable || failures >= retries || resumptions >= RESUMPTIONS_MAX) {
            return Mono.error(failure);
        }
        failures++;
        resumptions++;
        LOG.info("{}: {}; asking again ({} of {})", candidate.key(), failure.getMessage(), failures, retries);
        toSkip = 0;
        return Mono.delay(delay()).then(Mono.defer(this::attempt));
    }

    /** Once only: a flight that waits holds a place that others may want. */
    private boolean isShortPause(ForebayException failure) {
        return !paused
                && !hopeless
                && (fill.received() == 0 || isResumable())
                && failure.retryAfter()
                        .filter(pause -> pause.compareTo(SHORT_PAUSE) <= 0)
                        .isPresent();
    }

    private boolean isResumable() {
        Head begun = head;
        return begun != null && fill.total().isPresent() && Heads.isStrong(begun.originEtag());
    }

    private Duration delay() {
        long base = FIRST_DELAY.toMillis() << Math.min(2 * (failures - 1), 6);
        return Duration.ofMillis(base / 2 + ThreadLocalRandom.current().nextLong(base));
    }
}
