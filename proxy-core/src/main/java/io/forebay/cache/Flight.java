package io.forebay.cache;

import io.forebay.catalog.Entry;
import io.forebay.catalog.Notes;
import io.forebay.catalog.Unfinished;
import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One shared download. It belongs to the cache and not to the client that was first: whoever leaves, it goes on, or is ended by
 * the keep rule of {@link Flights} when nobody waits.
 *
 * <p>States: begun; opened (the head is known and bytes are there: every client is answered from here on); ended with an {@link
 * Outcome} or a failure, once.
 */
final class Flight {
    /** What clients are answered with when the first bytes are there. */
    record Opening(Head head, OptionalInt originStatus) {}

    private final Candidate candidate;
    private final Fill fill;
    private final Flights flights;
    private final Sinks.One<Opening> opened = Sinks.one();
    private final Sinks.One<Outcome> ended = Sinks.one();
    private final Disposable.Swap work = Disposables.swap();
    private int clients;
    private boolean over;
    private boolean dropped;
    private volatile Admission.@Nullable Turn turn;
    private boolean refusing;
    private volatile boolean isOpened;
    private volatile @Nullable Entry answeredBy;
    private volatile @Nullable Unfinished unfinished;

    Flight(Candidate candidate, Fill fill, Flights flights) {
        this.candidate = candidate;
        this.fill = fill;
        this.flights = flights;
    }

    Candidate candidate() {
        return candidate;
    }

    Fill fill() {
        return fill;
    }

    /** The head, when clients may be answered. A body must be asked for with {@link #join} first. */
    Mono<Opening> opened() {
        return opened.asMono();
    }

    /** The end, for who waits for the whole and not for the bytes. */
    Mono<Outcome> ended() {
        return ended.asMono();
    }

    /** An entry that another flight had stored just before this one began: then there is nothing to download. */
    @Nullable
    Entry answeredBy() {
        return answeredBy;
    }

    void answeredBy(Entry entry) {
        answeredBy = entry;
        opened.tryEmitValue(new Opening(entry.head(), OptionalInt.empty()));
    }

    /** What the flight must wait for before it asks the origin; set before it begins, and for a client's flights only. */
    void turn(Admission.Turn mine) {
        turn = mine;
    }

    /** A turn for a flight that takes the place of this one. */
    Optional<Admission.Turn> nextTurn() {
        return Optional.ofNullable(turn).map(Admission.Turn::again);
    }

    /** The work, when it is the flight's turn. */
    <T> Mono<T> inTurn(Mono<T> work) {
        Admission.Turn mine = turn;
        return mine == null ? work : mine.during(work);
    }

    /** Whether it has asked nobody yet because others are before it. */
    boolean isWaiting() {
        Admission.Turn mine = turn;
        return mine != null && mine.isWaiting();
    }

    void working(Disposable disposable) {
        work.update(disposable);
    }

    /** Stops the work, unless somebody has come meanwhile; the flight fails with the reason. */
    boolean cancelAbandoned(ForebayException reason) {
        synchronized (this) {
            if (clients > 0 || over) {
                return false;
            }
            refusing = true;
        }
        fail(reason);
        work.dispose();
        return true;
    }

    /** What the origin told of a body that another process could go on with, were this one to end. */
    void resumable(Unfinished known) {
        unfinished = known;
    }

    /**
     * Ends the flight with the process. What has come of a large body is kept; a flight of which nothing has come is stopped;
     * any other is left to the end of what it uses.
     *
     * @return whether something was kept, when it is durable
     */
    Mono<Boolean> suspend(ForebayException reason) {
        Unfinished known = unfinished;
        Optional<Mono<Void>> kept = known == null
                ? Optional.empty()
                : fill.suspend(Beginning.name(known.key()), Notes.write(known), reason);
        if (kept.isPresent() || fill.received() == 0) {
            fail(reason);
            work.dispose();
        }
        return kept.map(durable -> durable.thenReturn(true)).orElseGet(() -> Mono.just(false));
    }

    /** Lets clients be answered. */
    void open(Head head, int status) {
        isOpened = true;
        opened.tryEmitValue(new Opening(head, OptionalInt.of(status)));
    }

    boolean isOpened() {
        return isOpened;
    }

    /** Takes a client on, unless the flight was ended for want of clients or has given its files back already. */
    synchronized boolean join() {
        if (dropped || refusing) {
            return false;
        }
        clients++;
        return true;
    }

    /** A client that had joined leaves. */
    void leave() {
        boolean drop;
        boolean abandoned;
        synchronized (this) {
            clients--;
            drop = clients == 0 && over && !dropped;
            abandoned = clients == 0 && !over;
            dropped |= drop;
        }
        if (drop) {
            fill.drop();
        }
        if (abandoned) {
            flights.abandoned(this);
        }
    }

    synchronized int clients() {
        return clients;
    }

    void succeed(Outcome outcome) {
        ended.tryEmitValue(outcome);
        over();
    }

    void fail(ForebayException reason) {
        fill.fail(reason);
        opened.tryEmitError(reason);
        ended.tryEmitError(reason);
        over();
    }

    private void over() {
        boolean drop;
        synchronized (this) {
            over = true;
            drop = clients == 0 && !dropped;
            dropped |= drop;
        }
        if (drop) {
            fill.drop();
        }
    }
}
