package io.forebay.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the bytes of request heads before the codec does. The codec forgives what RFC 9112 forbids (other bytes than a space
 * between the parts of the request line, two ways to say how long a body is) and has no clock for a request that comes a byte at a
 * time; here the first is 400 and the second ends the connection. What passes goes on unchanged.
 *
 * <p>Reactor Netty's own {@code requestTimeout} is not used: where a request is answered before its end was shown, its clock runs on and
 * keeps the request in memory, which were hundreds of megabytes.
 *
 * <p>A refused head reaches the codec's followers as a request that could not be decoded, so that it is answered behind the
 * requests before it, and the connection is closed.
 *
 * <p>One for each connection of HTTP/1; runs on its event loop.
 */
final class HeadGuard extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(HeadGuard.class);
    static final String NAME = "forebay.head-guard";

    private final Duration limit;
    private final Predicate<Channel> answering;
    private RequestFraming framing = new RequestFraming();
    private boolean refused;
    private @Nullable Future<?> deadline;

    /**
     * Guards one connection.
     *
     * @param limit from the first byte of a head to its end, and from there to the end of a body
     * @param answering whether a connection is answering: nothing is read then, so that a head's lateness is not the client's
     */
    HeadGuard(Duration limit, Predicate<Channel> answering) {
        this.limit = limit;
        this.answering = answering;
    }

    /** HTTP/2 has no such heads: a clock is all that they need. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent
                && ApplicationProtocolNames.HTTP_2.equals(
                        context.pipeline().get(SslHandler.class).applicationProtocol())) {
            context.pipeline().replace(this, FrameGuard.NAME, new FrameGuard(limit));
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            context.fireChannelRead(message);
            return;
        }
        if (refused) {
            bytes.release();
            return;
        }
        int sound = framing.take(bytes);
        if (framing.fault().isPresent()) {
            refused = true;
            stop();
            refuse(context, bytes, sound, framing.fault().get());
            return;
        }
        time(context);
        context.fireChannelRead(bytes);
    }

    /** Whole heads before the bad one are asked for; of the bad one nothing more is shown to the codec. */
    private static void refuse(ChannelHandlerContext context, ByteBuf bytes, int sound, String fault) {
        LOG.debug("A request of {} is refused: {}", context.channel().remoteAddress(), fault);
        if (sound > 0) {
            context.fireChannelRead(bytes.readRetainedSlice(sound));
        }
        bytes.release();
        FullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/bad-request", Unpooled.EMPTY_BUFFER);
        request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException(fault)));
        context.fireChannelRead(request);
    }

    private void time(ChannelHandlerContext context) {
        if (framing.ended() > 0) {
            stop();
        }
        if ((framing.inHead() || framing.inBody()) && deadline == null) {
            start(context);
        }
    }

    private void start(ChannelHandlerContext context) {
        deadline = context.executor().schedule(() -> passed(context), limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void passed(ChannelHandlerContext context) {
        // The answer may be waiting for the body.
        if (framing.inHead() && answering.test(context.channel())) {
            start(context);
        } else {
            LOG.debug("{} did not finish a request", context.channel().remoteAddress());
            context.close();
        }
    }

    private void stop() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stop();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        stop();
    }
}
