package io.forebay.it;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * HTTP/1.1 with nothing added and nothing hidden: sends the headers given, in their order, and shows the answer as it came.
 * Keeps one connection to each host, as pip does. One thread owns it.
 */
final class Wire implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Map<String, Connection> connections = new HashMap<>();

    private record Connection(Socket socket, InputStream in, OutputStream out) {}

    /** An answer; header names are in lower case. */
    record Answer(URI url, int status, Map<String, List<String>> headers, Content body) {
        Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name)).map(values -> String.join(", ", values));
        }

        String text() {
            byte[] bytes = body.bytes();
            if (header("content-encoding").filter("gzip"::equals).isPresent()) {
                try (InputStream plain = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
                    bytes = plain.readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** The answer ended short of what its head announced. */
    static final class CutException extends EOFException {
        private static final long serialVersionUID = 1L;

        private final int status;
        private final transient Map<String, List<String>> headers;

        CutException(int status, Map<String, List<String>> headers, IOException cause) {
            super(cause.getMessage());
            this.status = status;
            this.headers = headers;
        }

        int status() {
            return status;
        }

        Map<String, List<String>> headers() {
            return headers;
        }
    }

    Answer get(String url, List<String> headers, String... more) throws IOException {
        return ask("GET", url, headers, new byte[0], more);
    }

    Answer head(String url, List<String> headers, String... more) throws IOException {
        return ask("HEAD", url, headers, new byte[0], more);
    }

    /**
     * Asks and reads the whole answer.
     *
     * @param headers lines {@code Name: value} without Host
     * @param more further lines
     */
    Answer ask(String method, String url, List<String> headers, byte[] body, String... more) throws IOException {
        URI target = URI.create(url);
        Connection connection = connections.get(target.getRawAuthority());
        if (connection == null || connection.socket().isClosed()) {
            connection = connect(target);
            connections.put(target.getRawAuthority(), connection);
        }
        send(connection, method, target, headers, body, more);
        Answer answer = read(connection, target, method);
        if (answer.header("connection").filter("close"::equalsIgnoreCase).isPresent()) {
            connection.socket().close();
        }
        return answer;
    }

    /** Asks, reads a few bytes of the answer and hangs up; returns the status line. */
    static String askAndHangUp(String url, List<String> headers, int bytes) throws IOException {
        URI target = URI.create(url);
        Connection connection = connect(target);
        try (connection.socket) {
            send(connection, "GET", target, headers, new byte[0]);
            return new String(connection.in().readNBytes(bytes), StandardCharsets.ISO_8859_1);
        }
    }

    private static Connection connect(URI target) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(target.getHost(), target.getPort()), TIMEOUT_MILLIS);
        return new Connection(
                socket,
                new BufferedInputStream(socket.getInputStream(), 64 * 1024),
                new BufferedOutputStream(socket.getOutputStream()));
    }

    private static void send(
            Connection connection, String method, URI target, List<String> headers, byte[] body, String... more)
            throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(method + " " + target.getRawPath() + " HTTP/1.1");
        lines.add("Host: " + target.getRawAuthority());
        lines.addAll(headers);
        lines.addAll(List.of(more));
        connection.out().write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        connection.out().write(body);
        connection.out().flush();
    }

    private static Answer read(Connection connection, URI target, String method) throws IOException {
        InputStream in = connection.in();
        String statusLine = line(in);
        int status = Integer.parseInt(statusLine.split(" ")[1]);
        Map<String, List<String>> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        boolean bodyless = method.equals("HEAD") || status == 304 || status == 204;
        try {
            byte[] body = bodyless ? new byte[0] : body(connection, headers);
            return new Answer(target, status, headers, new Content(body));
        } catch (EOFException | SocketException e) {
            throw new CutException(status, headers, e);
        }
    }

    private static byte[] body(Connection connection, Map<String, List<String>> headers) throws IOException {
        InputStream in = connection.in();
        if (headers.containsKey("content-length")) {
            int length = Integer.parseInt(headers.get("content-length").get(0));
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException("cut after " + bytes.length + " of " + length + " bytes");
            }
            return bytes;
        }
        if (!headers.getOrDefault("transfer-encoding", List.of()).contains("chunked")) {
            byte[] bytes = in.readAllBytes();
            connection.socket().close();
            return bytes;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
            byte[] chunk = in.readNBytes(size);
            if (chunk.length < size) {
                throw new EOFException("cut within a chunk");
            }
            all.write(chunk);
            line(in);
        }
        line(in);
        return all.toByteArray();
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection ended");
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1).strip();
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections.values()) {
            connection.socket().close();
        }
    }
}
