package io.forebay.cache;

import io.forebay.model.ForebayException;
import io.forebay.store.Blob;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/**
 * A page that a worker writes while one client reads it, in memory that does not grow with the page. It can be read forward
 * only, once.
 */
final class PipeBody implements Body {
    private static final Logger LOG = LoggerFactory.getLogger(PipeBody.class);
    private static final int CHUNK_BYTES = 32 << 10;

    /** How many chunks the worker may be ahead of the client. */
    private static final int CHUNKS_MAX = 8;

    /** A client that takes nothing for so long loses the worker. */
    private static final long STALL_MILLIS_MAX = 60_000;

    /** What writes the page. */
    interface Writing {
        void write(OutputStream out) throws IOException;
    }

    private final ArrayDeque<byte[]> chunks = new ArrayDeque<>();
    private long start;
    private boolean ended;
    private boolean closed;
    private @Nullable ForebayException failure;
    private @Nullable Runnable waker;

    private PipeBody() {}

    /** Sets a worker going. The blob is closed when it is done. */
    static PipeBody start(Scheduler workers, Blob blob, Writing writing) {
        PipeBody body = new PipeBody();
        try {
            workers.schedule(() -> body.run(blob, writing));
        } catch (RejectedExecutionException e) {
            blob.close();
            body.end(new ForebayException(
                    ForebayException.Kind.OVERLOADED, "too many pages are being written; ask again"));
        }
        return body;
    }

    private void run(Blob blob, Writing writing) {
        // Whatever ends the writing must reach the client, an Error too: it would wait for ever.
        ForebayException reason = ForebayException.unavailable("the page broke off");
        try (blob;
                Out out = new Out()) {
            writing.write(out);
            out.flush();
            reason = null;
        } catch (IOException e) {
            LOG.debug("A page broke off", e);
        } catch (RuntimeException e) {
            reason = Failures.of(e, LOG);
        } finally {
            end(reason);
        }
    }

    private final class Out extends OutputStream {
        private byte[] chunk = new byte[CHUNK_BYTES];
        private int length;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            int done = 0;
            while (done < count) {
                int step = Math.min(count - done, CHUNK_BYTES - length);
                System.arraycopy(bytes, offset + done, chunk, length, step);
                length += step;
                done += step;
                if (length == CHUNK_BYTES) {
                    flush();
                }
            }
        }

        @Override
        public void flush() throws IOException {
            if (length > 0) {
                offer(java.util.Arrays.copyOf(chunk, length));
                chunk = new byte[CHUNK_BYTES];
                length = 0;
            }
        }
    }

    private void offer(byte[] bytes) throws IOException {
        Runnable woken;
        synchronized (this) {
            long deadline = System.nanoTime() + STALL_MILLIS_MAX * 1_000_000;
            while (chunks.size() >= CHUNKS_MAX && !closed) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new IOException("the client takes nothing");
                }
                try {
                    wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted", e);
                }
            }
            if (closed) {
                throw new IOException("the client left");
            }
            chunks.add(bytes);
            woken = waker;
            waker = null;
        }
        if (woken != null) {
            woken.run();
        }
    }

    private void end(@Nullable ForebayException reason) {
        Runnable woken;
        synchronized (this) {
            ended = true;
            failure = reason;
            woken = waker;
            waker = null;
        }
        if (woken != null) {
            woken.run();
        }
    }

    @Override
    public OptionalLong length() {
        return OptionalLong.empty();
    }

    @Override
    public synchronized Piece at(long offset, int max) {
        byte[] first = chunks.peek();
        while (first != null && offset >= start + first.length) {
            start += first.length;
            chunks.poll();
            notifyAll();
            first = chunks.peek();
        }
        if (first != null) {
            int from = (int) (offset - start);
            ByteBuf piece = Unpooled.wrappedBuffer(first, from, Math.min(max, first.length - from));
            return new Piece.Bytes(piece);
        }
        if (!ended) {
            return Piece.Later.INSTANCE;
        }
        return failure == null ? Piece.End.INSTANCE : new Piece.Broken(failure);
    }

    @Override
    public void onMore(long offset, Runnable task) {
        synchronized (this) {
            if (chunks.isEmpty() && !ended) {
                waker = task;
                return;
            }
        }
        task.run();
    }

    @Override
    public synchronized void close() {
        closed = true;
        chunks.clear();
        notifyAll();
    }
}
