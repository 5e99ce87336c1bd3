package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.forebay.cache.Body;
import io.forebay.cache.Piece;
import io.forebay.model.Exchange;
import io.forebay.model.TrustedProxies;
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
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.scheduler.Schedulers;

/** On real sockets: what the kernel does with one is all there is to see. */
class CorkTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n";

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
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
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
    @DisplayName("a large hit in front of the codec is held back while its body is sent, and no longer")
    void largeHit_isHeldBackToItsEnd() throws Exception {
        congestion("reno");
        BlockingQueue<Boolean> corked = new LinkedBlockingQueue<>();
        BlockingQueue<Exchange> told = new LinkedBlockingQueue<>();
        Body body = new Zeros(() -> corked.add(isCorked()));
        HitMemos memos = new HitMemos(told::add, Schedulers.immediate());
        memos.put(PreparedResponseTest.recording(HEAD, new byte[0], Optional.of(() -> Optional.of(body))));
        HitMemo memo = new HitMemo(memos, TrustedProxies.NONE, new Connections(), Duration.ofMinutes(1), channel);
        channel.eventLoop()
                .submit(() -> channel.pipeline().addLast(HitMemo.NAME, memo))
                .sync();
        for (int i = 0; i < 2; i++) {
            client.getOutputStream().write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(client.getInputStream().readNBytes(HEAD.length() + Zeros.LENGTH))
                    .startsWith(HEAD.getBytes(StandardCharsets.US_ASCII))
                    .endsWith(0, 0, 0);
            assertThat(told.take().bytes()).isEqualTo(Zeros.LENGTH);
            assertThat(channel.eventLoop().submit(this::isCorked).get()).isFalse();
        }
        assertThat(corked).hasSizeGreaterThanOrEqualTo(4).containsOnly(true);
        memos.forget();
    }

    /** More than a turn. */
    private record Zeros(Runnable asked) implements Body {
        private static final int LENGTH = 300_000;

        @Override
        public OptionalLong length() {
            return OptionalLong.of(LENGTH);
        }

        @Override
        public Piece at(long offset, int max) {
            asked.run();
            return new Piece.Bytes(Unpooled.wrappedBuffer(new byte[max]));
        }

        @Override
        public void onMore(long offset, Runnable waker) {
            waker.run();
        }

        @Override
        public void close() {}
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
