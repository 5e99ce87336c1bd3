package io.forebay.observe;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How late event loops come to what is due: the sign that something blocks or overloads them. Every loop measures itself twice
 * a second; {@link #seconds} tells the worst since it was last asked.
 */
public final class EventLoopLag implements AutoCloseable {
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final AtomicLong worstNanos = new AtomicLong();
    private final List<Future<?>> probes = new ArrayList<>();

    private final LongSupplier clock;

    public EventLoopLag(EventExecutorGroup loops) {
        this(loops, System::nanoTime);
    }

    EventLoopLag(EventExecutorGroup loops, LongSupplier clock) {
        this.clock = clock;
        for (EventExecutor loop : loops) {
            Probe probe = new Probe(clock.getAsLong() + PERIOD_NANOS);
            probes.add(loop.scheduleWithFixedDelay(probe, PERIOD_NANOS, PERIOD_NANOS, TimeUnit.NANOSECONDS));
        }
    }

    /** The worst lag since the last call. */
    public double seconds() {
        return worstNanos.getAndSet(0) / 1e9;
    }

    @Override
    public void close() {
        probes.forEach(probe -> probe.cancel(false));
    }

    /** Of one loop; run on that loop only. */
    private final class Probe implements Runnable {
        private long due;

        private Probe(long due) {
            this.due = due;
        }

        @Override
        public void run() {
            long now = clock.getAsLong();
            worstNanos.accumulateAndGet(Math.max(0, now - due), Math::max);
            due = now + PERIOD_NANOS;
        }
    }
}
