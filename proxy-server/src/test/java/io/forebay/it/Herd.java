package io.forebay.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Many clients on one thread that ask for one object at once and compare each byte as it comes: cheap enough to keep up with
 * gigabytes.
 */
final class Herd {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int BUFFER = 256 * 1024;
    private static final int HEAD_MAX = 16 * 1024;

    /**
     * What came of it.
     *
     * @param exact clients that got every byte right
     * @param firstBytes for each client, {@link System#nanoTime} of its first byte of the body
     * @param failures one line for each client that failed
     * @param nanos from the first request to the last byte
     */
    record Result(int exact, List<Long> firstBytes, List<String> failures, long nanos) {}

    private static final class Member {
        private final StringBuilder head = new StringBuilder();
        private boolean inBody;
        private int received;
    }

    private final ByteBuffer expected;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private final List<Long> firstBytes = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private int exact;

    private Herd(byte[] expected) {
        this.expected = ByteBuffer.allocateDirect(expected.length).put(expected).flip();
    }

    static Result run(String url, int clients, byte[] expected) throws IOException {
        return new Herd(expected).run(URI.create(url), clients);
    }

    private Result run(URI url, int clients) throws IOException {
        String request = "GET " + url.getRawPath() + " HTTP/1.1\r\nHost: " + url.getRawAuthority()
                + "\r\nUser-Agent: libcurl/7.88.1\r\nAccept: */*\r\n\r\n";
        ByteBuffer line = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
        try (Selector selector = Selector.open()) {
            long started = System.nanoTime();
            for (int client = 0; client < clients; client++) {
                SocketChannel channel = SocketChannel.open(new InetSocketAddress(url.getHost(), url.getPort()));
                channel.write(line.duplicate());
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new Member());
            }
            while (exact + failures.size() < clients && System.nanoTime() - started < LIMIT.toNanos()) {
                selector.select(this::advance, 1_000);
            }
            long nanos = System.nanoTime() - started;
            for (SelectionKey key : selector.keys()) {
                if (key.isValid()) {
                    failures.add("unfinished after " + ((Member) key.attachment()).received + " bytes");
                }
                key.channel().close();
            }
            return new Result(exact, List.copyOf(firstBytes), List.copyOf(failures), nanos);
        }
    }

    private void advance(SelectionKey key) {
        Member member = (Member) key.attachment();
        try {
            int count = ((SocketChannel) key.channel()).read(buffer.clear());
            if (count < 0) {
                throw new IOException("connection ended after " + member.received + " bytes");
            }
            buffer.flip();
            if (!member.inBody) {
                readHead(member);
            }
            if (buffer.hasRemaining()) {
                compare(member);
            }
            if (member.inBody && member.received == expected.capacity()) {
                exact++;
                key.channel().close();
            }
        } catch (IOException e) {
            failures.add(String.valueOf(e.getMessage()));
            close(key);
        }
    }

    private void readHead(Member member) throws IOException {
        while (buffer.hasRemaining() && !member.inBody) {
            member.head.append((char) buffer.get());
            if (member.head.length() > HEAD_MAX) {
                throw new IOException("no end of the head");
            }
            int end = member.head.length();
            member.inBody = end >= 4 && member.head.substring(end - 4).equals("\r\n\r\n");
        }
        if (member.inBody) {
            String head = member.head.toString();
            if (!head.startsWith("HTTP/1.1 200")
                    || !head.toLowerCase(Locale.ROOT).contains("content-length: " + expected.capacity())) {
                throw new IOException("answered " + head.lines().findFirst().orElse(""));
            }
        }
    }

    private void compare(Member member) throws IOException {
        if (member.received == 0) {
            firstBytes.add(System.nanoTime());
        }
        int count = buffer.remaining();
        if (member.received + count > expected.capacity()
                || buffer.mismatch(expected.slice(member.received, count)) >= 0) {
            throw new IOException("wrong byte after " + member.received);
        }
        member.received += count;
    }

    private static void close(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
