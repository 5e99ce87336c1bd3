package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.forebay.cache.CacheOptions;
import io.forebay.cache.PackageCache;
import io.forebay.catalog.CatalogOptions;
import io.forebay.catalog.SqlCatalog;
import io.forebay.ecosystem.r.REcosystem;
import io.forebay.model.Exchange;
import io.forebay.model.ResourceKey;
import io.forebay.model.Source;
import io.forebay.policy.AccessPolicy;
import io.forebay.repository.Repositories;
import io.forebay.repository.Repository;
import io.forebay.store.DiskBlobStore;
import io.forebay.store.StoreOptions;
import io.forebay.upstream.HttpOrigins;
import io.forebay.upstream.OriginOptions;
import io.forebay.upstream.UpstreamOptions;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/** What is answered in front of the codec is what the full path answers. */
class HitMemoTest {
    private static final String PATH = "/cran/latest/src/contrib/demo_1.0.tar.gz";
    private static final String LARGE = "/cran/latest/src/contrib/large_1.0.tar.gz";

    private static final String MIDDLE = "/cran/latest/src/contrib/middle_1.0.tar.gz";

    /** What is sent out of a file in memory once it is often asked for. */
    private static final int MIDDLE_BYTES = 60_001;

    /** More than one turn of a body's sending, and more than sockets take by themselves. */
    private static final int LARGE_BYTES = 9_000_001;

    private static final int RECEIVE_BUFFER = 200 << 10;

    private static final int ROUNDS = 1_500;

    @TempDir
    private Path directory;

    private final ConcurrentLinkedQueue<Exchange> told = new ConcurrentLinkedQueue<>();

    /** Answers given in front of the codec. */
    private final ConcurrentLinkedQueue<Exchange> toldInFront = new ConcurrentLinkedQueue<>();

    private final byte[] large = gzip(LARGE_BYTES);
    private final byte[] middle = gzip(MIDDLE_BYTES);
    private final AtomicInteger asked = new AtomicInteger();
    private HttpServer origin;
    private DiskBlobStore store;
    private SqlCatalog catalog;
    private HttpOrigins origins;
    private PackageCache cache;
    private LoopResources loops;
    private Repository repository;
    private ProxyServer server;
    private InetSocketAddress address;

    @BeforeEach
    void start() throws Exception {
        byte[] small = gzip(3_000);
        origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        origin.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            byte[] body = path.equals(MIDDLE.substring("/cran/latest".length()))
                    ? middle
                    : path.endsWith("large_1.0.tar.gz") ? large : small;
            boolean there = path.endsWith("_1.0.tar.gz");
            if (there) {
                asked.incrementAndGet();
            }
            exchange.getResponseHeaders().set("ETag", "\"v1\"");
            exchange.sendResponseHeaders(there ? 200 : 404, there ? body.length : -1);
            if (there) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        origin.start();
        URI url = URI.create("http://127.0.0.1:" + origin.getAddress().getPort());
        Source source = new Source("cran", "cran", url, List.of(), Optional.empty());
        store = DiskBlobStore.open(StoreOptions.in(directory.resolve("store")));
        ConnectionFactory sqlite = ConnectionFactories.get("r2dbc:sqlite:///" + directory.resolve("test.db"));
        catalog = SqlCatalog.open(sqlite, sqlite, CatalogOptions.DEFAULTS).block();
        origins = HttpOrigins.create(UpstreamOptions.defaults("test"), Map.of("cran", OriginOptions.of(url)));
        cache = new PackageCache(store, catalog, origins, CacheOptions.DEFAULTS, InstantSource.system());
        loops = LoopResources.create("test", 2, true);
        repository = new Repository("cran", "", new REcosystem(), List.of(source));
        server = server(ServerOptions.DEFAULTS);
        address = server.start().block();
    }

    private ProxyServer server(ServerOptions options) {
        return new ProxyServer(
                options.withListen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                new Repositories(List.of(repository)),
                AccessPolicy.OPEN,
                cache,
                (request, response, principal) -> response.status(404).send(),
                this::tell,
                loops,
                InstantSource.system());
    }

