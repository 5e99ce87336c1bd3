package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The two time-outs of an exchange that the origin can run into: the whole head must be there by a deadline, however slowly
 * its bytes drip, and while bytes of the body are wanted the origin may not be silent for too long. Time during which nobody
 * wants bytes (a slow disk) is not the origin's.
 *
 * <p>First in the pipeline, so that bytes of a TLS record that is not complete count as progress. Event loop only.
 */
final class Watch extends ChannelDuplexHandler {
    private static final String NAME = "forebay.watch";

    private enum Phase {
        NONE,
        HEAD,
        BODY
    }

    private final UpstreamOptions options;
    private final Authority authority;
    private Phase phase = Phase.NONE;
    private long since;
    private @Nullable Future<?> timer;

    private Watch(UpstreamOptions options, Authority authority) {
        this.options = options;
        this.authority = authority;
    }

    static Watch of(Channel channel, UpstreamOptions options, Authority authority) {
        if (channel.pipeline().get(NAME) instanceof Watch watch) {
            return watch;
        }
        Watch watch = new Watch(options, authority);
        channel.pipeline().addFirst(NAME, watch);
        return watch;
    }

    /** A request is about to be sent. */
    void asked(Channel channel) {
        begin(channel, Phase.HEAD, options.firstByteTimeout());
    }

    /** The head of the answer is complete. */
    void answered(Channel channel) {
        begin(channel, Phase.BODY, options.idleTimeout());
    }

    /** The exchange is over; the connection may be used again. */
    void ended() {
        phase = Phase.NONE;
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    @Override
    public void read(ChannelHandlerContext ctx) throws Exception {
        progress();
        ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        progress();
        ctx.fireChannelRead(msg);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ended();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        ended();
    }

    private void progress() {
        if (phase == Phase.BODY) {
            since = System.nanoTime();
        }
    }

    private void begin(Channel channel, Phase newPhase, Duration limit) {
        ended();
        phase = newPhase;
        since = System.nanoTime();
        ChannelHandlerContext ctx = channel.pipeline().context(this);
        if (ctx != null) {
            schedule(ctx, limit, limit.toNanos());
        }
    }

    private void schedule(ChannelHandlerContext ctx, Duration limit, long nanos) {
        timer = ctx.executor().schedule(() -> check(ctx, limit), nanos, TimeUnit.NANOSECONDS);
    }

    private void check(ChannelHandlerContext ctx, Duration limit) {
        timer = null;
        if (phase == Phase.NONE || ctx.isRemoved()) {
            return;
        }
        boolean unwanted = phase == Phase.BODY && !ctx.channel().config().isAutoRead();
        long left = unwanted ? limit.toNanos() : limit.toNanos() - (System.nanoTime() - since);
        if (left > 0) {
            schedule(ctx, limit, left);
            return;
        }
        String what = phase == Phase.HEAD ? "did not answer within " : "sent nothing for ";
        phase = Phase.NONE;
        ctx.fireExceptionCaught(
                ForebayException.unavailable("The origin " + authority + " " + what + Failures.words(limit)));
        ctx.close();
        if (ctx.channel().parent() != null && what.startsWith("did")) {
            // An HTTP/2 connection whose stream stays silent may be dead as a whole: no further request shall wait on
            // it.
            ctx.channel().parent().close();
        }
    }
}
