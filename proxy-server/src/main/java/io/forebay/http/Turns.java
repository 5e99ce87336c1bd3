package io.forebay.http;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The turns that wait on one event loop, until it has looked at its sockets: one task of the loop for all of them. A task that is
 * merely queued would run before: a fast client's turns would keep the loop from every other socket until Netty ends its round of
 * tasks, after a second.
 *
 * <p>Used by the loop's own thread. No more wait than bodies are being sent, each of a connection or a stream, and those have
 * limits.
 */
final class Turns {
    private static final FastThreadLocal<@Nullable Turns> CURRENT = new FastThreadLocal<>();

    private final EventLoop loop;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean scheduled;

    private Turns(EventLoop loop) {
        this.loop = loop;
    }

    /** @param loop whose thread this is */
    static Turns of(EventLoop loop) {
        Turns turns = CURRENT.get();
        if (turns == null || turns.loop != loop) {
            turns = new Turns(loop);
            CURRENT.set(turns);
        }
        return turns;
    }

    void add(Runnable turn) {
        waiting.add(turn);
        if (!scheduled) {
            schedule();
        }
    }

    private void schedule() {
        scheduled = true;
        loop.schedule(this::round, 1, TimeUnit.NANOSECONDS);
    }

    /** Who is added meanwhile is the next round's; so are those behind a turn that throws. */
    private void round() {
        try {
            for (int left = waiting.size(); left > 0; left--) {
                waiting.remove().run();
            }
        } finally {
            scheduled = false;
            if (!waiting.isEmpty()) {
                schedule();
            }
        }
    }
}
