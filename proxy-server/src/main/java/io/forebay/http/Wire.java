package io.forebay.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.function.Function;

/** Where the bytes of a body go: through the HTTP codec, or past it. Used by the channel's event loop. */
final class Wire {
    private final Channel channel;
    private final boolean takesRegions;
    private final Function<Object, ChannelFuture> write;

    private Wire(Channel channel, Function<Object, ChannelFuture> write) {
        this.channel = channel;
        this.write = write;
        this.takesRegions =
                channel.parent() instanceof ServerChannel && channel.pipeline().get(SslHandler.class) == null;
    }

    /** Through all of a channel's handlers: the connection's, or those of a stream of HTTP/2. */
    static Wire through(Channel channel) {
        return new Wire(
                channel,
                message -> channel.writeAndFlush(
                        message instanceof ByteBuf bytes ? new DefaultHttpContent(bytes) : message));
    }

    /** From a handler towards the socket: what is written must be HTTP already. */
    static Wire from(ChannelHandlerContext context) {
        return new Wire(context.channel(), context::writeAndFlush);
    }

    Channel channel() {
        return channel;
    }

    /** Whether the kernel can send regions of files: neither encrypted nor framed. */
    boolean takesRegions() {
        return takesRegions;
    }

    /**
     * Whether the other end has taken bytes lately that the kernel held for it: there can be megabytes of them, which keep a slow
     * client busy while the channel sees nothing move. Bytes that are only sent again, or only asked about, do not count. Only
     * epoll's channels tell.
     */
    boolean movedWithin(Duration time) {
        if (!(channel instanceof EpollSocketChannel socket) || !socket.isOpen()) {
            return false;
        }
        EpollTcpInfo info = socket.tcpInfo();
        return info.lastDataSent() < time.toMillis() && info.lastAckRecv() < time.toMillis();
    }

    /** @param message a buffer, which is the channel's from now on; or a region, if it takes those */
    ChannelFuture write(Object message) {
        return write.apply(message);
    }
}
