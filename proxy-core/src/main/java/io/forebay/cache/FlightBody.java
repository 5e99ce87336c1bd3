package io.forebay.cache;

import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One client's reading of a body that is still being fetched. */
final class FlightBody implements Body {
    private final Flight flight;
    private final Fill fill;
    private final AtomicReference<@Nullable Runnable> waker = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile long offset;

    FlightBody(Flight flight, Fill fill) {
        this.flight = flight;
        this.fill = fill;
        fill.attach(this);
    }

    @Override
    public OptionalLong length() {
        return fill.total();
    }

    @Override
    public Piece at(long from, int max) {
        moved(from);
        return fill.at(from, max);
    }

    private void moved(long to) {
        if (to > offset) {
            offset = to;
            fill.advanced();
        }
    }

    /** How far this reader has come. */
    long offset() {
        return offset;
    }

    @Override
    public void onMore(long from, Runnable task) {
        moved(from);
        waker.set(task);
        if (fill.isReady(offset)) {
            wake();
        }
    }

    void wake() {
        Runnable task = waker.getAndSet(null);
        if (task != null) {
            task.run();
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            fill.detach(this);
            flight.leave();
        }
    }
}
