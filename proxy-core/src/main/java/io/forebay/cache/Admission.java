package io.forebay.cache;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Who may ask an origin now. There are so many places; who finds none waits for one, briefly and in a bounded queue, and is
 * refused otherwise, so that an overload costs those who overload and ends when they do.
 *
 * <p>Fairness: places go round the addresses of clients (fair queueing after Nagle, RFC 970), not down the list of requests.
 * When the queue is full, a newcomer takes the turn of the youngest of the address that waits with the most, unless that is its
 * own.
 *
 * <p>Safe for use by many threads; never blocks. Work begins on the thread that gives the place back.
 */
final class Admission {
    private enum State {
        NEW,
        WAITING,
        ADMITTED,
        OVER
    }

    private static final String CLIENT = Admission.class.getName() + ".client";

    private final int places;
    private final int waitingMax;
    private final Duration waitMax;
    private final Map<String, Deque<Turn>> queues = new LinkedHashMap<>();
    private final AtomicInteger handing = new AtomicInteger();
    private final LongAdder refused = new LongAdder();
    private int taken;
    private int waiting;

    Admission(CacheOptions.Fetches limits) {
        this.places = limits.atOnce();
        this.waitingMax = limits.waiting();
        this.waitMax = limits.waitMax();
    }

    /** Names the client on whose behalf what is subscribed with it is done. */
    static Context askedBy(Context context, String address) {
        return context.put(CLIENT, address);
    }

    /** The client's address; empty where nobody named one: such requests are one client. */
    static String client(ContextView context) {
        return context.hasKey(CLIENT) ? context.<String>get(CLIENT) : "";
    }

    /**
     * One admission, not yet asked for.
     *
     * @param wanted asked once, when the turn would have to wait: whether anybody still wants it
     */
    Turn turn(String client, BooleanSupplier wanted) {
        return new Turn(client, wanted);
    }

    /** How many wait. */
    synchronized int waiting() {
        return waiting;
    }

    /** How many places are taken. */
    synchronized int taken() {
        return taken;
    }

    /** How many were refused, since the start. */
    long refused() {
        return refused.sum();
    }

    private ForebayException refusal() {
        refused.increment();
        return new ForebayException(
                Kind.OVERLOADED, "too many fetches from origins at once; ask again", Optional.of(waitMax), null);
    }

    /** Hands free places out. What is admitted may end at once and call this again: then the first caller goes on. */
    private void handOut() {
        int missed = 1;
        if (handing.getAndIncrement() > 0) {
            return;
        }
        while (missed > 0) {
            Turn next = next();
            while (next != null) {
                next.granted.tryEmitEmpty();
                next = next();
            }
            missed = handing.addAndGet(-missed);
        }
    }

    private synchronized @Nullable Turn next() {
        if (taken == places || queues.isEmpty()) {
            return null;
        }
        String client = queues.keySet().iterator().next();
        Deque<Turn> queue = Objects.requireNonNull(queues.remove(client));
        Turn turn = queue.remove();
        if (!queue.isEmpty()) {
            queues.put(client, queue);
        }
        waiting--;
        taken++;
        turn.state = State.ADMITTED;
        return turn;
    }

    /** The turn that must go for one more of the client: the youngest of the longest queue, or none. */
    private @Nullable Turn displaced(String client) {
        Deque<Turn> longest = queues.values().stream()
                .max(Comparator.comparingInt(Deque::size))
                .orElseGet(ArrayDeque::new);
        Deque<Turn> own = queues.get(client);
        int mine = own == null ? 0 : own.size();
        return longest.size() > mine + 1 ? longest.getLast() : null;
    }

    private void dequeue(Turn turn) {
        Deque<Turn> queue = Objects.requireNonNull(queues.get(turn.client));
        queue.removeLastOccurrence(turn);
        if (queue.isEmpty()) {
            queues.remove(turn.client);
        }
        waiting--;
        turn.state = State.OVER;
    }

    /** One admission: used for one piece of work, once. */
    final class Turn {
        private final String client;
        private final BooleanSupplier wanted;
        private final Sinks.One<Void> granted = Sinks.one();
        private State state = State.NEW;

        private Turn(String client, BooleanSupplier wanted) {
            this.client = client;
            this.wanted = wanted;
        }

        /** Another one for the same client, wanted whoever waits for it. */
        Turn again() {
            return new Turn(client, () -> true);
        }

        /** Whether it is in the queue. */
        boolean isWaiting() {
            synchronized (Admission.this) {
                return state == State.WAITING;
            }
        }

        /** The work, begun when a place is free. The place, or the place in the queue, is given back however it ends. */
        <T> Mono<T> during(Mono<T> work) {
            return Mono.defer(() -> enter() ? work : admitted().then(work)).doFinally(signal -> leave());
        }

        private Mono<Void> admitted() {
            return granted.asMono().timeout(waitMax, Mono.error(Admission.this::refusal));
        }

        /** Takes a place, or a place in the queue. */
        private boolean enter() {
            Turn out;
            synchronized (Admission.this) {
                if (taken < places && queues.isEmpty()) {
                    taken++;
                    state = State.ADMITTED;
                    return true;
                }
                out = waiting < waitingMax ? null : displaced(client);
                if (!wanted.getAsBoolean()) {
                    throw ForebayException.unavailable("everybody left; ask again");
                }
                if (waiting >= waitingMax && out == null) {
                    throw refusal();
                }
                if (out != null) {
                    dequeue(out);
                }
                queues.computeIfAbsent(client, key -> new ArrayDeque<>()).add(this);
                waiting++;
                state = State.WAITING;
            }
            if (out != null) {
                out.granted.tryEmitError(refusal());
            }
            handOut();
            return false;
        }

        private void leave() {
            synchronized (Admission.this) {
                if (state == State.ADMITTED) {
                    taken--;
                } else if (state == State.WAITING) {
                    dequeue(this);
                }
                state = State.OVER;
            }
            handOut();
        }
    }
}
