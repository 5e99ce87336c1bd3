package io.forebay.app;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The socket on which systemd listens for a service's state: a datagram of assignments for each change, as sd_notify(3) describes.
 *
 * <p>Threads: safe for many. It has an event loop of its own, so that the watchdog judges the server's loops from outside.
 *
 * <p>Failure: the service manager cannot be helped from here, so a datagram that cannot be sent is a line in the log.
 */
final class NotifySocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NotifySocket.class);

    /** A service manager that does not read for so long is not waited for. */
    private static final long SEND_MILLIS_MAX = 2_000;

    private final EventLoopGroup loop;
    private final Channel channel;
    private final Optional<Duration> watchdog;
    private final Disposable.Swap beats = Disposables.swap();

    private NotifySocket(EventLoopGroup loop, Channel channel, Optional<Duration> watchdog) {
        this.loop = loop;
        this.channel = channel;
        this.watchdog = watchdog;
    }

    /** The socket that the environment names; empty when no service manager asked to be told. */
    static Optional<NotifySocket> open(Map<String, String> environment) {
        String path = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (path.isEmpty()) {
            return Optional.empty();
        }
        if (!Epoll.isAvailable()) {
            LOG.warn("The service manager cannot be told anything: no native transport", Epoll.unavailabilityCause());
            return Optional.empty();
        }
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("notify", true), EpollIoHandler.newFactory());
        // An @ stands for the NUL that begins a name in the abstract name space.
        String name = path.startsWith("@") ? "\0" + path.substring(1) : path;
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(new DomainSocketAddress(name))
                .awaitUninterruptibly();
        if (!connecting.isSuccess()) {
            LOG.warn("The service manager cannot be told anything: {}", String.valueOf(connecting.cause()));
            loop.shutdownGracefully(0, SEND_MILLIS_MAX, TimeUnit.MILLISECONDS);
            return Optional.empty();
        }
        return Optional.of(new NotifySocket(loop, connecting.channel(), watchdog(environment)));
    }

    /** Half of the time after which silence means death; empty when nobody watches this process. */
    private static Optional<Duration> watchdog(Map<String, String> environment) {
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        String own = Long.toString(ProcessHandle.current().pid());
        if (!micros.matches("[1-9]\\d{0,17}")
                || !environment.getOrDefault("WATCHDOG_PID", own).equals(own)) {
            return Optional.empty();
        }
        return Optional.of(
                Duration.of(Long.parseLong(micros), ChronoUnit.MICROS).dividedBy(2));
    }

    /** The server answers; the line is what {@code systemctl status} shows. */
    void ready(String status) {
        send("READY=1\nSTATUS=" + status.replace('\n', ' '));
    }

    /** The server drains; so much more time is asked for, whatever the unit says. */
    void stopping(Duration drain) {
        beats.dispose();
        send("STOPPING=1\nSTATUS=Running downloads finish\nEXTEND_TIMEOUT_USEC="
                + TimeUnit.MILLISECONDS.toMicros(drain.toMillis()));
    }

    /**
     * Says at half of the watchdog's time that the server lives, when it does.
     *
     * @param alive completes when everything answers that only a restart could bring back
     */
    void watch(Supplier<? extends Publisher<?>> alive) {
        watchdog.ifPresent(half -> {
            if (!beats.isDisposed()) {
                beats.update(Flux.interval(half.dividedBy(2), half)
                        .onBackpressureDrop()
                        .concatMap(
                                tick -> Mono.from(alive.get())
                                        .then()
                                        .timeout(half)
                                        .doOnSuccess(nothing -> send("WATCHDOG=1"))
                                        .onErrorResume(e -> {
                                            LOG.error("Event loops or store do not answer: {}", e.toString());
                                            return Mono.empty();
                                        }),
                                0)
                        .subscribe());
            }
        });
    }

    private void send(String state) {
        channel.writeAndFlush(Unpooled.copiedBuffer(state, StandardCharsets.UTF_8))
                .addListener(sent -> {
                    if (!sent.isSuccess()) {
                        LOG.warn(
                                "The service manager was not told {}: {}",
                                state.split("\n")[0],
                                String.valueOf(sent.cause()));
                    }
                });
    }

    @Override
    public void close() {
        beats.dispose();
        channel.close().awaitUninterruptibly(SEND_MILLIS_MAX);
        loop.shutdownGracefully(0, SEND_MILLIS_MAX, TimeUnit.MILLISECONDS);
    }
}
