package io.forebay.observe;

import io.forebay.model.Exchange;
import io.forebay.model.Exchanges;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A line for every request. {@link #ended} only puts the exchange into a bounded queue; one thread formats and writes. When
 * the output is too slow and the queue is full, lines are dropped and counted: a log must not slow the server.
 *
 * <p>The writer looks into the queue every {@value #PAUSE_MILLIS} ms when it was empty: so nobody has to wake it.
 */
public final class AccessLog implements Exchanges, AutoCloseable {
    /** Some 4 MiB of exchanges: what a second of full load leaves behind while the output stands still. */
    private static final int QUEUE_MAX = 16_384;

    private static final long PAUSE_MILLIS = 20;

    /** How long {@link #close} waits for an output that stands still. */
    private static final long CLOSE_MILLIS_MAX = 2_000;

    private static final int BATCH_CHARS = 32_768;

    private final Queue<Exchange> queue;
    private final AtomicLong dropped = new AtomicLong();
    private volatile AccessLine line;
    private final OutputStream out;
    private final Thread writer;
    private volatile boolean closed;

    /** @param out not closed here */
    public AccessLog(OutputStream out, AccessLine line) {
        this(out, line, QUEUE_MAX);
    }

    AccessLog(OutputStream out, AccessLine line, int queueMax) {
        this.out = out;
        this.line = line;
        // Netty's queue for many producers takes no lock: an event loop must not wait for another one either.
        this.queue = PlatformDependent.newFixedMpscQueue(queueMax);
        this.writer = new Thread(this::write, "access-log");
        writer.setDaemon(true);
        writer.start();
    }

    @Override
    public void ended(Exchange exchange) {
        if (!queue.offer(exchange)) {
            dropped.incrementAndGet();
        }
    }

    /** Lines that were not written: the queue was full or the output failed. */
    public long dropped() {
        return dropped.get();
    }

    /** How lines look from now on. */
    public void format(AccessLine format) {
        line = format;
    }

    private void write() {
        StringBuilder batch = new StringBuilder(BATCH_CHARS);
        while (true) {
            boolean last = closed;
            int lines = fill(batch);
            if (lines > 0) {
                flush(batch, lines);
            } else if (last) {
                return;
            } else {
                LockSupport.parkNanos(PAUSE_MILLIS * 1_000_000);
            }
        }
    }

    private int fill(StringBuilder batch) {
        batch.setLength(0);
        int lines = 0;
        while (batch.length() < BATCH_CHARS) {
            Exchange exchange = queue.poll();
            if (exchange == null) {
                break;
            }
            line.append(exchange, batch);
            lines++;
        }
        return lines;
    }

    private void flush(StringBuilder batch, int lines) {
        try {
            out.write(batch.toString().getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            dropped.addAndGet(lines);
        }
    }

    /** Writes what is queued, then ends the thread. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(writer);
        try {
            writer.join(CLOSE_MILLIS_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
