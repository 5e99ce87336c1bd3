package io.forebay.http;

import io.forebay.cache.Body;
import io.forebay.cache.Piece;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/**
 * One body on its way to one client, at that client's pace: a turn of at most {@link #TURN_BYTES}, then the loop is somebody
 * else's, then the next. Nothing is read ahead of the client.
 *
 * <p>Regions of files are sent by the kernel where the connection is plain HTTP/1.1; elsewhere a disk thread reads them.
 *
 * <p>Threads: everything runs on the channel's event loop, but for the waker, which only schedules a turn there.
 */
final class BodySending {
    /** Larger turns let one client hold the loop; smaller ones cost throughput (measured: docs/performance.md). */
    private static final int TURN_BYTES = 256 << 10;

    private final Channel channel;
    private final Body body;
    private final boolean kernelSends;
    private final Scheduler readers;
    private final MonoSink<Void> sink;
    private final Progress progress;
    private final Duration patience;

    private long offset;
    private boolean writing;
    private final long end;
    private boolean over;

    /** Is told about bytes handed to the channel. */
    interface Progress {
        void sent(long bytes);
    }

    private BodySending(
            Channel channel,
            Body body,
            long from,
            long end,
            boolean kernelSends,
            Scheduler readers,
            Progress progress,
            Duration patience,
            MonoSink<Void> sink) {
        this.channel = channel;
        this.body = body;
        this.offset = from;
        this.end = end;
        this.kernelSends = kernelSends;
        this.readers = readers;
        this.progress = progress;
        this.patience = patience;
        this.sink = sink;
    }

    /**
     * Sends a part of a body behind a head that is already written.
     *
     * @param end offset behind the last byte; negative for everything up to the end of a body of unknown length
     * @param kernelSends whether the channel takes regions of files
     * @param readers threads that may block, for channels that do not
     * @param patience a client that takes not one byte for so long is cut
     * @return completes when the last byte was taken by the socket; an error when the body breaks or the client left
     */
    static Mono<Void> send(
            Channel channel,
            Body body,
            long from,
            long end,
            boolean kernelSends,
            Scheduler readers,
            Progress progress,
            Duration patience) {
        return Mono.create(sink -> {
            BodySending sending =
                    new BodySending(channel, body, from, end, kernelSends, readers, progress, patience, sink);
            Future<?> watch = channel.eventLoop()
                    .scheduleAtFixedRate(
                            sending.new Watch(), patience.toNanos(), patience.toNanos(), TimeUnit.NANOSECONDS);
            sink.onDispose(() -> {
                watch.cancel(false);
                sending.stop();
            });
            sending.schedule();
        });
    }

    private void stop() {
        channel.eventLoop().execute(() -> over = true);
    }

    /** Looks from time to time whether the client has taken anything since the last look. */
    private final class Watch implements Runnable {
        private long lastOffset = -1;
        private long lastTaken = -1;

        @Override
        public void run() {
            ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
            long taken = pending == null ? 0 : pending.currentProgress();
            if (!over && writing && offset == lastOffset && taken == lastTaken) {
                fail(new IOException("the client took nothing for " + patience.toSeconds() + " s"));
                channel.close();
            }
            lastOffset = writing ? offset : -1;
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
            body.onMore(offset, this::schedule);
        }
    }

    /**
     * The next turn comes after the sockets have been looked at. A task that is merely queued would run before: a fast client's
     * turns would keep the loop from every other socket until Netty ends its round of tasks, after a second.
     */
    private void yieldTurn() {
        channel.eventLoop().schedule(this::turn, 1, TimeUnit.NANOSECONDS);
    }

    private void turn() {
        if (over) {
            return;
        }
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
            cold.load().subscribe(loaded -> {}, e -> channel.eventLoop().execute(() -> fail(e)), this::schedule);
        } else if (piece instanceof Piece.Later) {
            body.onMore(offset, this::schedule);
        } else if (piece instanceof Piece.Broken broken) {
            fail(broken.failure());
        } else if (end < 0) {
            complete();
        } else {
            fail(new IOException("the body ended before its length"));
        }
    }

    private void region(Piece.Region region) {
        if (kernelSends) {
            offset += region.count();
            await(
                    channel.writeAndFlush(new FileSlice(region.channel(), region.position(), region.count())),
                    region.count());
            return;
        }
        Mono.fromCallable(() -> read(region.channel(), region.position(), region.count()))
                .subscribeOn(readers)
                .subscribe(bytes -> channel.eventLoop().execute(() -> readBytes(bytes)), e -> channel.eventLoop()
                        .execute(() -> fail(e)));
    }

    private void readBytes(ByteBuf bytes) {
        if (over) {
            bytes.release();
        } else {
            written(bytes);
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
        await(channel.writeAndFlush(new DefaultHttpContent(bytes)), count);
    }

    private void await(ChannelFuture write, long count) {
        writing = true;
        write.addListener(done -> {
            writing = false;
            if (done.isSuccess()) {
                progress.sent(count);
                next(count == TURN_BYTES);
            } else {
                fail(done.cause());
            }
        });
    }

    private void complete() {
        if (!over) {
            over = true;
            sink.success();
        }
    }

    private void fail(@Nullable Throwable cause) {
        if (!over) {
            over = true;
            sink.error(cause == null ? new IOException("the connection closed") : cause);
        }
    }
}
