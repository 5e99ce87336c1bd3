package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Against a real datagram socket in the file system, as systemd has one. */
class NotifySocketTest {
    private static final String HALF_A_SECOND = "500000";

    @TempDir
    Path directory;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @AfterEach
    void end() {
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void open_noServiceManager_isEmpty() {
        assertThat(NotifySocket.open(Map.of())).isEmpty();
        assertThat(NotifySocket.open(Map.of("NOTIFY_SOCKET", ""))).isEmpty();
    }

    @Test
    void open_nobodyListens_isEmpty() {
        String path = directory.resolve("nobody").toString();
        assertThat(NotifySocket.open(Map.of("NOTIFY_SOCKET", path))).isEmpty();
    }

    @Test
    void states_arriveInOrder() throws InterruptedException {
        String path = listen(directory.resolve("notify").toString());
        try (NotifySocket socket =
                NotifySocket.open(Map.of("NOTIFY_SOCKET", path)).orElseThrow()) {
            socket.ready("Listening on\nhttp://x");
            assertThat(next()).isEqualTo("READY=1\nSTATUS=Listening on http://x");
            socket.stopping(Duration.ofSeconds(90));
            assertThat(next()).startsWith("STOPPING=1\n").endsWith("\nEXTEND_TIMEOUT_USEC=90000000");
        }
    }

    @Test
    void ready_abstractSocket_arrives() throws InterruptedException {
        String name = "forebay-" + UUID.randomUUID();
        listen("\0" + name);
        try (NotifySocket socket =
                NotifySocket.open(Map.of("NOTIFY_SOCKET", "@" + name)).orElseThrow()) {
            socket.ready("up");
            assertThat(next()).isEqualTo("READY=1\nSTATUS=up");
        }
    }

    @Test
    void watch_serverThatAnswers_beatsUntilItStops() throws InterruptedException {
        String path = listen(directory.resolve("notify").toString());
        try (NotifySocket socket = NotifySocket.open(Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", HALF_A_SECOND))
                .orElseThrow()) {
            socket.watch(Mono::empty);
            assertThat(next()).isEqualTo("WATCHDOG=1");
            assertThat(next()).isEqualTo("WATCHDOG=1");
        }
    }

    @Test
    void watch_serverThatFailsOnceAndThenAnswers_missesABeatAndGoesOn() throws InterruptedException {
        String path = listen(directory.resolve("notify").toString());
        AtomicInteger asked = new AtomicInteger();
        try (NotifySocket socket = NotifySocket.open(Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", HALF_A_SECOND))
                .orElseThrow()) {
            socket.watch(() -> asked.incrementAndGet() == 1 ? Mono.error(new IllegalStateException()) : Mono.empty());
            assertThat(next()).isEqualTo("WATCHDOG=1");
            assertThat(asked).hasValueGreaterThan(1);
        }
    }

    @Test
    void watch_serverThatHangs_saysNothing() throws InterruptedException {
        String path = listen(directory.resolve("notify").toString());
        AtomicInteger asked = new AtomicInteger();
        BlockingQueue<Integer> asks = new LinkedBlockingQueue<>();
        try (NotifySocket socket = NotifySocket.open(Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", HALF_A_SECOND))
                .orElseThrow()) {
            socket.watch(() -> {
                asks.add(asked.incrementAndGet());
                return Mono.never();
            });
            // Asked again only when the first time is over.
            assertThat(asks.poll(30, TimeUnit.SECONDS)).isEqualTo(1);
            assertThat(asks.poll(30, TimeUnit.SECONDS)).isEqualTo(2);
            assertThat(received).isEmpty();
        }
    }

    @Test
    void watch_watchdogOfAnotherProcess_asksNothing() throws InterruptedException {
        String path = listen(directory.resolve("notify").toString());
        try (NotifySocket socket = NotifySocket.open(
                        Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", "2", "WATCHDOG_PID", "1"))
                .orElseThrow()) {
            socket.watch(() -> Mono.fromRunnable(() -> received.add("asked")));
            socket.ready("up");
            assertThat(next()).startsWith("READY=1");
            assertThat(received).isEmpty();
        }
    }

    private String next() throws InterruptedException {
        String datagram = received.poll(30, TimeUnit.SECONDS);
        assertThat(datagram).isNotNull();
        return datagram;
    }

    private String listen(String path) {
        Channel bound = new Bootstrap()
                .group(loop)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                        received.add(packet.content().toString(StandardCharsets.UTF_8));
                    }
                })
                .bind(new DomainSocketAddress(path))
                .syncUninterruptibly()
                .channel();
        assertThat(bound.isActive()).isTrue();
        return path;
    }
}
