package io.forebay.http;

import io.forebay.cache.Body;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.TrustedProxies;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * A path in front of the HTTP codec for hits that the full path has answered before: the same bytes of a request, while what
 * was answered still stands, get the same bytes of a response (but for Date, Age and the time left in Cache-Status).
 *
 * <p>It decides nothing by itself. A request head is looked up whole, byte for byte; only a head that came alone in one read,
 * was answered by the full path with 200 and a fresh hit, and kept the connection, is ever remembered. So whatever the codec, the
 * plan, the policy or the conditions would refuse or answer otherwise never gets into the memo, and everything that is not in the
 * memo goes on untouched. Every answer is accounted for like any other.
 *
 * <p>Of a large body only the head is remembered; the body is opened anew and sent as on the full path, and what the client
 * says meanwhile waits.
 *
 * <p>One for each connection; runs on its event loop.
 */
final class HitMemo extends ChannelDuplexHandler {
    static final String NAME = "forebay.hit-memo";
    private static final AttributeKey<HitMemo> KEY = AttributeKey.valueOf(HitMemo.class, "memo");

    private final HitMemos memos;
    private final TrustedProxies proxies;
    private final Connections connections;
    private final Duration patience;
    private String client = "";

    /** The other end is a trusted proxy: who the client is, each head says. */
    private boolean proxied;

    /** Requests that the full path has been given and not finished. */
    private int outstanding;

    /** Something was read that is not plainly one head: this connection has no more use for the memo. */
    private boolean opaque;

    private boolean unflushed;

    /** The kernel sends files: epoll, and nothing encrypts. */
    private boolean kernelSends;

    private long awakeAt;
    /** In which the request was read. */
    private int era;

    private @Nullable HeadBytes head;
    private @Nullable ResponseRecording recording;

    /** Known when the first large body is sent. */
    private @Nullable Cork cork;

    /** A large body is on its way. */
    private boolean sending;

    /** What was read meanwhile: no more than one round of reading, because none is asked for. */
    private final Deque<Object> held = new ArrayDeque<>(1);

    /** @param patience a client that takes not one byte of a body for so long is cut */
    HitMemo(HitMemos memos, TrustedProxies proxies, Connections connections, Duration patience, Channel channel) {
        this.proxies = proxies;
        this.memos = memos;
        this.connections = connections;
        this.patience = patience;
        channel.attr(KEY).set(this);
    }

    /** Takes its place in front of the codec; behind the decryption, where there is one, until HTTP/2 is agreed on. */
    void install(ChannelPipeline pipeline) {
        ChannelHandlerContext decryption = pipeline.context(SslHandler.class);
        if (decryption != null) {
            pipeline.addAfter(decryption.name(), NAME, this);
        } else {
            pipeline.addBefore(NettyPipeline.HttpCodec, NAME, this);
        }
    }

    /** The handler that puts the codec of the agreed protocol in place sits behind this one and hears of it later. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent
                && ApplicationProtocolNames.HTTP_2.equals(
                        context.pipeline().get(SslHandler.class).applicationProtocol())) {
            context.pipeline().remove(this);
        }
        context.fireUserEventTriggered(event);
    }

    /** The memo of a connection; empty where there is none (HTTP/2). */
    static Optional<HitMemo> of(Channel channel) {
        return Optional.ofNullable(channel.attr(KEY).get());
    }

    /** Only an open connection knows its other end. */
    @Override
    public void channelActive(ChannelHandlerContext context) {
        client = ProxyServer.address(context.channel().remoteAddress());
        proxied = context.channel().remoteAddress() instanceof InetSocketAddress remote
                && proxies.trusts(remote.getAddress());
        kernelSends = context.channel() instanceof EpollSocketChannel
                && context.pipeline().get(SslHandler.class) == null;
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (sending) {
            held.add(message);
            return;
        }
        if (opaque || !(message instanceof ByteBuf bytes)) {
            context.fireChannelRead(message);
            return;
        }
        if (outstanding == 0 && context.channel().isWritable() && answered(context, bytes)) {
            bytes.release();
            return;
        }
        note(bytes);
        context.fireChannelRead(bytes);
    }

    private boolean answered(ChannelHandlerContext context, ByteBuf bytes) {
        long begun = System.nanoTime();
        PreparedResponse found = memos.find(bytes);
        if (found == null) {
            return false;
        }
        ByteBuf response = found.response();
        if (response == null) {
            return false;
        }
        if (found.large().isPresent()) {
            Optional<Body> body = found.large().get().open();
            body.ifPresentOrElse(opened -> send(context, found, response, opened, begun), response::release);
            return body.isPresent();
        }
        long nanos = System.nanoTime() - begun;
        memos.tell(found.exchange(), found.exchange().bytes(), nanos, nanos, client(found), Optional.empty());
        FileRegion region = !kernelSends || isPending(context) ? null : region(found);
        if (region == null) {
            context.write(response, context.voidPromise());
        } else {
            response.release();
            context.write(region, context.voidPromise());
        }
        unflushed = true;
        return true;
    }

