package io.forebay.load.fault;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A package origin on 127.0.0.1 that misbehaves as it is told, over plain TCP and over TLS with certificates of every bad kind.
 * It counts and records requests.
 *
 * <p>The name of a package says what goes wrong: {@code GET /bare/src/contrib/reset.mid_300.1.tar.gz} is a file of 300 KiB whose
 * connection is reset in the middle; a name that is no fault is served well. Below {@code /bare} there is no index; below {@code
 * /listed} there is a PACKAGES with the right checksums, below {@code /simple} the same for Python. {@link #put} gives any path a
 * fault, {@link #heal} makes the origin honest; {@code /_control/} does the same for people:
 *
 * <pre>
 * /_control/heal      /_control/break      /_control/requests      /_control/forget
 * /_control/put?path=/listed/src/contrib/PACKAGES&amp;fault=reset.mid
 * </pre>
 *
 * <p>Threads: any may call any method; every connection has a thread of its own. Close it: that ends threads and sockets.
 */
public final class FaultOrigin implements AutoCloseable {
    private static final String CONTROL = "/_control/";
    private static final int BACKLOG = 256;
    private static final int TIMEOUT_MILLIS = 60_000;

    /**
     * A request whose head came in.
     *
     * @param fields names in lower case
     */
    public record Seen(String method, String target, Map<String, String> fields) {}

    private static final Map<String, Fault> FAULTS = Faults.all();

    /** What PACKAGES tells of: the faults that only a checksum can find, and what is good. */
    private static final List<String> LISTED = List.of(
            "good", "wrong.bytes", "short.whole", "close.early", "html.login", "empty", "changed.mid", "range.shifted");

    private static final byte[] PACKAGES = Packages.packages(LISTED);
    private static final byte[] PACKAGES_GZ = Packages.gzip(PACKAGES);

    /** What is done with a connection. */
    private interface Talk {
        void with(Socket socket) throws IOException;
    }

    private final Map<String, String> put = new ConcurrentHashMap<>();
    private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Queue<ServerSocket> listeners = new ConcurrentLinkedQueue<>();
    private final Map<BadCertificate, Integer> securePorts = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean honest;
    private volatile @Nullable Certificates certificates;
    private int port;

    private FaultOrigin() {}

    /**
     * Listens on 127.0.0.1.
     *
     * @param port 0 for any
     */
    public static FaultOrigin start(int port) throws IOException {
        FaultOrigin origin = new FaultOrigin();
        origin.port = origin.listen(port, socket -> origin.converse(socket, socket));
        return origin;
    }

    /** Names of all faults. */
    public static Set<String> names() {
        return new TreeSet<>(FAULTS.keySet());
    }

    /** Starts a port whose certificate is bad in one way; the same one when asked again. */
    public synchronized int secure(BadCertificate kind) throws IOException {
        Integer known = securePorts.get(kind);
        if (known == null) {
            known = listenSecure(kind, 0);
            securePorts.put(kind, known);
        }
        return known;
    }

    private int listenSecure(BadCertificate kind, int wanted) throws IOException {
        SSLContext tls = certificates().context(kind);
        return listen(
                wanted,
                kind == BadCertificate.WEAK_PROTOCOL
                        ? this::downgrade
                        : socket -> converse(socket, secured(socket, tls)));
    }

    /** PEM of the authority that signed the certificates. */
    public synchronized String authority() {
        return certificates().authority();
    }

    private Certificates certificates() {
        Certificates made = certificates;
        if (made == null) {
            made = Certificates.make();
            certificates = made;
        }
        return made;
    }

    public int port() {
        return port;
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** From here on every name is served well; faults of paths are forgotten. */
    public void heal() {
        honest = true;
        put.clear();
    }

    /** From here on names mean their faults again. */
    public void harm() {
        honest = false;
    }

    /** Gives a path a fault of its own, whatever its name says, until {@link #heal}. */
    public void put(String path, String fault) {
        if (!FAULTS.containsKey(fault)) {
            throw new IllegalArgumentException("there is no fault " + fault);
        }
        put.put(path, fault);
    }

    /** What was asked, in order. */
    public List<Seen> seen() {
        return List.copyOf(seen);
    }

    /** How often a file was asked for, wherever it lies. */
    public long count(String file) {
        return seen.stream().filter(one -> one.target().endsWith("/" + file)).count();
    }

    /** Forgets what was asked. */
    public void forget() {
        seen.clear();
    }

    /** Frees the ports: connections are refused. */
    public void stop() throws IOException {
        for (ServerSocket listener : listeners) {
            listener.close();
        }
        listeners.clear();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** Takes the ports again after {@link #stop}. */
    public synchronized void resume() throws IOException {
        for (Map.Entry<BadCertificate, Integer> known : securePorts.entrySet()) {
            listenSecure(known.getKey(), known.getValue());
        }
        listen(port, socket -> converse(socket, socket));
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        stop();
    }

    private int listen(int wanted, Talk talk) throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), wanted), BACKLOG);
        listeners.add(listener);
        start("fault-origin", () -> accept(listener, talk));
        return listener.getLocalPort();
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept(ServerSocket listener, Talk talk) {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                if (listener.isClosed()) {
                    // It was stopped between the two lines above, and has not seen this connection.
                    socket.close();
                    return;
                }
                start("fault-connection", () -> serve(socket, talk));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket, Talk talk) {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            talk.with(socket);
        } catch (IOException e) {
            // The client has gone, or the origin ends: both are what faults are made of.
            return;
        } finally {
            sockets.remove(socket);
        }
    }

    private void converse(Socket socket, Socket secured) throws IOException {
        Wire wire = new Wire(socket, secured, closed);
        boolean first = true;
        while (!socket.isClosed()) {
            Optional<Seen> request = wire.request();
            if (request.isEmpty()) {
                return;
            }
            answer(wire, request.get(), first);
            first = false;
        }
    }

    /** Answers a ClientHello with the ServerHello of TLS 1.1 (RFC 4346, 7.4.1.3). */
    private void downgrade(Socket socket) throws IOException {
        Wire wire = new Wire(socket, socket, closed);
        ByteBuffer hello = ByteBuffer.allocate(47);
        hello.put(new byte[] {0x16, 0x03, 0x02, 0x00, 0x2a, 0x02, 0x00, 0x00, 0x26, 0x03, 0x02});
        hello.put(new byte[32]).put(new byte[] {0x00, (byte) 0xc0, 0x13, 0x00});
        wire.send(hello.array());
        wire.stall();
    }

    private static Socket secured(Socket socket, SSLContext tls) throws IOException {
        SSLSocket secured = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, socket.getPort(), false);
        secured.setUseClientMode(false);
        secured.startHandshake();
        return secured;
    }

    private void answer(Wire wire, Seen request, boolean first) throws IOException {
        String path = request.target().split("\\?", 2)[0];
        if (path.startsWith(CONTROL)) {
            control(wire, request, path.substring(CONTROL.length()));
            return;
        }
        seen.add(request);
        Optional<Packages.Named> file = Packages.Named.of(path);
        if (!first
                && !honest
                && file.filter(named -> named.name().equals("reuse.dies")).isPresent()) {
            wire.close();
            return;
        }
        Optional<byte[]> right = right(path, file);
        String name = put.getOrDefault(path, file.map(Packages.Named::name).orElse(""));
        Fault fault = FAULTS.get(name);
        if (right.isEmpty()) {
            Fault.message(404, "not here").answer(wire, request, new byte[0]);
        } else if (fault == null || honest) {
            honest(wire, request, right.get(), path);
        } else {
            fault.answer(wire, request, right.get());
        }
    }

    private static Optional<byte[]> right(String path, Optional<Packages.Named> file) {
        if (file.isPresent()) {
            return path.contains("/Archive/")
                    ? Optional.empty()
                    : Optional.of(file.get().bytes());
        }
        String[] segments = path.split("/");
        if (path.startsWith("/simple/") && segments.length == 3) {
            return Optional.of(Packages.page(segments[2]));
        }
        return switch (path) {
            case "/listed/src/contrib/PACKAGES" -> Optional.of(PACKAGES);
            case "/listed/src/contrib/PACKAGES.gz" -> Optional.of(PACKAGES_GZ);
            default -> Optional.empty();
        };
    }

    private static void honest(Wire wire, Seen request, byte[] right, String path) throws IOException {
        String tag = '"' + Packages.hex("SHA-256", right).substring(0, 16) + '"';
        String fields = "ETag: " + tag + "\r\nContent-Type: "
                + (path.startsWith("/simple/") ? "text/html" : "application/octet-stream") + "\r\n";
        if (tag.equals(request.fields().get("if-none-match"))) {
            wire.send("HTTP/1.1 304 Not Modified\r\n" + fields + "\r\n");
            return;
        }
        wire.send("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + right.length + "\r\n\r\n");
        if (!request.method().equals("HEAD")) {
            wire.send(right);
        }
    }

    private void control(Wire wire, Seen request, String command) throws IOException {
        String said = "done\n";
        switch (command) {
            case "heal" -> heal();
            case "break" -> harm();
            case "forget" -> forget();
            case "faults" -> said = String.join("\n", names()) + "\n";
            case "put" -> said = controlPut(request.target());
            case "requests" ->
                said = seen.stream()
                        .map(one -> one.method() + " " + one.target() + " " + new java.util.TreeMap<>(one.fields()))
                        .collect(Collectors.joining("\n", seen.size() + " requests\n", "\n"));
            default -> said = "heal, break, put?path=PATH&fault=NAME, faults, requests or forget\n";
        }
        Fault.message(200, said, "Content-Type: text/plain")
                .answer(wire, request, said.getBytes(StandardCharsets.UTF_8));
    }

    private String controlPut(String target) {
        String path = "";
        String fault = "";
        for (String pair : target.substring(target.indexOf('?') + 1).split("&")) {
            path = pair.startsWith("path=") ? pair.substring("path=".length()) : path;
            fault = pair.startsWith("fault=") ? pair.substring("fault=".length()) : fault;
        }
        if (!path.startsWith("/") || !FAULTS.containsKey(fault)) {
            return "there is no such path or fault\n";
        }
        put(path, fault);
        return "done\n";
    }
}
