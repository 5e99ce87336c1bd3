package io.forebay.http;

import com.sun.management.UnixOperatingSystemMXBean;
import io.forebay.model.TrustedProxies;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * How many connections there may be, in all and from one address. One that is too many is closed at once: to answer it would
 * cost what the limit saves, and clients try again after a closed connection as they do after a 503.
 *
 * <p>Of the descriptors that the process may have some are kept for files and connections to origins, without which nothing could be
 * served to those who are connected. How many there are is asked anew for each connection, because it can be changed while the
 * process runs.
 *
 * <p>A trusted proxy stands for many clients: what all of it may have is what there may be in all.
 *
 * <p>Safe for use by many threads; never blocks.
 */
final class ConnectionLimits {
    private static final OperatingSystemMXBean SYSTEM = ManagementFactory.getOperatingSystemMXBean();

    /** As many as the start asks for beside the connections; half where there are few. */
    private static final int RESERVED_DESCRIPTORS = 2_000;

    private final LongSupplier descriptors;
    private final int all;
    private final int perAddress;
    private final TrustedProxies proxies;
    private final AtomicInteger open = new AtomicInteger();
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

    ConnectionLimits(int all, int perAddress, TrustedProxies proxies) {
        this(all, perAddress, proxies, ConnectionLimits::systemDescriptors);
    }

    ConnectionLimits(int all, int perAddress, TrustedProxies proxies, LongSupplier descriptors) {
        this.descriptors = descriptors;
        this.all = all;
        this.proxies = proxies;
        this.perAddress = perAddress;
    }

    /** Counts a connection from here to its end, or closes it. */
    void guard(Channel channel) {
        channel.pipeline().addFirst("forebay.limits", new Guard());
    }

    private static long systemDescriptors() {
        return SYSTEM instanceof UnixOperatingSystemMXBean unix ? unix.getMaxFileDescriptorCount() : Long.MAX_VALUE;
    }

    private boolean admit(InetAddress address) {
        int mine = byAddress.merge(address, 1, Integer::sum);
        long there = descriptors.getAsLong();
        long limit = Math.min(all, Math.max(there / 2, there - RESERVED_DESCRIPTORS));
        if (open.incrementAndGet() <= limit && (mine <= perAddress || proxies.trusts(address))) {
            return true;
        }
        release(address);
        return false;
    }

    private void release(InetAddress address) {
        open.decrementAndGet();
        byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }

    private final class Guard extends ChannelInboundHandlerAdapter {
        private boolean admitted;

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            InetAddress address = address(ctx.channel());
            admitted = admit(address);
            if (admitted) {
                ctx.channel().closeFuture().addListener(closed -> release(address));
                ctx.fireChannelActive();
            } else {
                ctx.close();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (admitted) {
                ctx.fireChannelRead(message);
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        private static InetAddress address(Channel channel) {
            return channel.remoteAddress() instanceof InetSocketAddress remote
                    ? remote.getAddress()
                    : InetAddress.getLoopbackAddress();
        }
    }
}
