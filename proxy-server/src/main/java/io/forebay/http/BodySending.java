package io.forebay.http;

import io.forebay.cache.Body;
import io.forebay.cache.Piece;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.channel.AbortedException;

/**
 * One body on its way to one client, at that client's pace: a turn of at most {@link #TURN_BYTES}, then the loop is somebody
 * else's, then the next. Nothing is read ahead of the client.
 *
 * <p>Regions of files are sent by the kernel where the connection is plain HTTP/1.1. Elsewhere they are read: from memory, as
 * what a body calls a region was used a moment ago.
 *
 * <p>Threads: everything runs on the channel's event loop, but for the waker, which only schedules a turn there.
 */
final class BodySending {
    /** Larger turns let one client hold the loop; smaller ones cost throughput (measured: docs/performance.md). */
    private static final int TURN_BYTES = 256 << 10;

    /** So many turns of a client that takes each at once need no look at whether it takes anything. */
    private static final int TURNS_UNWATCHED = 16;

    /** Far more than the kernel takes to send a turn out of its memory, whatever else runs on the machine. */
    private static final long WAITED_NANOS = Duration.ofMillis(50).toNanos();

    private final Wire wire;
    private final Channel channel;
    private final Body body;
    private final MonoSink<Void> sink;
    private final Progress progress;
    private final Duration patience;

    private long offset;
    private int turns;
    private @Nullable Future<?> watch;
    private boolean writing;
    private final long end;
    private boolean over;

    /** Is told how the sending goes. */
    interface Progress {
        /** The socket has taken so many bytes more. */
        void sent(long bytes);

        /** The client has taken something since this was told last: several times while its patience lasts. */
        default void alive() {}
    }

    private BodySending(
            Wire wire, Body body, long from, long end, Progress progress, Duration patience, MonoSink<Void> sink) {
        this.wire = wire;
        this.channel = wire.channel();
        this.body = body;
        this.offset = from;
        this.end = end;
        this.progress = progress;
        this.patience = patience;
        this.sink = sink;
    }

    /**
     * Sends a part of a body behind a head that is already written.
     *
     * @param end offset behind the last byte; negative for everything up to the end of a body of unknown length
     * @param patience a client that takes not one byte for so long is cut
     * @return completes when the last byte was taken by the socket; an error when the body breaks or the client left
     */
    static Mono<Void> send(Wire wire, Body body, long from, long end, Progress progress, Duration patience) {
        return Mono.create(sink -> {
            BodySending sending = new BodySending(wire, body, from, end, progress, patience, sink);
            sink.onCancel(sending::stop);
            if (sending.channel.eventLoop().inEventLoop()) {
                sending.turn();
            } else {
                sending.channel.eventLoop().execute(sending::turn);
            }
        });
    }

    private void stop() {
        channel.eventLoop().execute(this::finish);
    }

    /** False when it was over before. */
    private boolean finish() {
        boolean ended = !over;
        over = true;
        if (watch != null) {
            watch.cancel(false);
        }
        return ended;
    }

    /** From now on somebody looks at the client from time to time; not needed while it takes all that it is given at once. */
    private void watch() {
        if (watch == null && !over) {
            Watch look = new Watch();
            long period = look.period.toNanos();
            watch = channel.eventLoop().scheduleAtFixedRate(look, period, period, TimeUnit.NANOSECONDS);
        }
    }

    /** Looks from time to time whether the client has taken anything since the last look. */
    private final class Watch implements Runnable {
        /** In the time that a client may take nothing. */
        private static final int LOOKS = 4;

        private final Duration period = patience.dividedBy(LOOKS);
        private long lastOffset = -1;
        private long lastTaken = -1;
        private int vain;

        @Override
        public void run() {
            ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
            long taken = pending == null ? 0 : pending.currentProgress();
            if (!writing || offset != lastOffset || taken != lastTaken || wire.movedWithin(period)) {
                vain = 0;
                progress.alive();
            } else if (!over && ++vain == LOOKS) {
                fail(new AbortedException("the client took nothing for " + patience.toSeconds() + " s"));
                channel.close();
            }
            lastOffset = offset;
            lastTaken = taken;
        }
    }

