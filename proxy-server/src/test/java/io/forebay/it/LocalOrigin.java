package io.forebay.it;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * PyPI, its file host, CRAN and Bioconductor on two ports of 127.0.0.1, serving the fixtures and writing down every request.
 *
 * <p>{@link #stop} frees the ports and {@link #start} takes the same ones again. Any thread may call any method.
 */
final class LocalOrigin implements AutoCloseable {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final Instant PUBLISHED = Instant.parse("2024-03-01T12:00:00Z");
    private static final int CHUNK = 32 * 1024;
    private static final int BACKLOG = 512;
    private static final byte[] ZIP = {'P', 'K', 3, 4};

    static {
        // Without it the server's two writes for head and body cost 40 ms each on loopback.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** One request as it came, and what it cost. */
    record Seen(
            String method,
            String path,
            Map<String, String> headers,
            AtomicInteger status,
            AtomicLong bytes,
            AtomicLong firstByteNanos) {}

    private record Body(Content content, String type, Instant modified) {
        String etag() {
            return '"' + content.sha256().substring(0, 32) + '"';
        }
    }

    private final PythonIndex python;
    private final Map<String, Body> objects = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();
    private int indexPort;
    private int filePort;
    private Optional<Listener> listener = Optional.empty();
    private volatile boolean json = true;
    private volatile boolean metadata = true;
    private volatile long bytesPerSecond = Long.MAX_VALUE;
    private volatile Duration delay = Duration.ZERO;

    private record Listener(HttpServer index, HttpServer files, ExecutorService workers) {}

    private LocalOrigin() throws IOException {
        python = new PythonIndex(Fixtures.python());
    }

    static LocalOrigin open() throws IOException {
        LocalOrigin origin = new LocalOrigin();
        origin.start();
        return origin;
    }

    /** Listens; on the ports of the time before, if there was one. */
    synchronized void start() throws IOException {
        if (listener.isPresent()) {
            return;
        }
        ExecutorService workers = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "origin");
            thread.setDaemon(true);
            return thread;
        });
        HttpServer index = serve(indexPort, workers);
        indexPort = index.getAddress().getPort();
        HttpServer files = serve(filePort, workers);
        filePort = files.getAddress().getPort();
        listener = Optional.of(new Listener(index, files, workers));
    }

    private HttpServer serve(int port, ExecutorService workers) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        server.setExecutor(workers);
        server.createContext("/", this::handle);
        server.start();
        return server;
    }

    /** Closes the ports and every connection. */
    synchronized void stop() {
        listener.ifPresent(open -> {
            open.index().stop(0);
            open.files().stop(0);
            open.workers().shutdownNow();
        });
        listener = Optional.empty();
    }

    @Override
    public void close() {
        stop();
    }

    /** Where {@code /simple/} lies. */
    String pypi() {
        return "http://127.0.0.1:" + indexPort;
    }

    String fileHost() {
        return "http://127.0.0.1:" + filePort;
    }

    String cran() {
        return "http://127.0.0.1:" + indexPort + "/cran";
    }

    String bioconductor() {
        return "http://127.0.0.1:" + indexPort + "/bioconductor";
    }

    PythonIndex python() {
        return python;
    }

    /** Puts a further file on the file host and returns its path there. */
    String add(byte[] bytes, String file) {
        String path = Digests.pypiPath(bytes, file);
        objects.put(path, new Body(new Content(bytes), "application/octet-stream", PUBLISHED));
        return path;
    }

    /** Random bytes that begin as a wheel does: Forebay refuses a file that is not of the kind that its name says. */
    static byte[] likeWheel(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        System.arraycopy(ZIP, 0, bytes, 0, ZIP.length);
        return bytes;
    }

    /** Whether pages come as JSON to who asks for it; otherwise HTML only. */
    void speaksJson(boolean value) {
        json = value;
    }

    /** Whether metadata files are promised and there. */
    void hasMetadata(boolean value) {
        metadata = value;
    }

    /** Limits each answer's body. */
    void bytesPerSecond(long value) {
        bytesPerSecond = value;
    }

    /** Waits before each answer. */
    void delay(Duration value) {
        delay = value;
    }

    List<Seen> seen() {
        return List.copyOf(seen);
    }

    /** Forgets what was written down. */
    void forget() {
        seen.clear();
    }

    List<Seen> seen(Predicate<Seen> which) {
        return seen.stream().filter(which).toList();
    }

    /** GET requests of a path. */
    List<Seen> gets(String path) {
        return seen(request -> request.method().equals("GET") && request.path().equals(path));
    }

    private void handle(HttpExchange exchange) throws IOException {
        Headers headers = exchange.getRequestHeaders();
        Map<String, String> noted = new ConcurrentHashMap<>();
        headers.forEach((name, values) -> noted.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
        Seen request = new Seen(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                Map.copyOf(noted),
                new AtomicInteger(),
                new AtomicLong(),
                new AtomicLong());
        seen.add(request);
        try (exchange) {
            pause(delay.toNanos());
            answer(exchange, request);
        }
    }

    private void answer(HttpExchange exchange, Seen request) throws IOException {
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            request.status().set(405);
            exchange.getRequestBody().readAllBytes();
            byte[] text = "only for reading\n".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(405, text.length);
            exchange.getResponseBody().write(text);
            return;
        }
        boolean files = exchange.getLocalAddress().getPort() == filePort;
        String path = request.path();
        if (files) {
            Optional<Body> body = Optional.ofNullable(objects.get(path)).or(() -> python.content(path)
                    .filter(bytes -> metadata || !path.endsWith(".metadata"))
                    .map(content -> new Body(content, "application/octet-stream", PUBLISHED)));
            exchange.getResponseHeaders().set("Cache-Control", "max-age=365000000, immutable, public");
            send(exchange, request, body);
        } else if (path.startsWith("/simple/")) {
            page(exchange, request, path.substring("/simple/".length()));
        } else if (path.matches("/pypi/[^/]+/([^/]+/)?json")) {
            String[] words = path.split("/");
            Optional<String> version = words.length == 5 ? Optional.of(words[3]) : Optional.empty();
            exchange.getResponseHeaders().set("Cache-Control", "max-age=900, public");
            Optional<byte[]> answer = python.projectJson(words[2], version, fileHost());
            send(exchange, request, answer.map(bytes -> new Body(new Content(bytes), "application/json", PUBLISHED)));
        } else if (path.startsWith("/cran/")) {
            tree(exchange, request, Fixtures.cran(), path.substring("/cran/".length()));
        } else if (path.startsWith("/bioconductor/")) {
            tree(exchange, request, Fixtures.bioconductor(), path.substring("/bioconductor/".length()));
        } else {
            send(exchange, request, Optional.empty());
        }
    }

    private void page(HttpExchange exchange, Seen request, String rest) throws IOException {
        String project = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
        if (!project.isEmpty() && !rest.equals(PythonIndex.normalise(project) + "/")) {
            exchange.getResponseHeaders().set("Location", "/simple/" + PythonIndex.normalise(project) + "/");
            head(exchange, request, 301, -1);
            return;
        }
        String accept = request.headers().getOrDefault("accept", "*/*");
        boolean asJson = json && accept.contains("application/vnd.pypi.simple.v1+json");
        Optional<byte[]> page = project.isEmpty()
                ? Optional.of(python.root(asJson))
                : asJson ? python.json(project, fileHost(), metadata) : python.html(project, fileHost(), metadata);
        Headers headers = exchange.getResponseHeaders();
        headers.set("Cache-Control", "max-age=600, public");
        headers.set("Vary", "Accept, Accept-Encoding");
        headers.set("X-PyPI-Last-Serial", "1001");
        String type = asJson ? "application/vnd.pypi.simple.v1+json" : "text/html; charset=UTF-8";
        send(exchange, request, page.map(bytes -> new Body(new Content(bytes), type, PUBLISHED)));
    }

    private void tree(HttpExchange exchange, Seen request, Path root, String rest) throws IOException {
        Path file = root.resolve(rest.replaceFirst("^/+", "")).normalize();
        if (!file.startsWith(root)) {
            send(exchange, request, Optional.empty());
        } else if (Files.isDirectory(file)) {
            if (!rest.isEmpty() && !rest.endsWith("/")) {
                exchange.getResponseHeaders().set("Location", request.path() + "/");
                head(exchange, request, 301, -1);
                return;
            }
            send(exchange, request, Optional.of(listing(file)));
        } else if (Files.isRegularFile(file)) {
            Instant modified = Files.getLastModifiedTime(file).toInstant();
            send(exchange, request, Optional.of(new Body(new Content(Files.readAllBytes(file)), type(rest), modified)));
        } else {
            send(exchange, request, Optional.empty());
        }
    }

    private static Body listing(Path directory) {
        StringBuilder page = new StringBuilder("<html><head><title>Index</title></head><body><pre>\n");
        for (String name : Fixtures.names(directory)) {
            String link = Files.isDirectory(directory.resolve(name)) ? name + "/" : name;
            page.append("<a href=\"").append(link).append("\">").append(link).append("</a>\n");
        }
        byte[] bytes = page.append("</pre></body></html>\n").toString().getBytes(StandardCharsets.UTF_8);
        return new Body(new Content(bytes), "text/html;charset=UTF-8", PUBLISHED);
    }

    private static String type(String path) {
        if (path.endsWith(".gz")) {
            return "application/x-gzip";
        }
        return path.endsWith("PACKAGES") || path.endsWith(".yaml") ? "text/plain" : "application/octet-stream";
    }

    private void send(HttpExchange exchange, Seen request, Optional<Body> found) throws IOException {
        if (found.isEmpty()) {
            exchange.getResponseHeaders().remove("Cache-Control");
            body(exchange, request, 404, "404 Not Found\n".getBytes(StandardCharsets.UTF_8), 0, 14);
            return;
        }
        Body body = found.get();
        Headers headers = exchange.getResponseHeaders();
        headers.set("ETag", body.etag());
        headers.set("Last-Modified", HTTP_DATE.format(body.modified()));
        headers.set("Accept-Ranges", "bytes");
        if (unchanged(request.headers(), body)) {
            head(exchange, request, 304, -1);
            return;
        }
        headers.set("Content-Type", body.type());
        int length = body.content().size();
        String range = request.headers().getOrDefault("range", "");
        String condition = request.headers().getOrDefault("if-range", body.etag());
        if (!range.matches("bytes=(\\d+-\\d*|-\\d+)") || !condition.equals(body.etag())) {
            body(exchange, request, 200, body.content().bytes(), 0, length);
            return;
        }
        String[] ends = range.substring("bytes=".length()).split("-", -1);
        long from = ends[0].isEmpty() ? Math.max(0, length - Long.parseLong(ends[1])) : Long.parseLong(ends[0]);
        long to = ends[0].isEmpty() || ends[1].isEmpty() ? length - 1L : Math.min(length - 1L, Long.parseLong(ends[1]));
        if (from > to) {
            headers.set("Content-Range", "bytes */" + length);
            head(exchange, request, 416, -1);
            return;
        }
        headers.set("Content-Range", "bytes " + from + "-" + to + "/" + length);
        body(exchange, request, 206, body.content().bytes(), (int) from, (int) to + 1);
    }

    private static boolean unchanged(Map<String, String> headers, Body body) {
        String tags = headers.get("if-none-match");
        if (tags != null) {
            return tags.contains(body.etag());
        }
        return HTTP_DATE.format(body.modified()).equals(headers.get("if-modified-since"));
    }

    private static void head(HttpExchange exchange, Seen request, int status, long length) throws IOException {
        request.status().set(status);
        exchange.sendResponseHeaders(status, length);
    }

    private void body(HttpExchange exchange, Seen request, int status, byte[] bytes, int from, int to)
            throws IOException {
        if (request.method().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(to - from));
            head(exchange, request, status, -1);
            return;
        }
        head(exchange, request, status, to == from ? -1 : to - from);
        long started = System.nanoTime();
        try (OutputStream out = exchange.getResponseBody()) {
            for (int at = from; at < to; at += CHUNK) {
                int size = Math.min(CHUNK, to - at);
                out.write(bytes, at, size);
                out.flush();
                request.firstByteNanos().compareAndSet(0, System.nanoTime());
                request.bytes().addAndGet(size);
                long due = (long) ((double) (at + size - from) / bytesPerSecond * 1e9);
                pause(due - (System.nanoTime() - started));
            }
        }
    }

    private static void pause(long nanos) throws IOException {
        if (nanos <= 0) {
            return;
        }
        try {
            Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("stopped", e);
        }
    }
}
