package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;

/** One try on one connection, and what is known of it. Signals come from the connection's event loop. */
final class Attempt {
    private static final AttributeKey<Boolean> USED = AttributeKey.valueOf("forebay.used");

    /** Bytes on the way over one HTTP/2 connection: what fills 100 ms at 40 MB/s. */
    private static final int CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;

    private final UpstreamOptions options;
    private final Authority authority;
    private final Asked asked;
    private volatile boolean reused;
    private volatile boolean answered;
    private volatile @Nullable ResponseGuard guard;
    private @Nullable Runnable onAnswer;
    private volatile @Nullable Connection taken;

    Attempt(UpstreamOptions options, Authority authority, Asked asked) {
        this.options = options;
        this.authority = authority;
        this.asked = asked;
    }

    /** The connection is there, the request is about to be sent: sets up the guards. */
    void begin(Connection connection) {
        taken = connection;
        Channel channel = connection.channel();
        Channel transport = channel.parent() == null ? channel : channel.parent();
        reused = transport.attr(USED).getAndSet(true) != null;
        if (channel.pipeline().get(NettyPipeline.H2ToHttp11Codec) != null) {
            if (!reused) {
                widen(transport);
            }
            StreamGuard.add(channel, authority, asked);
        } else {
            ResponseGuard newGuard = ResponseGuard.of(connection, options.maxHeaderBytes(), authority);
            newGuard.asked(asked);
            guard = newGuard;
        }
        Watch watch = Watch.of(channel, options, authority);
        onAnswer = () -> watch.answered(channel);
        watch.asked(channel);
        connection.onTerminate().subscribe(null, error -> watch.ended(), watch::ended);
    }

    /** The head of the answer is there. */
    void answer() {
        answered = true;
        if (onAnswer != null) {
            onAnswer.run();
        }
    }

    /** RFC 9113 section 6.9.2: a connection's window is 64 KiB until told otherwise, for all its streams together. */
    private static void widen(Channel transport) {
        Http2FrameCodec codec = transport.pipeline().get(Http2FrameCodec.class);
        if (codec == null) {
            return;
        }
        try {
            Http2Connection connection = codec.connection();
            connection
                    .local()
                    .flowController()
                    .incrementWindowSize(connection.connectionStream(), CONNECTION_WINDOW_BYTES);
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Closes the connection: the rest of the body is of no use. */
    void drop() {
        Connection connection = taken;
        if (connection != null) {
            connection.dispose();
        }
    }

    /** Whether there was a connection, TLS included: what failed then says something of what was asked, not of the origin. */
    boolean connected() {
        return taken != null;
    }

    boolean answered() {
        return answered;
    }

    /** Whether a connection out of the pool ended before it brought a byte. */
    boolean diedUnused(Throwable error) {
        ResponseGuard current = guard;
        return reused
                && (current == null || !current.begun())
                && Failures.find(error, ForebayException.class).isEmpty();
    }
}
