package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.forebay.upstream.ResponseHead.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;

/**
 * Stands before the HTTP/1 codec and lets through only bytes that are an answer to what was asked: one final head inside the
 * grammar, and a body that ends where its framing says. Interim answers are dropped. The codec behind it is lenient where
 * answers of an unknown origin should not be.
 *
 * <p>Whatever does not pass ends the exchange with an error and the connection with it. Bytes after the end of a body harm
 * only the connection: the body was whole. Event loop only; owns a buffer until it passes it on.
 */
final class ResponseGuard extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(HttpOrigins.class);
    private static final String NAME = "forebay.guard";
    private static final int MAX_INTERIM = 10;

    private enum State {
        /** Nothing was asked: nothing may come. */
        IDLE,
        HEAD,
        LENGTH,
        CHUNKED,
        CLOSE,
        /** Nothing is let through any more. */
        SHUT
    }

    private final int maxHeaderBytes;
    private final Authority authority;
    private final HeadScanner scanner;
    private State state = State.IDLE;
    private Asked asked = new Asked(false, false, "");
    private @Nullable ByteBuf partialHead;
    private @Nullable ChunkScanner chunks;
    private int interim;
    private long left;
    private boolean begun;
    private boolean closeNotified;

    private ResponseGuard(int maxHeaderBytes, Authority authority) {
        this.maxHeaderBytes = maxHeaderBytes;
        this.authority = authority;
        this.scanner = new HeadScanner(maxHeaderBytes);
    }

    static ResponseGuard of(Connection connection, int maxHeaderBytes, Authority authority) {
        if (connection.channel().pipeline().get(NAME) instanceof ResponseGuard guard) {
            return guard;
        }
        ResponseGuard guard = new ResponseGuard(maxHeaderBytes, authority);
        connection.channel().pipeline().addBefore(NettyPipeline.HttpCodec, NAME, guard);
        return guard;
    }

    /** A request is about to be sent. */
    void asked(Asked newAsked) {
        asked = newAsked;
        interim = 0;
        begun = false;
        scanner.reset();
        if (state == State.IDLE) {
            state = State.HEAD;
        }
    }

    /** Whether a byte of the answer has come. */
    boolean begun() {
        return begun;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof ByteBuf bytes)) {
            ctx.fireChannelRead(msg);
            return;
        }
        begun = true;
        try {
            while (bytes.isReadable() && state != State.SHUT) {
                pass(ctx, bytes);
            }
        } catch (BrokenHttp e) {
            refuse(ctx, e);
        } finally {
            bytes.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        boolean swallowed = state == State.HEAD && !ctx.channel().config().isAutoRead();
        ctx.fireChannelReadComplete();
        if (swallowed && state == State.HEAD) {
            // Nobody behind has seen a byte, so nobody asks for more.
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslCloseCompletionEvent end && end.isSuccess()) {
            closeNotified = true;
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        dropHead();
        if (state == State.CLOSE && !closeNotified && ctx.pipeline().get(SslHandler.class) != null) {
            // The end of TCP is no end of a TLS stream (RFC 8446, 6.1): anybody on the way could have cut it.
            ctx.fireExceptionCaught(ForebayException.unavailable("The origin " + authority + " cut its answer"));
        }
        state = State.SHUT;
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        dropHead();
    }

    private void pass(ChannelHandlerContext ctx, ByteBuf bytes) throws BrokenHttp {
        switch (state) {
            case HEAD -> head(ctx, bytes);
            case LENGTH -> {
                int take = (int) Math.min(left, bytes.readableBytes());
                left -= take;
                forward(ctx, bytes, take, left == 0);
            }
            case CHUNKED -> {
                ChunkScanner scan = chunks;
                if (scan != null) {
                    int take = scan.scan(bytes);
                    forward(ctx, bytes, take, scan.done());
                }
            }
            case CLOSE -> forward(ctx, bytes, bytes.readableBytes(), false);
            default -> {
                LOG.warn("The origin {} sent bytes that nobody asked for; connection closed", authority);
                shut(ctx);
            }
        }
    }

    private void head(ChannelHandlerContext ctx, ByteBuf bytes) throws BrokenHttp {
        int end = scanner.scan(bytes);
        if (end < 0) {
            keep(ctx, bytes, bytes.readableBytes());
            return;
        }
        ByteBuf whole = partialHead == null ? bytes.readRetainedSlice(end) : keep(ctx, bytes, end);
        partialHead = null;
        boolean passed = false;
        try {
            scanner.reset();
            ResponseHead head = ResponseHead.read(whole);
            if (head.status() < 200) {
                dropInterim(head.status());
                return;
            }
            asked.check(head.status(), head.headers());
            begin(head);
            passed = true;
        } finally {
            if (!passed) {
                whole.release();
            }
        }
        spoilIfMore(ctx, state == State.IDLE && bytes.isReadable());
        ctx.fireChannelRead(whole);
    }

    private void dropInterim(int status) throws BrokenHttp {
        if (status == 101) {
            throw new BrokenHttp("101 without an upgrade");
        }
        if (++interim > MAX_INTERIM) {
            throw new BrokenHttp("more than " + MAX_INTERIM + " interim answers");
        }
    }

    private void begin(ResponseHead head) {
        if (asked.head() || head.status() == 204 || head.status() == 304) {
            state = State.IDLE;
        } else if (head.framing() == Framing.LENGTH) {
            left = head.length();
            state = left == 0 ? State.IDLE : State.LENGTH;
        } else if (head.framing() == Framing.CHUNKED) {
            chunks = new ChunkScanner(maxHeaderBytes);
            state = State.CHUNKED;
        } else {
            state = State.CLOSE;
        }
    }

    /** Passes on bytes of the body. The state is right before: the answer's end may bring the next request at once. */
    private void forward(ChannelHandlerContext ctx, ByteBuf bytes, int count, boolean ends) {
        if (ends) {
            state = State.IDLE;
            chunks = null;
            spoilIfMore(ctx, bytes.readableBytes() > count);
        }
        ctx.fireChannelRead(bytes.readRetainedSlice(count));
    }

    private void spoilIfMore(ChannelHandlerContext ctx, boolean more) {
        if (more) {
            LOG.warn("The origin {} sent bytes after the end of its answer; connection closed", authority);
            Connection.from(ctx.channel()).markPersistent(false);
            state = State.SHUT;
        }
    }

    private void refuse(ChannelHandlerContext ctx, BrokenHttp reason) {
        state = State.SHUT;
        dropHead();
        Connection.from(ctx.channel()).markPersistent(false);
        ctx.fireExceptionCaught(
                ForebayException.originInvalid("The origin " + authority + " breaks HTTP: " + reason.getMessage()));
        ctx.close();
    }

    private void shut(ChannelHandlerContext ctx) {
        state = State.SHUT;
        Connection.from(ctx.channel()).markPersistent(false);
        ctx.close();
    }

    private ByteBuf keep(ChannelHandlerContext ctx, ByteBuf bytes, int count) {
        ByteBuf kept = partialHead;
        if (kept == null) {
            kept = ctx.alloc().buffer(Math.min(maxHeaderBytes, 4 * count));
            partialHead = kept;
        }
        kept.writeBytes(bytes, count);
        return kept;
    }

    private void dropHead() {
        if (partialHead != null) {
            partialHead.release();
            partialHead = null;
        }
    }
}
