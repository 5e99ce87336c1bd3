package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannelConfig;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On real sockets: what the kernel does with one is all there is to see. */
class CorkTest {
    private static final RawUnixChannelOption CONGESTION = new RawUnixChannelOption("TCP_CONGESTION", 6, 13, 16);

    private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
    private EventLoopGroup loops;
    private Socket client;
    private Channel channel;

    @BeforeEach
    void connect() throws Exception {
        loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        ServerBootstrap server = new ServerBootstrap()
                .group(loops)
                .channel(EpollServerSocketChannel.class)
                .childHandler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelActive(ChannelHandlerContext context) {
                        accepted.add(context.channel());
                    }
                });
        Channel listening =
                server.bind(InetAddress.getLoopbackAddress(), 0).sync().channel();
        client = new Socket(InetAddress.getLoopbackAddress(), ((InetSocketAddress) listening.localAddress()).getPort());
        channel = accepted.take();
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        loops.shutdownGracefully().sync();
    }

    private void congestion(String name) {
        ByteBuffer value = ByteBuffer.allocate(16).put(name.getBytes(StandardCharsets.US_ASCII));
        assertThat(channel.config().setOption(CONGESTION, value.rewind())).isTrue();
    }

    private boolean isCorked() {
        return ((EpollSocketChannelConfig) channel.config()).isTcpCork();
    }

    @ParameterizedTest
    @CsvSource({"reno, true", "bbr, false"})
    void bytesAreHeldBack_unlessTheyArePaced(String name, boolean held) throws Exception {
        assumeThat(Files.readString(Path.of("/proc/sys/net/ipv4/tcp_allowed_congestion_control")))
                .contains(name);
        congestion(name);
        Cork cork = Cork.of(channel);
        assertThat(isCorked()).isFalse();
        cork.put();
        assertThat(isCorked()).isEqualTo(held);
        channel.writeAndFlush(Unpooled.copiedBuffer("head", StandardCharsets.US_ASCII))
                .sync();
        channel.writeAndFlush(Unpooled.copiedBuffer("body", StandardCharsets.US_ASCII))
                .sync();
        cork.pull();
        assertThat(isCorked()).isFalse();
        assertThat(client.getInputStream().readNBytes(8))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("headbody");
    }

    @Test
    void closedConnection_isLeftAlone() throws Exception {
        congestion("reno");
        Cork cork = Cork.of(channel);
        cork.put();
        channel.close().sync();
        cork.pull();
        Cork.of(channel).put();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void encryptedConnection_isNotHeldBack() throws Exception {
        congestion("reno");
        channel.pipeline().addFirst(SslContextBuilder.forClient().build().newHandler(channel.alloc()));
        Cork cork = Cork.of(channel);
        cork.put();
        assertThat(isCorked()).isFalse();
    }

    @Test
    void channelOfAnotherKind_isNotHeldBack() {
        EmbeddedChannel other = new EmbeddedChannel();
        Cork cork = Cork.of(other);
        cork.put();
        other.writeOutbound(1);
        cork.pull();
        assertThat(other.<Object>readOutbound()).isEqualTo(1);
        other.finish();
    }
}
