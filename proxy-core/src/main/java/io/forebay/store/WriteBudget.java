package io.forebay.store;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Bytes that wait for the disk in the whole store, and who waits for them to become fewer. Lock-free. */
final class WriteBudget {
    private final long limit;
    private final AtomicLong queued = new AtomicLong();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

    WriteBudget(long limit) {
        this.limit = limit;
    }

    void add(long bytes) {
        queued.addAndGet(bytes);
    }

    /** Adds unless that would be too much. */
    boolean tryAdd(long bytes) {
        if (queued.addAndGet(bytes) > limit) {
            remove(bytes);
            return false;
        }
        return true;
    }

    boolean isFull() {
        return queued.get() >= limit;
    }

    void remove(long bytes) {
        queued.addAndGet(-bytes);
        wake();
    }

    /** Runs the task when there is room; it looks for itself whether that is still so. */
    void whenRoom(Runnable task) {
        waiting.add(task);
        wake();
    }

    private void wake() {
        while (!isFull()) {
            Runnable task = waiting.poll();
            if (task == null) {
                return;
            }
            task.run();
        }
    }
}
