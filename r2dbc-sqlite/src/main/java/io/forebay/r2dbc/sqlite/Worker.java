package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.R2dbcTransientResourceException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * The one thread that a connection's work runs on, in order of arrival.
 *
 * <p>Threads: tasks may be handed in from any thread, event loops included; handing in takes no lock. An operation may be
 * interrupted from any thread. After {@link #stop} the thread ends; tasks that come later run on the thread that brings them and
 * find the session closed.
 *
 * <p>Limit: {@value #LIMIT} operations waiting, each a few hundred bytes; more than that on one connection is a runaway caller.
 * Fetches and clean-up of operations that were let in are never refused.
 */
final class Worker implements Executor {
    static final int LIMIT = 1024;

    private static final AtomicLong NUMBER = new AtomicLong();
    private static final Operation IDLE = new Operation();
    private static final Operation INTERRUPTING = new Operation();
    /** An interrupt that falls between two SQLite calls is lost, so it is repeated until the operation has left. */
    private static final long REPEAT_MILLIS = 10;

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicReference<Operation> running = new AtomicReference<>(IDLE);
    private final Thread thread = new Thread(this::run, "r2dbc-sqlite-" + NUMBER.incrementAndGet());
    private final Scheduler scheduler = Schedulers.fromExecutor(this);
    private volatile boolean stopped;
    private volatile Runnable interrupt = () -> {};

    Worker() {
        thread.setDaemon(true);
        thread.start();
    }

    /** The worker as a scheduler, for demand that comes from other threads. */
    Scheduler scheduler() {
        return scheduler;
    }

    /** Sets what interrupts the SQLite call that is running. */
    void onInterrupt(Runnable action) {
        interrupt = action;
    }

    /** Hands in a new operation's first task. */
    void admit(Runnable task) {
        if (waiting.incrementAndGet() > LIMIT) {
            waiting.decrementAndGet();
            throw new R2dbcTransientResourceException(
                    "more than " + LIMIT + " operations wait for this connection", "53000", 0);
        }
        execute(() -> {
            waiting.decrementAndGet();
            task.run();
        });
    }

    @Override
    public void execute(Runnable task) {
        tasks.offer(task);
        LockSupport.unpark(thread);
        if (stopped) {
            drain();
        }
    }

    /** Ends the thread when what has queued is done. To be called on the worker's own thread. */
    void stop() {
        stopped = true;
    }

    /** The operation's SQLite calls begin: from now on it can be interrupted. */
    void enter(Operation operation) {
        operation.begin();
        running.set(operation);
    }

    /** The operation's SQLite calls are over: when this returns no interrupt of it is under way. */
    void leave(Operation operation) {
        while (!running.compareAndSet(operation, IDLE)) {
            Thread.onSpinWait();
        }
    }

    /** Marks the operation as not wanted and interrupts it if it is running. */
    void cancel(Operation operation) {
        operation.cancel();
        interrupt(operation);
    }

    /** Interrupts a stopped operation until it has left. */
    void interrupt(Operation operation) {
        if (!operation.stopped() || !running.compareAndSet(operation, INTERRUPTING)) {
            return;
        }
        try {
            interrupt.run();
        } finally {
            running.set(operation);
        }
        Schedulers.parallel().schedule(() -> interrupt(operation), REPEAT_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void run() {
        while (true) {
            drain();
            if (stopped) {
                drain();
                return;
            }
            if (tasks.isEmpty()) {
                LockSupport.park(this);
            }
        }
    }

    private void drain() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                // A subscriber threw: its fault is reported where all such faults are, and the connection goes on.
                Operators.onErrorDropped(e, Context.empty());
            }
        }
    }
}
