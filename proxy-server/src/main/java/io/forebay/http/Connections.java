package io.forebay.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The open connections and which of them are answering: what a server that stops must know. Reactor Netty ends a
 * connection by its own operations and knows nothing of answers that were given in front of its codec, so the end is decided here.
 *
 * <p>Threads: any; {@link #drain} blocks.
 */
final class Connections {
    /** Closing what is left needs the event loops and no client. */
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

    private final ChannelGroup all = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

    /** Channels of requests: the connection itself, or a stream of an HTTP/2 connection. */
    private final Set<Channel> answering = ConcurrentHashMap.newKeySet();

    private final CountDownLatch quiet = new CountDownLatch(1);
    private final LongSupplier nanoTime;
    private volatile boolean draining;

    Connections() {
        this(System::nanoTime);
    }

    /** @param nanoTime a clock that only differences are told of */
    Connections(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    void opened(Channel connection) {
        all.add(connection);
    }

    /** Whether answers are the last ones of their connections. */
    boolean draining() {
        return draining;
    }

    void began(Channel channel) {
        answering.add(channel);
    }

    boolean isAnswering(Channel channel) {
        return answering.contains(channel);
    }

    void ended(Channel channel) {
        answering.remove(channel);
        if (draining) {
            // Later than what the answer's end still writes.
            channel.eventLoop().execute(() -> closeIfIdle(connection(channel)));
            if (answering.isEmpty()) {
                quiet.countDown();
            }
        }
    }

    /** Closes what is idle at once and the others when their answers have ended; what is left when the time is over, then. */
    void drain(Duration limit) {
        long end = nanoTime.getAsLong() + limit.toNanos();
        draining = true;
        all.forEach(connection -> connection.eventLoop().execute(() -> closeIfIdle(connection)));
        try {
            if (!answering.isEmpty()) {
                quiet.await(limit.toNanos(), TimeUnit.NANOSECONDS);
            }
            all.newCloseFuture().await(answering.isEmpty() ? millisTo(end) : 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.close().awaitUninterruptibly(CLOSE_MAX.toMillis());
    }

    private long millisTo(long end) {
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - nanoTime.getAsLong()));
    }

    private void closeIfIdle(Channel connection) {
        if (answering.stream().anyMatch(channel -> connection(channel) == connection)) {
            return;
        }
        // Behind what the socket has not taken yet; the context in front of the codec takes bytes as they are.
        ChannelHandlerContext raw = connection.pipeline().context(HitMemo.NAME);
        if (raw == null) {
            connection.close();
        } else {
            raw.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private static Channel connection(Channel channel) {
        Channel parent = channel.parent();
        return parent == null || parent instanceof ServerChannel ? channel : parent;
    }
}
