package io.forebay.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.handler.ssl.SslHandler;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Holds the bytes of one connection back until its packets are full (Linux's TCP_CORK), from a head to the end of its body, so that
 * neither the head nor the end of each turn is a packet of its own. Not with BBR, which sends a body that is held back at half
 * the rate (docs/decisions.md), nor where the kernel does not send the file. Used by the channel's event loop.
 */
final class Cork {
    /** As in Linux's headers; the option's value is a name of at most so many bytes. */
    private static final int IPPROTO_TCP = 6;

    private static final int TCP_CONGESTION = 13;
    private static final int CONGESTION_BYTES = 16;

    private static final RawUnixChannelOption CONGESTION =
            new RawUnixChannelOption("TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, CONGESTION_BYTES);

    private final @Nullable EpollSocketChannel socket;

    private Cork(@Nullable EpollSocketChannel socket) {
        this.socket = socket;
    }

    /** @param channel open: its kernel tells by which rules it sends */
    static Cork of(Channel channel) {
        boolean pays = channel instanceof EpollSocketChannel socket
                && channel.pipeline().get(SslHandler.class) == null
                && !isPaced(socket);
        return new Cork(pays ? (EpollSocketChannel) channel : null);
    }

    private static boolean isPaced(EpollSocketChannel socket) {
        try {
            ByteBuffer name = socket.config().getOption(CONGESTION);
            return name != null
                    && StandardCharsets.US_ASCII.decode(name).toString().startsWith("bbr");
        } catch (ChannelException e) {
            // Closed, or a kernel that does not tell: nothing is gained by risking it.
            return true;
        }
    }

    /** What is written from now on may wait for what follows. */
    void put() {
        set(true);
    }

    /** What waits is sent. */
    void pull() {
        set(false);
    }

    private void set(boolean on) {
        if (socket != null && socket.isOpen()) {
            socket.config().setTcpCork(on);
        }
    }
}
