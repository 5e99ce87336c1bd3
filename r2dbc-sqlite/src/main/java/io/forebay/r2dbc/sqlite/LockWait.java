package io.forebay.r2dbc.sqlite;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.BusyHandler;

/**
 * Waits on the worker's thread while another connection holds a lock.
 *
 * <p>SQLite's own wait cannot be interrupted; this one ends as soon as the operation is cancelled or out of time. It is called by
 * SQLite on the worker's thread only.
 */
final class LockWait extends BusyHandler {
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

    private Duration limit;
    private Operation operation = new Operation();
    private long began;

    LockWait(Duration limit) {
        this.limit = limit;
    }

    Duration limit() {
        return limit;
    }

    void limit(Duration duration) {
        limit = duration;
    }

    /** Whose wait the next one is. */
    void operation(Operation next) {
        operation = next;
    }

    @Override
    protected int callback(int tries) {
        if (tries == 0) {
            began = System.nanoTime();
        }
        return pause(tries, began) ? 1 : 0;
    }

    /** Pauses, the longer the more often it was tried; false when there is no more time. */
    boolean pause(int tries, long since) {
        long left = nanos(limit) - (System.nanoTime() - since);
        if (left <= 0 || operation.stopped()) {
            return false;
        }
        long pause = Math.min(LONGEST_PAUSE, TimeUnit.MICROSECONDS.toNanos(100) << Math.min(tries, 8));
        LockSupport.parkNanos(this, Math.min(left, pause));
        return true;
    }

    private static long nanos(Duration duration) {
        return duration.compareTo(Duration.ofDays(36_500)) > 0 ? Long.MAX_VALUE : duration.toNanos();
    }
}