    private static byte[] gzip(int length) {
        byte[] body = new byte[length];
        new Random(7).nextBytes(body);
        body[0] = 0x1f;
        body[1] = (byte) 0x8b;
        return body;
    }

    private void tell(Exchange exchange) {
        if (StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getClassName().equals(HitMemos.class.getName())))) {
            toldInFront.add(exchange);
        }
        told.add(exchange);
    }

    @AfterEach
    void stop() {
        server.close();
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block();
        cache.close();
        origins.close();
        catalog.close();
        store.close();
        origin.stop(0);
    }

    @Test
    @DisplayName("invariant 7: the same request is answered again from memory, and is told like any other")
    void sameHead_isAnsweredAlike() throws Exception {
        String head = head("User-Agent: R\r\n");
        try (Connection connection = new Connection()) {
            connection.exchange(head);
            Response full = settled(connection, head);
            int before = told.size();
            for (int i = 0; i < 50; i++) {
                assertThat(connection.exchange(head).comparable()).isEqualTo(full.comparable());
            }
            assertThat(told.size() - before).isBetween(49, 51);
            Exchange last = told.stream().reduce((one, other) -> other).orElseThrow();
            assertThat(last.status()).isEqualTo(200);
            assertThat(last.bytes()).isEqualTo(3_000);
            assertThat(last.userAgent()).isEqualTo("R");
            assertThat(last.client()).isEqualTo("127.0.0.1");
            assertThat(last.cacheStatus()).isEqualTo(Exchange.CacheStatus.HIT);
        }
        assertThat(asked).hasValue(1);
    }

    @Test
    void longerHeadBehindShortOnes_isReadWholeAndAnsweredFromTheMemo() throws Exception {
        try (Connection connection = new Connection()) {
            remembered(connection, PATH);
            for (int length : new int[] {100, 400, 1_000, 1_900}) {
                // So many that a guess of the next head's length would be that of these.
                for (int i = 0; i < 50; i++) {
                    connection.exchange(get(PATH));
                }
                toldInFront.clear();
                String longer = head("User-Agent: " + "a".repeat(length) + "\r\n");
                settled(connection, longer);
                connection.exchange(longer);
                assertThat(toldInFront).isNotEmpty();
            }
        }
    }

    @Test
    void forgottenEntry_isNotAnsweredFromTheMemo() throws Exception {
        String head = head("");
        try (Connection connection = new Connection()) {
            connection.exchange(head);
            settled(connection, head);
            connection.exchange(head);
            catalog.forget(ResourceKey.of("cran", "src/contrib/demo_1.0.tar.gz"))
                    .block();
            assertThat(connection.exchange(head).text()).contains("fwd=miss");
        }
        assertThat(asked).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpClient.Version.class,
            names = {"HTTP_1_1", "HTTP_2"})
    @DisplayName("behind TLS the memo answers HTTP/1.1 and leaves HTTP/2 alone")
    void encrypted_isAnsweredAlike(HttpClient.Version version) throws Exception {
        X509Bundle bundle = new CertificateBuilder()
                .subject("CN=localhost")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        ServerOptions.Tls files =
                new ServerOptions.Tls(directory.resolve("certificate.pem"), directory.resolve("key.pem"));
        Files.writeString(files.certificate(), bundle.getCertificatePathPEM());
        Files.writeString(files.key(), bundle.getPrivateKeyPEM());
        ServerOptions plain = ServerOptions.DEFAULTS;
        ProxyServer encrypted = server(new ServerOptions(
                plain.listen(),
                plain.headTimeout(),
                plain.idleTimeout(),
                plain.maxConnections(),
                plain.maxConnectionsPerAddress(),
                plain.maxHeaderBytes(),
                plain.maxTargetBytes(),
                plain.drainTimeout(),
                Optional.of(files),
                plain.proxies()));
        InetSocketAddress there = encrypted.start().block();
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        HttpClient client =
                HttpClient.newBuilder().sslContext(trusting).version(version).build();
        URI url = URI.create("https://127.0.0.1:" + there.getPort() + PATH);
        int rounds = version == HttpClient.Version.HTTP_1_1 ? 1_000 : 50;
        try {
            byte[] first = body(client, url, version);
            for (int i = 0; i < rounds && toldInFront.isEmpty(); i++) {
                assertThat(body(client, url, version)).hasSize(3_000).isEqualTo(first);
                Mono.delay(Duration.ofMillis(5)).block();
            }
            assertThat(toldInFront).hasSize(version == HttpClient.Version.HTTP_1_1 ? 1 : 0);
            URI largeUrl = URI.create("https://127.0.0.1:" + there.getPort() + LARGE);
            for (int i = 0; i < 5; i++) {
                assertThat(body(client, largeUrl, version)).isEqualTo(large);
            }
        } finally {
            encrypted.close();
        }
    }

    private static byte[] body(HttpClient client, URI url, HttpClient.Version version) throws Exception {
        HttpResponse<byte[]> response =
                client.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.version()).isEqualTo(version);
        return response.body();
    }

    @Test
    void largeBody_isAnsweredAlike() throws Exception {
        try (Connection connection = new Connection()) {
            Response full = remembered(connection, LARGE);
            for (int i = 0; i < 10; i++) {
                Response quick = connection.exchange(get(LARGE));
                assertThat(quick.comparable()).isEqualTo(full.comparable());
                assertThat(quick.body()).isEqualTo(large);
            }
            // What is told of an answer is told when it is over, a moment after its last byte was seen.
            connection.exchange(get(LARGE));
        }
        assertThat(toldInFront).hasSizeGreaterThanOrEqualTo(10).allSatisfy(exchange -> {
            assertThat(exchange.bytes()).isEqualTo(LARGE_BYTES);
            assertThat(exchange.cacheStatus()).isEqualTo(Exchange.CacheStatus.HIT);
            assertThat(exchange.client()).isEqualTo("127.0.0.1");
            assertThat(exchange.failure()).isEmpty();
        });
        assertThat(asked).hasValue(1);
    }

    @Test
    void pageOftenAskedFor_isSentOutOfAFileUntilItStandsNoMore() throws Exception {
        try (Connection connection = new Connection()) {
            Response full = remembered(connection, MIDDLE);
            assertThat(memoryFiles()).isEmpty();
            // A file is of one second. What was there before and after these answers is what they were sent out of.
            waitFor(() -> {
                toldInFront.clear();
                List<String> files = memoryFiles();
                for (int i = 0; i < 100; i++) {
                    Response quick = connection.exchange(get(MIDDLE));
                    assertThat(quick.comparable()).isEqualTo(full.comparable());
                    assertThat(quick.body()).isEqualTo(middle);
                }
                return files.size() == 1 && files.equals(memoryFiles());
            });
            assertThat(toldInFront).hasSizeGreaterThanOrEqualTo(99).allSatisfy(exchange -> assertThat(exchange.bytes())
                    .isEqualTo(MIDDLE_BYTES));
            server.policy(AccessPolicy.OPEN);
            assertThat(memoryFiles()).isEmpty();
            assertThat(connection.exchange(get(MIDDLE)).body()).isEqualTo(middle);
        }
    }

    @Test
    @DisplayName("what is sent out of a file counts as pending: a client that takes nothing is not answered on and on")
    void clientThatTakesNothing_isAnsweredNoFurtherThanItsBuffersGo() throws Exception {
        int requests = 200;
        try (Connection connection = new Connection()) {
            remembered(connection, MIDDLE);
            waitFor(() -> {
                for (int i = 0; i < 100; i++) {
                    connection.exchange(get(MIDDLE));
                }
                return !memoryFiles().isEmpty();
            });
            told.clear();
            CompletableFuture<Void> asking = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < requests; i++) {
                    try {
                        connection.send(get(MIDDLE).getBytes(StandardCharsets.ISO_8859_1));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    // One head in each read.
                    Mono.delay(Duration.ofMillis(1)).block();
                }
            });
            asking.get(60, TimeUnit.SECONDS);
            int answered = told.size();
            Mono.delay(Duration.ofMillis(200)).block();
            // What the kernel holds for it; behind that one file and the few pages that make a channel unwritable.
            // To be read at once, or it is cut.
            String[] buffers = Files.readAllLines(Path.of("/proc/sys/net/ipv4/tcp_wmem"))
                    .get(0)
                    .split("\\s+");
            int kernel = (Integer.parseInt(buffers[2]) + 2 * RECEIVE_BUFFER) / MIDDLE_BYTES;
            assertThat(told).hasSize(answered).hasSizeLessThan(kernel + 5);
            assertThat(kernel + 5).isLessThan(requests);
            for (int i = 0; i < requests; i++) {
                assertThat(connection.receive(false).orElseThrow().body()).isEqualTo(middle);
            }
        }
    }

    /** Files without a name that are memory and that this process has open. */
    private static List<String> memoryFiles() throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path one : open) {
                try {
                    String file = Files.readSymbolicLink(one).toString();
                    if (file.startsWith("/dev/shm/forebay-")) {
                        found.add(file);
                    }
                } catch (NoSuchFileException e) {
                    // Closed since it was listed.
                }
            }
        }
        return found;
    }

    @Test
    void requestsBehindALargeBody_areAnsweredInTheirOrder() throws Exception {
        try (Connection connection = new Connection()) {
            remembered(connection, LARGE);
            connection.send(get(LARGE).getBytes(StandardCharsets.ISO_8859_1));
            waitFor(() -> connection.available() > 0);
            connection.send(get(PATH).getBytes(StandardCharsets.ISO_8859_1));
            connection.send(get(LARGE).getBytes(StandardCharsets.ISO_8859_1));
            connection.send(
                    ("HEAD " + LARGE + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            assertThat(connection.receive(false).orElseThrow().body()).isEqualTo(large);
            assertThat(connection.receive(false).orElseThrow().body()).hasSize(3_000);
            assertThat(connection.receive(false).orElseThrow().body()).isEqualTo(large);
            assertThat(connection.receive(true).orElseThrow().text()).contains("content-length: " + LARGE_BYTES);
            assertThat(connection.exchange(get(PATH)).body()).hasSize(3_000);
        }
    }

    @Test
    void clientThatLeavesALargeBody_isToldAsOneWhoLeft() throws Exception {
        try (Connection connection = new Connection()) {
            remembered(connection, LARGE);
            toldInFront.clear();
            connection.send(get(LARGE).getBytes(StandardCharsets.ISO_8859_1));
            waitFor(() -> connection.available() > 0);
        }
        waitFor(() -> !toldInFront.isEmpty());
        assertThat(toldInFront.element().bytes()).isLessThan(LARGE_BYTES);
        assertThat(toldInFront.element().failure()).isEmpty();
    }

    @Test
    @DisplayName("a client that takes nothing is cut, one that takes little for longer than it may idle is not")
    void slowClient_isCutOnlyWhenItTakesNothing() throws Exception {
        server.close();
        // A machine on which the client itself does not run for so long is not meant.
        Duration patience = Duration.ofSeconds(2);
        server = server(new ServerOptions(
                ServerOptions.DEFAULTS.listen(),
                ServerOptions.DEFAULTS.headTimeout(),
                patience,
                ServerOptions.DEFAULTS.maxConnections(),
                ServerOptions.DEFAULTS.maxConnectionsPerAddress(),
                ServerOptions.DEFAULTS.maxHeaderBytes(),
                ServerOptions.DEFAULTS.maxTargetBytes(),
                ServerOptions.DEFAULTS.drainTimeout(),
                Optional.empty(),
                ServerOptions.DEFAULTS.proxies()));
        address = server.start().block();
        try (Connection slow = new Connection()) {
            remembered(slow, LARGE);
            toldInFront.clear();
            slow.send(get(LARGE).getBytes(StandardCharsets.ISO_8859_1));
            waitFor(() -> slow.available() > 0);
            long end = System.nanoTime() + 3 * patience.toNanos();
            int taken = 0;
            while (System.nanoTime() < end) {
                taken += slow.skip(80_000);
                Mono.delay(Duration.ofMillis(50)).block();
            }
            taken += slow.skipAll();
            assertThat(taken).isGreaterThan(LARGE_BYTES);
        }
        try (Connection stalled = new Connection()) {
            stalled.send(get(LARGE).getBytes(StandardCharsets.ISO_8859_1));
            waitFor(() -> toldInFront.size() == 2);
            assertThat(stalled.skipAll()).isLessThan(LARGE_BYTES);
        }
    }

    @Test
    void largeBodyOnItsWay_isFinishedByAServerThatStops() throws Exception {
        try (Connection connection = new Connection()) {
            remembered(connection, LARGE);
            toldInFront.clear();
            connection.send(get(LARGE).getBytes(StandardCharsets.ISO_8859_1));
            waitFor(() -> connection.available() > 0);
            CompletableFuture<Void> stopping = CompletableFuture.runAsync(server::close);
            waitFor(() -> !isListening());
            assertThat(connection.receive(false).orElseThrow().body()).isEqualTo(large);
            stopping.join();
            assertThat(connection.receive(false)).isEmpty();
        }
        assertThat(toldInFront).hasSize(1);
    }

    private boolean isListening() {
        try (Socket probe = new Socket()) {
            probe.connect(address, 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void waitFor(Callable<Boolean> condition) throws Exception {
        for (int i = 0; !condition.call(); i++) {
            assertThat(i).as("it has come to pass").isLessThan(6_000);
            Mono.delay(Duration.ofMillis(5)).block();
        }
    }

    /** Asks until the memo answers. */
    private Response remembered(Connection connection, String path) throws IOException {
        Response settled = settled(connection, get(path));
        for (int i = 0; i < 1_000 && toldInFront.isEmpty(); i++) {
            connection.exchange(get(path));
        }
        assertThat(toldInFront).isNotEmpty();
        return settled;
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    @Test
    @DisplayName(
            "as strict as the codec: whatever is sent, a connection that uses the memo answers as one that does not")
    void anyBytes_areAnsweredAsByTheFullPath() throws Exception {
        long seed = Long.getLong("forebay.seed", System.nanoTime());
        System.out.println("HitMemoTest: seed " + seed);
        Random random = new Random(seed);
        try (Connection warming = new Connection()) {
            for (String fields : List.of("", "User-Agent: R\r\n", "Accept: */*\r\n")) {
                warming.exchange(head(fields));
                settled(warming, head(fields));
                warming.exchange(head(fields));
            }
            remembered(warming, LARGE);
        }
        for (int i = 0; i < ROUNDS; i++) {
            byte[] bytes = mutated(random);
            String quick = answered(bytes, false);
            String full = answered(bytes, true);
            if (!quick.equals(full)) {
                // What is looked up for the first time is answered after the request's end, what is known before it;
                // with Expect
                // that decides about the connection. The second time both are known.
                quick = answered(bytes, false);
                full = answered(bytes, true);
            }
            assertThat(quick)
                    .as("seed %d round %d: %s", seed, i, new String(bytes, StandardCharsets.ISO_8859_1))
                    .isEqualTo(full);
        }
    }

    private static byte[] mutated(Random random) {
        List<String> fields = new ArrayList<>(List.of("Host: localhost\r\n"));
        String[] more = {
            "User-Agent: R\r\n",
            "Accept: */*\r\n",
            "Range: bytes=0-9\r\n",
            "Range: bytes=9999-\r\n",
            "If-None-Match: *\r\n",
            "If-None-Match: \"v1\"\r\n",
            "Connection: close\r\n",
            "Connection: keep-alive\r\n",
            "Host: other\r\n",
            "Authorization: Basic eA==\r\n",
            "Content-Length: 0\r\n",
            "Content-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Accept-Encoding: gzip\r\n",
            "If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT\r\n",
            "Expect: 100-continue\r\n",
            "Upgrade: h2c\r\n",
            " folded\r\n",
            "No-Colon\r\n",
            "X: \u0001\r\n",
            "If-Range: \"v1\"\r\n"
        };
        for (int i = random.nextInt(3); i > 0; i--) {
            fields.add(more[random.nextInt(more.length)]);
        }
        String[] methods = {"GET", "GET", "GET", "GET", "HEAD", "POST", "get", "GETT"};
        String[] versions = {"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.1 "};
        String[] paths = {
            PATH, PATH, LARGE, PATH + "?x", "/cran//latest/src/contrib/demo_1.0.tar.gz", "/cran/../cran/x", "/%2e%2e/"
        };
        StringBuilder text = new StringBuilder(methods[random.nextInt(methods.length)])
                .append(' ')
                .append(paths[random.nextInt(paths.length)])
                .append(' ')
                .append(versions[random.nextInt(versions.length)])
                .append("\r\n");
        fields.forEach(text::append);
        text.append("\r\n");
        byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
        if (random.nextInt(4) == 0) {
            bytes[random.nextInt(bytes.length - 4)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    /** What comes back for bytes on a fresh connection; one whose first request was HEAD never uses the memo. */
    private String answered(byte[] bytes, boolean fullPath) throws IOException {
        try (Connection connection = new Connection()) {
            if (fullPath) {
                connection.exchange("HEAD " + PATH + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            connection.send(bytes);
            boolean head = bytes.length > 4 && new String(bytes, 0, 4, StandardCharsets.ISO_8859_1).equals("HEAD");
            return connection.receive(head).map(Response::comparable).orElse("nothing");
        }
    }

    /** The row is written a moment after the first answer; then it is a hit. */
    private Response settled(Connection connection, String head) throws IOException {
        for (int i = 0; i < 1_000; i++) {
            Response response = connection.exchange(head);
            if (response.text().contains("forebay; hit")) {
                return response;
            }
            Mono.delay(Duration.ofMillis(5)).block();
        }
        throw new AssertionError("never a hit");
    }

    private static String head(String fields) {
        return "GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Response(String text, byte[] body) {
        /** Without what may differ from one second to the next. */
        String comparable() {
            return text.replaceAll("(?im)^(date|age|cache-status):.*\r\n", "") + java.util.Arrays.hashCode(body);
        }
    }

    private final class Connection implements AutoCloseable {
        private final Socket socket = new Socket();

        Connection() throws IOException {
            socket.setTcpNoDelay(true);
            // Small, so that a body does not vanish in it; room for several segments of the loopback, or what a slow
            // reader
            // makes room for is sent by a timer only, whose time doubles.
            socket.setReceiveBufferSize(RECEIVE_BUFFER);
            socket.connect(address, 5_000);
        }

        Response exchange(String head) throws IOException {
            send(head.getBytes(StandardCharsets.ISO_8859_1));
            return receive(head.startsWith("HEAD")).orElseThrow();
        }

        void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        /** One response; empty when the connection closes without one, or nothing comes because the head is not over. */
        Optional<Response> receive(boolean head) throws IOException {
            socket.setSoTimeout(3_000);
            InputStream in = socket.getInputStream();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                int next = in.read();
                while (next >= 0) {
                    bytes.write(next);
                    if (bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                        break;
                    }
                    next = in.read();
                }
            } catch (SocketTimeoutException e) {
                return Optional.empty();
            } catch (IOException e) {
                return Optional.empty();
            }
            String text = bytes.toString(StandardCharsets.ISO_8859_1);
            if (text.isEmpty()) {
                return Optional.empty();
            }
            java.util.regex.Matcher length = java.util.regex.Pattern.compile("(?i)\r\ncontent-length: (\\d+)")
                    .matcher(text);
            boolean bodiless = head || text.startsWith("HTTP/1.1 304") || text.startsWith("HTTP/1.1 100");
            int count = bodiless || !length.find() ? 0 : Integer.parseInt(length.group(1));
            return Optional.of(new Response(text, in.readNBytes(count)));
        }

        int available() throws IOException {
            return socket.getInputStream().available();
        }

        int skip(int most) throws IOException {
            return (int) socket.getInputStream().skip(Math.min(most, available()));
        }

        /** Takes what comes until nothing does for a while, or the end. */
        int skipAll() throws IOException {
            socket.setSoTimeout(5_000);
            int all = 0;
            byte[] some = new byte[1 << 16];
            try {
                for (int count = 0; count >= 0; count = socket.getInputStream().read(some)) {
                    all += count;
                }
            } catch (IOException e) {
                // Nothing more comes, or it was cut.
            }
            return all;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
