package io.forebay.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;

/**
 * Clients that read one byte and go, as BiocManager does to see whether a repository answers. Gatling has no such request:
 * they are counted here, and {@link Launcher} fails the run when one got no byte.
 *
 * <p>Safe for use by many threads; never blocks.
 */
final class Hangups {
    private static final LongAdder ANSWERED = new LongAdder();
    private static final LongAdder FAILED = new LongAdder();

    private Hangups() {}

    static long answered() {
        return ANSWERED.sum();
    }

    static long failed() {
        return FAILED.sum();
    }

    /** Asks, reads one byte and closes. Returns at once. */
    static void ask(String server, String path) {
        URI url = URI.create(server);
        String head = "GET " + path + " HTTP/1.1\r\nHost: " + url.getAuthority()
                + "\r\nUser-Agent: R (4.5.0 x86_64-pc-linux-gnu)\r\n\r\n";
        try {
            AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
            ByteBuffer request = ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII));
            channel.connect(
                    new InetSocketAddress(url.getHost(), url.getPort()),
                    channel,
                    then((connected, result) -> write(connected, request)));
        } catch (IOException e) {
            FAILED.increment();
        }
    }

    private static void write(AsynchronousSocketChannel channel, ByteBuffer request) {
        channel.write(request, channel, then((written, count) -> {
            if (request.hasRemaining()) {
                write(written, request);
            } else {
                read(written);
            }
        }));
    }

    private static void read(AsynchronousSocketChannel channel) {
        channel.read(ByteBuffer.allocate(1), channel, then((answered, count) -> {
            (count == 1 ? ANSWERED : FAILED).increment();
            close(answered);
        }));
    }

    private static void close(AsynchronousSocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            FAILED.increment();
        }
    }

    private interface Step<R> {
        void take(AsynchronousSocketChannel channel, R result);
    }

    private static <R> CompletionHandler<R, AsynchronousSocketChannel> then(Step<R> step) {
        return new CompletionHandler<>() {
            @Override
            public void completed(R result, AsynchronousSocketChannel channel) {
                step.take(channel, result);
            }

            @Override
            public void failed(Throwable failure, AsynchronousSocketChannel channel) {
                FAILED.increment();
                close(channel);
            }
        };
    }
}
