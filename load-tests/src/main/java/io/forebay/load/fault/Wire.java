package io.forebay.load.fault;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One connection of a client, down to the byte. One thread owns it. */
final class Wire {
    private static final int HEAD_BYTES_MAX = 64 * 1024;

    /** No stall outlives this, whatever becomes of the test. */
    private static final long STALL_SECONDS_MAX = 60;

    /** The TCP connection, also below TLS. */
    private final Socket transport;

    private final InputStream in;
    private final OutputStream out;
    private final CountDownLatch closed;

    /**
     * Talks over a socket.
     *
     * @param transport the TCP connection itself, which {@code secured} may run on
     * @param closed opened when the origin ends: then no stall lasts
     */
    Wire(Socket transport, Socket secured, CountDownLatch closed) throws IOException {
        this.transport = transport;
        this.in = new BufferedInputStream(secured.getInputStream());
        this.out = secured.getOutputStream();
        this.closed = closed;
    }

    /** The head of the next request; empty when the client has hung up. Bodies are not read: nobody should send one. */
    Optional<FaultOrigin.Seen> request() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int next = in.read();
            if (next < 0 || head.size() > HEAD_BYTES_MAX) {
                return Optional.empty();
            }
            head.write(next);
            matched = next == (matched % 2 == 0 ? '\r' : '\n') ? matched + 1 : next == '\r' ? 1 : 0;
        }
        String[] lines = head.toString(StandardCharsets.ISO_8859_1).split("\r\n");
        String[] words = lines[0].split(" ");
        if (words.length != 3) {
            return Optional.empty();
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0) {
                fields.merge(
                        lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                        lines[i].substring(colon + 1).strip(),
                        (a, b) -> a + ", " + b);
            }
        }
        return Optional.of(new FaultOrigin.Seen(words[0], words[1], Map.copyOf(fields)));
    }

    void send(byte[] bytes) throws IOException {
        send(bytes, 0, bytes.length);
    }

    void send(byte[] bytes, int from, int to) throws IOException {
        out.write(bytes, from, to - from);
        out.flush();
    }

    void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Ends the connection with RST: what the client has not read may be lost. */
    void reset() throws IOException {
        transport.setSoLinger(true, 0);
        transport.close();
    }

    /** Ends the connection with FIN; under TLS without a close_notify. */
    void close() throws IOException {
        transport.close();
    }

    boolean isClosed() {
        return transport.isClosed();
    }

    /** Sends nothing until the client hangs up or the origin ends. */
    void stall() throws IOException {
        transport.setSoTimeout(100);
        for (long i = 0; i < STALL_SECONDS_MAX * 10 && closed.getCount() > 0; i++) {
            if (hungUp()) {
                return;
            }
        }
    }

    private boolean hungUp() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    /** Waits a moment; at once when the origin ends. */
    void pause(long millis) throws IOException {
        try {
            if (closed.await(millis, TimeUnit.MILLISECONDS)) {
                throw new IOException("the origin ends");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
