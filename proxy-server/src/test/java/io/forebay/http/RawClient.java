package io.forebay.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** HTTP/1.1 by hand over one connection: what is sent is what the test says, what comes is shown as it came. */
final class RawClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    /**
     * An answer.
     *
     * @param fields names in lower case; values of one name joined by a comma
     * @param whole whether the body ended as its framing says
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Answer(int status, Map<String, String> fields, byte[] body, boolean whole) {
        Optional<String> header(String name) {
            return Optional.ofNullable(fields.get(name));
        }

        String text() {
            return new String(body, ISO_8859_1);
        }
    }

    private final Socket socket;
    private final InputStream in;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static RawClient connect(InetSocketAddress address) {
        return connect(address, 0);
    }

    /** @param receiveBytes of the socket's buffer; 0 for the system's own */
    static RawClient connect(InetSocketAddress address, int receiveBytes) {
        try {
            Socket socket = new Socket();
            if (receiveBytes > 0) {
                socket.setReceiveBufferSize(receiveBytes);
            }
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(address);
            return new RawClient(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Answer ask(String method, String target, String... fields) {
        send(method, target, fields);
        return read(method.equals("HEAD"));
    }

    void send(String method, String target, String... fields) {
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: test\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        send(head + "\r\n");
    }

    void send(String text) {
        try {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a whole answer; one that is cut shows as not whole. */
    Answer read(boolean toHead) {
        try {
            Answer head = readHead();
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            boolean whole = toHead || head.status() == 304 || head.status() == 204 || readBody(head, body);
            return new Answer(head.status(), head.fields(), body.toByteArray(), whole);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Answer readHead() throws IOException {
        int status = Integer.parseInt(line().split(" ")[1]);
        Map<String, String> fields = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            fields.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim(),
                    (a, b) -> a + ", " + b);
        }
        return new Answer(status, fields, new byte[0], false);
    }

    /** Reads so many bytes of the body. */
    byte[] readBytes(int count) throws IOException {
        return in.readNBytes(count);
    }

    private boolean readBody(Answer head, ByteArrayOutputStream body) {
        try {
            if (head.header("transfer-encoding").isPresent()) {
                return readChunks(body);
            }
            if (head.header("content-length").isEmpty()) {
                in.transferTo(body);
                return true;
            }
            long length = Long.parseLong(head.header("content-length").get());
            byte[] buffer = new byte[64 << 10];
            while (body.size() < length) {
                int count = in.read(buffer, 0, (int) Math.min(buffer.length, length - body.size()));
                if (count < 0) {
                    return false;
                }
                body.write(buffer, 0, count);
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private boolean readChunks(ByteArrayOutputStream body) throws IOException {
        while (true) {
            int size = Integer.parseInt(line(), 16);
            byte[] chunk = in.readNBytes(size);
            body.write(chunk);
            if (chunk.length < size) {
                return false;
            }
            line();
            if (size == 0) {
                return true;
            }
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("after: " + line);
            }
            if (b == '\n') {
                return line.toString();
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
    }

    /** Whether the server has closed the connection; waits for a byte or the end. */
    boolean isClosedByServer() {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException e) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> names(Answer answer) {
        return List.copyOf(answer.fields().keySet());
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