    /** What is pending counts for nothing when it is a region: a client that takes no answer is to be seen as one. */
    private boolean isPending(ChannelHandlerContext context) {
        ChannelOutboundBuffer pending = context.channel().unsafe().outboundBuffer();
        return unflushed || pending == null || !pending.isEmpty();
    }

    private @Nullable FileRegion region(PreparedResponse found) {
        if (found.isWorthAFile()) {
            memos.intoFile(found);
        }
        return found.region();
    }

    /** Who asked: the other end, or whom a trusted proxy named in the head. */
    private String client(PreparedResponse found) {
        String named = found.exchange().client();
        return proxied && !named.isEmpty() ? named : client;
    }

    private void send(ChannelHandlerContext context, PreparedResponse found, ByteBuf head, Body body, long begun) {
        sending = true;
        connections.began(context.channel());
        cork(context).put();
        context.write(head, context.voidPromise());
        long firstByte = System.nanoTime() - begun;
        Sent sent = new Sent(context);
        BodySending.send(Wire.from(context), body, 0, body.length().orElseThrow(), sent, patience)
                .subscribe(
                        nothing -> {},
                        e -> sent(context, found, body, sent.bytes, firstByte, begun, e),
                        () -> sent(context, found, body, sent.bytes, firstByte, begun, null));
    }

    private Cork cork(ChannelHandlerContext context) {
        Cork known = cork;
        if (known == null) {
            known = Cork.of(context.channel());
            cork = known;
        }
        return known;
    }

    /** How much of a large body the client has taken. */
    private final class Sent implements BodySending.Progress {
        private final ChannelHandlerContext context;
        private long bytes;

        Sent(ChannelHandlerContext context) {
            this.context = context;
        }

        @Override
        public void sent(long more) {
            bytes += more;
        }

        @Override
        public void alive() {
            stayAwake(context);
        }
    }

    private void sent(
            ChannelHandlerContext context,
            PreparedResponse found,
            Body body,
            long bytes,
            long firstByte,
            long begun,
            @Nullable Throwable failure) {
        cork(context).pull();
        body.close();
        Optional<Kind> kind = failure == null ? Optional.empty() : ProxyServer.failureKind(failure);
        memos.tell(found.exchange(), bytes, firstByte, System.nanoTime() - begun, client(found), kind);
        sending = false;
        if (failure != null) {
            // Fewer bytes than the head has announced: the client must see that it was cut.
            context.close();
        }
        connections.ended(context.channel());
        resume(context);
    }

    private void resume(ChannelHandlerContext context) {
        boolean read = held.isEmpty();
        while (!sending && !held.isEmpty()) {
            channelRead(context, held.remove());
        }
        if (sending) {
            return;
        }
        if (read) {
            stayAwake(context);
            context.read();
        } else {
            channelReadComplete(context);
        }
    }

    private void drop() {
        held.forEach(ReferenceCountUtil::release);
        held.clear();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        drop();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        drop();
    }

    private void note(ByteBuf bytes) {
        if (!HeadBytes.isOneHead(bytes)) {
            opaque = true;
            head = null;
            return;
        }
        outstanding++;
        era = memos.era();
        head = outstanding == 1 ? HeadBytes.copyOf(bytes) : null;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (unflushed) {
            unflushed = false;
            context.flush();
            // The full path asks for the next read when it has answered; this one answered in its place.
            context.read();
            stayAwake(context);
        }
        context.fireChannelReadComplete();
    }

    /** The handler that closes idle connections sits behind the codec and sees nothing of what is answered here. */
    private void stayAwake(ChannelHandlerContext context) {
        long second = System.nanoTime() / 1_000_000_000;
        if (second != awakeAt
                && context.pipeline().get(NettyPipeline.IdleTimeoutHandler) instanceof IdleStateHandler idle) {
            idle.resetReadTimeout();
        }
        awakeAt = second;
    }

    /** The answer that the full path is about to write may be remembered while it stands. */
    void remember(ResponseRecording.Answered answered) {
        HeadBytes asked = head;
        if (!opaque && asked != null && outstanding == 1 && memos.isRoom()) {
            recording = new ResponseRecording(asked, answered, era);
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        ResponseRecording running = recording;
        if (running != null) {
            if (!(message instanceof ByteBuf bytes) || !running.take(bytes)) {
                recording = null;
            } else if (running.isWhole()) {
                memos.put(running);
                recording = null;
            }
        }
        context.write(message, promise);
    }

    /** The full path has finished one request of this connection. */
    void ended() {
        outstanding--;
        recording = null;
        head = null;
    }
}
