package io.forebay.store;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The few threads that touch files. Handing a task over never blocks: the queue has no lock. Nobody interrupts these threads,
 * because an interrupt closes the file channel that is in use, under all its readers.
 *
 * <p>{@link #execute} takes what is bounded elsewhere (one turn per draft); {@link #offer} takes reads and refuses beyond a
 * limit.
 */
final class DiskThreads implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(DiskThreads.class);

    private final ThreadPoolExecutor threads;
    private final int waitingLimit;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong pending = new AtomicLong();
    private final Object idle = new Object();
    private final List<Thread> started = new CopyOnWriteArrayList<>();

    /** @param name of each, with a number behind it */
    DiskThreads(String name, int count, int waitingLimit) {
        this.waitingLimit = waitingLimit;
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                count,
                count,
                0,
                TimeUnit.SECONDS,
                new LinkedTransferQueue<>(),
                task -> {
                    Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    started.add(thread);
                    return thread;
                },
                // Behind close() only the closing of a file comes, which its last reader may do itself.
                (task, pool) -> task.run());
        threads.prestartAllCoreThreads();
    }

    @Override
    public void execute(Runnable task) {
        pending.incrementAndGet();
        threads.execute(() -> run(task));
    }

    /** False, and the task is not run, when too many such tasks wait. */
    boolean offer(Runnable task) {
        if (waiting.incrementAndGet() > waitingLimit) {
            waiting.decrementAndGet();
            return false;
        }
        execute(() -> {
            waiting.decrementAndGet();
            task.run();
        });
        return true;
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("a task of the store failed", e);
        } finally {
            if (pending.decrementAndGet() == 0) {
                synchronized (idle) {
                    idle.notifyAll();
                }
            }
        }
    }

    /** Blocks until nothing is queued or running; false when the limit passed first. */
    boolean awaitIdle(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (idle) {
            while (pending.get() > 0) {
                long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (millis <= 0) {
                    return false;
                }
                idle.wait(millis);
            }
        }
        return true;
    }

    /** The threads end when the queue is empty. */
    void shutdown() {
        threads.shutdown();
    }

    /** Blocks until the threads have ended; false when the limit passed first. */
    boolean close(Duration limit) throws InterruptedException {
        shutdown();
        // The pool calls itself terminated a moment before its threads are gone.
        boolean ended = threads.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS);
        for (Thread thread : started) {
            thread.join(ended ? 0 : 1);
        }
        return ended;
    }
}
