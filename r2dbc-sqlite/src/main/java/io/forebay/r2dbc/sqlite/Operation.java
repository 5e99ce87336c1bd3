package io.forebay.r2dbc.sqlite;

/** One thing that a subscriber asked of a connection: whether it is still wanted. Written by any thread, read by the worker. */
final class Operation {
    private volatile boolean cancelled;
    private volatile boolean timedOut;

    void cancel() {
        cancelled = true;
    }

    void timeOut() {
        timedOut = true;
    }

    /** A new turn of the worker has its own time. */
    void begin() {
        timedOut = false;
    }

    boolean cancelled() {
        return cancelled;
    }

    boolean timedOut() {
        return timedOut;
    }

    boolean stopped() {
        return cancelled || timedOut;
    }
}
