package io.forebay.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock of request heads in HTTP/2, in the place of {@link HeadGuard}. A frame that has begun must come to its end in the
 * time that a head has, and so must a head that goes on in CONTINUATION frames; what does not ends the connection, on which
 * nothing else can come in between (RFC 9113 sections 4.1 and 4.3). The codec behind it has limits on sizes and counts only.
 *
 * <p>One for each connection of HTTP/2; runs on its event loop. Bytes go on unchanged.
 */
final class FrameGuard extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(FrameGuard.class);
    static final String NAME = "forebay.frame-guard";

    /** What a client says first. */
    private static final int PREFACE_BYTES = 24;

    private static final int FRAME_HEADER_BYTES = 9;
    private static final int HEADERS = 1;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;

    private final Duration limit;
    private int payloadLeft = PREFACE_BYTES;
    private int headerSeen;
    private int length;
    private int type;
    private boolean inHead;
    private boolean ended;
    private @Nullable Future<?> deadline;

    /** @param limit from the first byte of a frame to its end, or that of the head that it begins */
    FrameGuard(Duration limit) {
        this.limit = limit;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof ByteBuf bytes) {
            ended = false;
            look(bytes);
            if (ended) {
                stop();
            }
            if (isOpen() && deadline == null) {
                deadline = context.executor().schedule(() -> passed(context), limit.toNanos(), TimeUnit.NANOSECONDS);
            }
        }
        context.fireChannelRead(message);
    }

    private void look(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (at < end) {
            if (payloadLeft > 0) {
                int count = Math.min(payloadLeft, end - at);
                payloadLeft -= count;
                at += count;
            } else {
                header(bytes.getUnsignedByte(at++));
            }
            ended |= !isOpen();
        }
    }

    private void header(int value) {
        if (headerSeen < 3) {
            length = length << 8 | value;
        } else if (headerSeen == 3) {
            type = value;
        } else if (headerSeen == 4) {
            inHead = (type == HEADERS || type == CONTINUATION) && (value & END_HEADERS) == 0;
        }
        headerSeen++;
        if (headerSeen == FRAME_HEADER_BYTES) {
            payloadLeft = length;
            headerSeen = 0;
            length = 0;
        }
    }

    private boolean isOpen() {
        return payloadLeft > 0 || headerSeen > 0 || inHead;
    }

    private void passed(ChannelHandlerContext context) {
        LOG.debug(
                "{} did not finish a frame or the head of a request",
                context.channel().remoteAddress());
        context.close();
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
