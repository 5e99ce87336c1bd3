package io.forebay.observe;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of an event loop that has run nothing for a second: once, with the stack that its thread stands in, and once more when
 * it goes on. A thread of its own gives every loop a task four times a second and looks whether the last one was run.
 *
 * <p>A process that was frozen as a whole (a virtual machine that was paused) says nothing of its loops: time in which this thread
 * did not run either is not counted.
 */
public final class EventLoopWatchdog implements AutoCloseable {
    /** Every client of the loop waits for so long, and would notice. */
    static final Duration STALL = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(EventLoopWatchdog.class);
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** Deep enough to show who called whom, short enough for a log. */
    private static final int FRAMES_MAX = 60;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "loop-watchdog");
        made.setDaemon(true);
        return made;
    });
    private final List<Watched> watched = new ArrayList<>();
    private long lastLook = System.nanoTime();

    public EventLoopWatchdog(EventExecutorGroup loops) {
        for (EventExecutor loop : loops) {
            watched.add(new Watched(loop));
        }
        thread.scheduleWithFixedDelay(this::look, 0, PERIOD_NANOS, TimeUnit.NANOSECONDS);
    }

    private void look() {
        long now = System.nanoTime();
        long passed = Math.min(now - lastLook, 2 * PERIOD_NANOS);
        lastLook = now;
        for (Watched one : watched) {
            one.look(passed);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    /** One loop; used by the watchdog's thread, but for the task that the loop runs. */
    private static final class Watched {
        private final EventExecutor loop;
        private volatile boolean ran;
        private volatile @Nullable Thread runner;
        private long silentNanos;
        private boolean told;

        private Watched(EventExecutor loop) {
            this.loop = loop;
            ask();
        }

        private void look(long passedNanos) {
            if (ran) {
                if (told) {
                    LOG.warn("Event loop {} runs again after {} ms", name(), millis(silentNanos + passedNanos));
                }
                told = false;
                silentNanos = 0;
                ask();
                return;
            }
            silentNanos += passedNanos;
            if (silentNanos >= STALL.toNanos() && !told) {
                told = true;
                LOG.warn("Event loop {} has run nothing for {} ms", name(), millis(silentNanos), stack());
            }
        }

        private void ask() {
            ran = false;
            try {
                loop.execute(() -> {
                    runner = Thread.currentThread();
                    ran = true;
                });
            } catch (RejectedExecutionException e) {
                // It has ended; there is nothing to tell of it.
                ran = true;
            }
        }

        private String name() {
            Thread known = runner;
            return known == null ? "that never ran" : known.getName();
        }

        private static long millis(long nanos) {
            return TimeUnit.NANOSECONDS.toMillis(nanos);
        }

        /** What the thread does now, in the form that logs show stacks in. */
        private Throwable stack() {
            Thread known = runner;
            StackTraceElement[] frames = known == null ? new StackTraceElement[0] : known.getStackTrace();
            Stack stack = new Stack();
            stack.setStackTrace(List.of(frames)
                    .subList(0, Math.min(frames.length, FRAMES_MAX))
                    .toArray(StackTraceElement[]::new));
            return stack;
        }
    }

    /** Carries the frames of another thread; nobody throws it. */
    private static final class Stack extends Exception {
        private static final long serialVersionUID = 1L;

        private Stack() {
            super("it stands here");
        }
    }
}
