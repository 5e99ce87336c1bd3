package io.forebay.store;

import java.util.function.LongSupplier;

/**
 * Since when {@link RecentUse} is to be believed. Whoever sent a part that was used a moment ago and waited for the disk all the
 * same has found out that the kernel gives its memory away faster than usual: of what was used before, nothing is believed any
 * more, so that one event loop waits once for all of a store's files. Safe for use by many threads.
 */
final class Doubt {
    private final LongSupplier nanoClock;
    private volatile long since;

    Doubt(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.since = nanoClock.getAsLong() - RecentUse.WINDOW.toNanos();
    }

    void raise() {
        since = nanoClock.getAsLong();
    }

    /** On the clock that it was made with: uses before count for nothing. */
    long since() {
        return since;
    }
}