    private void schedule() {
        if (channel.eventLoop().inEventLoop()) {
            yieldTurn();
        } else {
            channel.eventLoop().execute(this::turn);
        }
    }

    /**
     * What follows a turn that the socket has taken. At the end of what is there already, a turn would find nothing: the body
     * says when it has more.
     *
     * @param whole whether the turn was as long as a turn may be
     */
    private void next(boolean whole) {
        if (end >= 0 && offset >= end) {
            complete();
        } else if (whole) {
            yieldTurn();
        } else {
            waitForMore();
        }
    }

    private void waitForMore() {
        watch();
        body.onMore(offset, this::schedule);
    }

    private void yieldTurn() {
        if (++turns > TURNS_UNWATCHED) {
            watch();
        }
        Turns.of(channel.eventLoop()).add(this::turn);
    }

    private void turn() {
        if (over) {
            return;
        }
        try {
            sendPiece();
        } catch (RuntimeException e) {
            // Whatever it is: a body that is neither sent nor failed would hold its client for ever.
            fail(e);
        }
    }

    private void sendPiece() {
        if (end >= 0 && offset >= end) {
            complete();
            return;
        }
        int wanted = end < 0 ? TURN_BYTES : (int) Math.min(TURN_BYTES, end - offset);
        Piece piece = body.at(offset, wanted);
        if (piece instanceof Piece.Region region) {
            region(region);
        } else if (piece instanceof Piece.Bytes bytes) {
            written(bytes.bytes());
        } else if (piece instanceof Piece.Cold cold) {
            watch();
            cold.load().subscribe(loaded -> {}, e -> channel.eventLoop().execute(() -> fail(e)), this::schedule);
        } else if (piece instanceof Piece.Later) {
            waitForMore();
        } else if (piece instanceof Piece.Broken broken) {
            fail(broken.failure());
        } else if (end < 0) {
            complete();
        } else {
            fail(new IOException("the body ended before its length"));
        }
    }

    private void region(Piece.Region region) {
        long begun = System.nanoTime();
        if (wire.takesRegions()) {
            offset += region.count();
            ChannelFuture write = wire.write(new FileSlice(region.channel(), region.position(), region.count()));
            took(begun);
            await(write, region.count());
            return;
        }
        ByteBuf bytes;
        try {
            bytes = read(region.channel(), region.position(), region.count());
        } catch (IOException e) {
            fail(e);
            return;
        }
        took(begun);
        written(bytes);
    }

    private void took(long begun) {
        if (System.nanoTime() - begun > WAITED_NANOS) {
            body.waited();
        }
    }

    private ByteBuf read(FileChannel file, long position, int count) throws IOException {
        ByteBuf bytes = channel.alloc().directBuffer(count, count);
        try {
            ByteBuffer target = bytes.nioBuffer(0, count);
            while (target.hasRemaining()) {
                if (file.read(target, position + target.position()) < 0) {
                    throw new IOException("the file ends before its length");
                }
            }
            return bytes.writerIndex(count);
        } catch (IOException | RuntimeException e) {
            bytes.release();
            throw e;
        }
    }

    private void written(ByteBuf bytes) {
        int count = bytes.readableBytes();
        offset += count;
        await(wire.write(bytes), count);
    }

    private void await(ChannelFuture write, long count) {
        if (write.isDone()) {
            taken(write, count);
            return;
        }
        writing = true;
        watch();
        write.addListener((ChannelFutureListener) done -> {
            writing = false;
            taken(done, count);
        });
    }

    private void taken(ChannelFuture write, long count) {
        if (write.isSuccess()) {
            progress.sent(count);
            next(count == TURN_BYTES);
        } else {
            fail(write.cause());
        }
    }

    private void complete() {
        if (finish()) {
            sink.success();
        }
    }

    private void fail(@Nullable Throwable cause) {
        if (finish()) {
            sink.error(cause == null ? new IOException("the connection closed") : cause);
        }
    }
}
