package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.ReferenceCountUtil;
import reactor.netty.NettyPipeline;

/**
 * What {@link ResponseGuard} is for HTTP/1, for one stream of HTTP/2, whose framing and header grammar Netty checks by itself:
 * drops interim answers and refuses answers that do not fit the request. A refused stream is reset; the connection, which
 * other streams share, stays.
 */
final class StreamGuard extends ChannelInboundHandlerAdapter {
    private static final String NAME = "forebay.guard";
    private static final int MAX_INTERIM = 10;

    private final Authority authority;
    private final Asked asked;
    private int interim;
    private boolean answered;

    private StreamGuard(Authority authority, Asked asked) {
        this.authority = authority;
        this.asked = asked;
    }

    static void add(Channel stream, Authority authority, Asked asked) {
        stream.pipeline().addAfter(NettyPipeline.H2ToHttp11Codec, NAME, new StreamGuard(authority, asked));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (answered || !(msg instanceof HttpResponse response)) {
            ctx.fireChannelRead(msg);
            return;
        }
        int status = response.status().code();
        if (status >= 100 && status < 200 && ++interim <= MAX_INTERIM) {
            ReferenceCountUtil.release(msg);
            ctx.read();
            return;
        }
        try {
            ResponseHead.contentLength(response.headers());
            asked.check(status, response.headers());
        } catch (BrokenHttp e) {
            ReferenceCountUtil.release(msg);
            ctx.fireExceptionCaught(
                    ForebayException.originInvalid("The origin " + authority + " breaks HTTP: " + e.getMessage()));
            ctx.close();
            return;
        }
        answered = true;
        ctx.fireChannelRead(msg);
    }
}
