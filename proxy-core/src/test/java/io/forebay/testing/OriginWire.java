package io.forebay.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** One connection of a {@link ScriptedOrigin}, as a script handles it. Used by the connection's own thread. */
public final class OriginWire {
    /**
     * A request's head.
     *
     * @param connection number of the connection it came over, from 1
     * @param fields name in lower case and value, in order
     */
    public record Request(int connection, String method, String target, List<Field> fields) {
        public Request {
            fields = List.copyOf(fields);
        }

        /** The first value of a field. */
        public Optional<String> header(String name) {
            return fields.stream()
                    .filter(field -> field.name().equals(name))
                    .map(Field::value)
                    .findFirst();
        }
    }

    /** A header field. */
    public record Field(String name, String value) {}

    private final Socket raw;
    private final Socket socket;
    private final int number;
    private final CountDownLatch released;
    private final Consumer<Request> onRequest;
    private final InputStream in;
    private final OutputStream out;

    OriginWire(Socket raw, Socket socket, int number, CountDownLatch released, Consumer<Request> onRequest)
            throws IOException {
        this.raw = raw;
        this.socket = socket;
        this.number = number;
        this.released = released;
        this.onRequest = onRequest;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /** Waits for a request and reads its head. */
    public Request expectRequest() throws IOException {
        String[] start = line().split(" ");
        List<Field> fields = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            fields.add(new Field(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim()));
        }
        Request request = new Request(number, start[0], start[1], fields);
        onRequest.accept(request);
        return request;
    }

    /** Sends text, one byte for each character. */
    public void send(String text) throws IOException {
        send(text.getBytes(ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Sends text byte by byte, each in a packet of its own, with a pause after each. */
    public void drip(String text, Duration pause) throws IOException, InterruptedException {
        for (byte b : text.getBytes(ISO_8859_1)) {
            send(new byte[] {b});
            Thread.sleep(pause.toMillis());
        }
    }

    /** Does nothing until the origin is released or closed. */
    public void stall() throws InterruptedException {
        released.await();
    }

    /** Waits until the peer closes its side; what it sends until then is dropped. */
    public void expectEnd() throws IOException {
        in.transferTo(OutputStream.nullOutputStream());
    }

    /** Closes with RST. What was sent and is not yet read by the peer may be lost to it. */
    public void reset() throws IOException {
        raw.setSoLinger(true, 0);
        raw.close();
    }

    /** Closes with FIN; over TLS with close_notify before it. */
    public void close() throws IOException {
        socket.close();
    }

    /** Closes TCP with FIN; over TLS without close_notify. */
    public void cut() throws IOException {
        raw.close();
    }

    public boolean isClosed() {
        return raw.isClosed() || socket.isClosed();
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException();
            }
            if (b == '\n') {
                return line.toString();
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
    }
}
