package io.forebay.it;

import static io.forebay.it.FaultStage.LARGE_KIB;
import static io.forebay.it.FaultStage.SMALL_KIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.it.FaultStage.File;
import io.forebay.it.FaultStage.Got;
import io.forebay.load.fault.FaultOrigin;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client rows of the fault matrix against the real program: what is sent, byte for byte, and what comes of it. */
class ClientFaultsIT {
    private static final int SOCKET_MILLIS = 20_000;
    private static final int HUGE_KIB = 20_000;
    private static final int STALLED = 200;
    private static final long STALLED_BYTES_MAX = 128 << 10;
    private static final Pattern DIRECT_BYTES = Pattern.compile("(?m)^forebay_direct_memory_bytes (\\S+)$");

    @TempDir
    private static Path directory;

    private static FaultStage stage;
    private static File held;

    @BeforeAll
    static void open() throws Exception {
        stage = FaultStage.open(directory);
        held = FaultStage.fresh("good", LARGE_KIB);
        stage.healed(held);
    }

    @AfterAll
    static void close() throws Exception {
        stage.close();
    }

    /** Whatever a client did, the next one is served. */
    @AfterEach
    void others() {
        assertThat(stage.get(held).whole(held.bytes())).isTrue();
    }

    @Test
    @DisplayName("reliability 48 and 49: the only client, and the first of several, hang up: the fetch goes on")
    void client_hangsUp_fetchGoesOn() throws Exception {
        File file = FaultStage.fresh("drip.body", LARGE_KIB);
        Socket first = send(request(path(file)));
        awaitAsked(file);
        CompletableFuture<Got> second = CompletableFuture.supplyAsync(() -> stage.get(file));
        first.getInputStream().readNBytes(10);
        reset(first);
        assertThat(second.get(30, TimeUnit.SECONDS).whole(file.bytes())).isTrue();
        File lonely = FaultStage.fresh("drip.body", LARGE_KIB);
        Socket only = send(request(path(lonely)));
        only.getInputStream().readNBytes(10);
        reset(only);
        Got got = stage.get(lonely);
        assertThat(got.whole(lonely.bytes())).as(got.toString()).isTrue();
        assertThat(stage.origin().count(lonely.file())).isEqualTo(1);
    }

    @Test
    @DisplayName("reliability 50: 200 clients hang up at once: descriptors and fetches are given back")
    void clients_hangUpAtOnce_nothingLeaks() throws Exception {
        Path descriptors = Path.of("/proc", Long.toString(stage.forebay().pid()), "fd");
        File file = FaultStage.fresh("drip.body", LARGE_KIB);
        int before = Fixtures.names(descriptors).size();
        List<Socket> clients = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            clients.add(send(request(path(file))));
        }
        awaitAsked(file);
        for (Socket client : clients) {
            reset(client);
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (Fixtures.names(descriptors).size() > before + 20) {
            assertThat(System.nanoTime()).as("descriptors are given back").isLessThan(deadline);
            Thread.sleep(100);
        }
        assertThat(stage.origin().count(file.file())).isEqualTo(1);
    }

    @Test
    @DisplayName("reliability 51 and 63: a client that reads nothing: others are served, and it is let go")
    void client_readsNothing_othersAreServed() throws Exception {
        File huge = FaultStage.fresh("good", HUGE_KIB);
        try (Socket slow = send(request(path(huge)))) {
            slow.getInputStream().read();
            Got got = stage.get(huge);
            assertThat(got.whole(huge.bytes())).isTrue();
            for (int i = 0; i < 20; i++) {
                assertThat(stage.get(held).whole(held.bytes())).isTrue();
            }
            // After three idle seconds the server hangs up: what is left is far less than the whole.
            TimeUnit.SECONDS.sleep(8);
            long received = drain(slow);
            assertThat(received).isLessThan(huge.bytes().length);
        }
    }

    @Test
    @DisplayName(
            "reliability 51: 200 clients that read nothing of 20 MiB, cold and held: little memory outside the heap")
    void clients_readNothing_costNoMemory() throws Exception {
        File huge = FaultStage.fresh("good", HUGE_KIB);
        long before = directBytes();
        for (String how : List.of("cold", "held")) {
            List<Socket> clients = new ArrayList<>();
            long most = before;
            try {
                for (int i = 0; i < STALLED; i++) {
                    clients.add(stalled(path(huge)));
                }
                for (Socket client : clients) {
                    // From here on it takes no more than the kernel's buffers do.
                    assertThat(client.getInputStream().read()).isNotNegative();
                    most = Math.max(most, directBytes());
                }
            } finally {
                for (Socket client : clients) {
                    client.close();
                }
            }
            assertThat((most - before) / STALLED).as(how + ": bytes for each").isLessThan(STALLED_BYTES_MAX);
            assertThat(stage.get(huge).whole(huge.bytes())).isTrue();
        }
    }

    private static Socket stalled(String path) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16 << 10);
        socket.setSoTimeout(SOCKET_MILLIS);
        socket.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(),
                URI.create(stage.forebay().url()).getPort()));
        socket.getOutputStream().write(request(path).getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static long directBytes() {
        Got metrics = FaultStage.get(stage.forebay().url() + "/metrics");
        Matcher bytes = DIRECT_BYTES.matcher(new String(metrics.body().orElseThrow(), StandardCharsets.UTF_8));
        assertThat(bytes.find()).isTrue();
        return (long) Double.parseDouble(bytes.group(1));
    }

    @Test
    @DisplayName("reliability 52: a client that half-closes after its request is answered or let go")
    void client_halfCloses_answeredOrLetGo() throws Exception {
        File file = FaultStage.fresh("good", SMALL_KIB);
        try (Socket socket = send(request(path(file)))) {
            socket.shutdownOutput();
            drain(socket);
        }
        stage.healed(file);
    }

    @Test
    @DisplayName("reliability 53: pipelined requests, byte by byte, 50 on a connection: answered in order")
    void requests_pipelined_answeredInOrder() throws Exception {
        String one = request(path(held));
        try (Socket socket = connect()) {
            byte[] all = one.repeat(50).getBytes(StandardCharsets.ISO_8859_1);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    for (int i = 0; i < one.length(); i++) {
                        socket.getOutputStream().write(all, i, 1);
                        socket.getOutputStream().flush();
                    }
                    socket.getOutputStream().write(all, one.length(), all.length - one.length());
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            for (int i = 0; i < 50; i++) {
                assertThat(answer(socket.getInputStream())).isEqualTo(held.bytes());
            }
            sending.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    @DisplayName("reliability 53: a small request that comes amid a large answer is answered behind it")
    void request_amidAnAnswer_answeredBehindIt() throws Exception {
        File huge = FaultStage.fresh("good", HUGE_KIB);
        File small = FaultStage.fresh("good", SMALL_KIB);
        stage.kept(huge);
        stage.kept(small);
        for (int i = 0; i < 20; i++) {
            // The same bytes, until it is answered from memory, in front of everything else.
            try (Socket socket = send(request(path(small)))) {
                assertThat(answer(socket.getInputStream())).isEqualTo(small.bytes());
            }
        }
        try (Socket socket = send(request(path(huge)))) {
            socket.getInputStream().readNBytes(1);
            socket.getOutputStream().write(request(path(small)).getBytes(StandardCharsets.ISO_8859_1));
            InputStream whole = new SequenceInputStream(
                    new ByteArrayInputStream("H".getBytes(StandardCharsets.ISO_8859_1)), socket.getInputStream());
            assertThat(Arrays.equals(answer(whole), huge.bytes())).isTrue();
            assertThat(answer(whole)).isEqualTo(small.bytes());
        }
    }

    static Stream<Arguments> refused() {
        String host = "Host: x\r\n";
        String path = "/bare/latest/src/contrib/x.tar.gz";
        String get = "GET " + path + " HTTP/1.1\r\n";
        String post = "POST " + path + " HTTP/1.1\r\n" + host;
        String chunked = "Transfer-Encoding: chunked\r\n\r\n";
        List<Arguments> all = new ArrayList<>(List.of(
                Arguments.of(54, "64 KiB header", get + host + "X: " + "a".repeat(64 << 10) + "\r\n\r\n"),
                Arguments.of(54, "1 MiB header", get + host + "X: " + "a".repeat(1 << 20) + "\r\n\r\n"),
                Arguments.of(54, "20000 headers", get + host + "X: a\r\n".repeat(20_000) + "\r\n"),
                Arguments.of(
                        54, "64 KiB target", "GET /bare/" + "a".repeat(64 << 10) + " HTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(56, "CR LF in the target", "GET /bare/latest/a%0d%0ab HTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(56, "NUL in the target", "GET /bare/latest/a%00b HTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(56, "raw NUL", "GET /bare/latest/a\u0000b HTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(56, "raw control", "GET /bare/latest/a\u0001b HTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(56, "VT before the version", "GET " + path + "\u000b HTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(56, "FF for a space", "GET " + path + "\fHTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(56, "tab for a space", "GET\t" + path + " HTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(56, "CR for a space", "GET " + path + "\rHTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(57, "CL.TE", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(57, "two lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\naaaaa"),
                Arguments.of(
                        57, "TE.CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n0\r\n\r\n"),
                Arguments.of(57, "the same length twice", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\naaaaa"),
                Arguments.of(57, "list of lengths", post + "Content-Length: 5, 5\r\n\r\naaaaa"),
                Arguments.of(57, "space before the colon", post + "Content-Length : 5\r\n\r\naaaaa"),
                Arguments.of(57, "two codings", post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
                Arguments.of(57, "coding behind VT", post + "Transfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(57, "chunk size in hex", post + chunked + "0x5\r\naaaaa\r\n0\r\n\r\n"),
                Arguments.of(57, "chunk size too large", post + chunked + "fffffffffffffffff\r\na"),
                Arguments.of(57, "bare LF behind a chunk extension", post + chunked + "5;x=\naaaaa\r\n0\r\n\r\n"),
                Arguments.of(57, "bare LF behind chunks", post + chunked + "5\naaaaa\n0\n\n"),
                Arguments.of(
                        57,
                        "POST with a coding in HTTP/1.0",
                        "POST " + path + " HTTP/1.0\r\n" + host + chunked + "0\r\n\r\n"),
                Arguments.of(57, "odd coding", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(57, "odd length", post + "Content-Length: +5\r\n\r\naaaaa"),
                Arguments.of(
                        57,
                        "coding in HTTP/1.0",
                        "GET " + path + " HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(
                        57,
                        "GET with CL and TE",
                        get + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(58, "NUL before the request", "\u0000" + get + host + "\r\n"),
                Arguments.of(58, "control bytes before the request", "\u0001\u0002\u001b" + get + host + "\r\n"),
                Arguments.of(58, "tab before the request", "\t" + get + host + "\r\n"),
                Arguments.of(58, "DEL behind an empty line", "\r\n\u007f" + get + host + "\r\n"),
                Arguments.of(59, "no Host", get + "\r\n"),
                Arguments.of(59, "two Hosts", get + host + "Host: y\r\n\r\n"),
                Arguments.of(59, "CONNECT", "CONNECT 127.0.0.1:80 HTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(67, "garbage", "\u0016\u0003\u0001\u0000garbage\r\n\r\n"),
                Arguments.of(
                        67,
                        "hello of TLS",
                        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003" + "B".repeat(32)),
                Arguments.of(67, "h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")));
        for (String traversal : List.of(
                "../",
                "..%2f",
                "%2e%2e/",
                "%2e%2e%2f",
                ".%2e/",
                "%2e./",
                "..\\",
                "..%5c",
                "%2e%2e%5c",
                "..;/",
                "%252e%252e/",
                "..%252f",
                "%252e%252e%252f",
                "%25%32%65%25%32%65/",
                "%ef%bc%8e%ef%bc%8e/",
                "..%c0%af",
                "%c0%ae%c0%ae/",
                "..%00/",
                "./../",
                "//../",
                "..%ef%bc%8f")) {
            all.add(Arguments.of(
                    55,
                    "traversal " + traversal,
                    "GET /bare/latest/src/contrib/" + traversal.repeat(8) + "etc/passwd HTTP/1.1\r\n" + host + "\r\n"));
        }
        return all.stream();
    }

    @ParameterizedTest(name = "reliability {0}: {1}: refused and closed, nothing of it reaches the origin")
    @MethodSource("refused")
    void request_malformed_refused(int row, String name, String bytes) throws Exception {
        stage.origin().forget();
        try (Socket socket = send(bytes)) {
            Optional<Integer> status = status(socket);
            if (row == 54) {
                // It may hang up before all of what is too much was sent, and the answer is lost then.
                status.ifPresent(code -> assertThat(code).isIn(400, 413, 414, 431));
            } else {
                assertThat(status).hasValue(400);
            }
            drain(socket);
        }
        assertThat(stage.origin().seen().stream().map(FaultOrigin.Seen::target))
                .as("no dot segments")
                .noneMatch(target -> target.replaceAll("(?i)%2e", ".").matches(".*[/\\\\]\\.{1,2}([/\\\\].*)?"));
        assertThat(stage.origin().seen().stream().map(FaultOrigin.Seen::method)).allMatch("GET"::equals);
    }

    @ParameterizedTest(name = "reliability 60: {0} is not allowed, nothing is forwarded, the copy stays")
    @ValueSource(strings = {"TRACE", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "PURGE"})
    void method_other_notAllowed(String method) throws Exception {
        stage.origin().forget();
        try (Socket socket = send(
                method + " " + path(held) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")) {
            assertThat(status(socket))
                    .hasValueSatisfying(code -> assertThat(code).isIn(405, 501));
        }
        assertThat(stage.origin().seen()).isEmpty();
        assertThat(stage.get(held).header("cache-status")).contains("hit");
    }

    @Test
    @DisplayName("reliability 59: an absolute URL of another host is not proxied")
    void target_absolute_notProxied() throws Exception {
        stage.origin().forget();
        String other = stage.origin().url() + "/bare/src/contrib/good_20.7.tar.gz";
        try (Socket socket = send("GET " + other + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
            assertThat(status(socket))
                    .hasValueSatisfying(code -> assertThat(code).isIn(400, 404));
        }
        assertThat(stage.origin().seen()).isEmpty();
    }

    @Test
    @DisplayName(
            "reliability 46 and 61: nothing of a client's credentials, cookies and forged headers reaches the origin")
    void headers_forged_notForwarded() {
        File file = FaultStage.fresh("good", SMALL_KIB);
        Got got = stage.get(
                file,
                "X-Forwarded-For: 1.2.3.4",
                "X-Forwarded-Host: evil",
                "X-Original-URL: /admin",
                "Cookie: session=secret",
                "Authorization: Basic c2VjcmV0",
                "Connection: keep-alive, X-Hop",
                "X-Hop: 1",
                "Proxy-Authorization: Basic c2VjcmV0",
                "Range: bytes=0-9",
                "TE: trailers");
        assertThat(got.status()).isIn(200, 206);
        FaultOrigin.Seen seen = stage.origin().seen().stream()
                .filter(one -> one.target().endsWith(file.file()))
                .findFirst()
                .orElseThrow();
        assertThat(seen.fields().keySet()).isSubsetOf("host", "user-agent", "accept", "accept-encoding");
        assertThat(seen.fields().toString()).doesNotContain("evil", "secret", "1.2.3.4");
        assertThat(stage.get(file).whole(file.bytes())).isTrue();
    }

    @Test
    @DisplayName(
            "reliability 62 and 63: 300 slow-loris and 300 idle connections: others feel nothing, and they are let go")
    void connections_slow_othersFeelNothing() throws Exception {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            slow.add(send("GET / HTTP/1.1\r\nX-Slow: "));
            slow.add(connect());
        }
        try {
            for (int i = 0; i < 10; i++) {
                assertThat(stage.get(held).whole(held.bytes())).isTrue();
            }
            for (Socket one : slow) {
                // A 408 or nothing, then the end: never a wait without one.
                drain(one);
            }
        } finally {
            for (Socket one : slow) {
                one.close();
            }
        }
    }

    @ParameterizedTest(name = "reliability {0}: {1}")
    @MethodSource("ranges")
    void range_odd_wholeOrRefused(int row, String name, String range, List<Integer> statuses) throws Exception {
        Got got = stage.get(held, "Range: " + range);
        assertThat(got.status()).as(got.toString()).isIn(statuses.toArray());
        FaultStage.assertNeverWrong(got, held.bytes());
        assertThat(got.body().orElseThrow().length).isLessThanOrEqualTo(held.bytes().length);
    }

    static Stream<Arguments> ranges() {
        StringBuilder thousand = new StringBuilder("bytes=0-0");
        StringBuilder overlapping = new StringBuilder("bytes=0-");
        for (int i = 1; i < 1000; i++) {
            thousand.append(',').append(2 * i).append('-').append(2 * i);
        }
        for (int i = 1; i < 200; i++) {
            overlapping.append(",0-");
        }
        List<Integer> wholeOrNot = List.of(200, 416);
        return Stream.of(
                Arguments.of(64, "1000 ranges", thousand.toString(), wholeOrNot),
                Arguments.of(64, "200 overlapping ranges", overlapping.toString(), wholeOrNot),
                Arguments.of(65, "Range: bytes=9999999-", "bytes=9999999-", List.of(416)),
                Arguments.of(65, "Range: bytes=5-2", "bytes=5-2", wholeOrNot),
                Arguments.of(65, "Range: bytes=a-b", "bytes=a-b", List.of(200)),
                Arguments.of(65, "Range: lines=1-2", "lines=1-2", List.of(200)),
                Arguments.of(65, "Range: bytes=-0", "bytes=-0", wholeOrNot));
    }

    @Test
    @DisplayName("reliability 65: a part of a file, and the whole of it for another version's If-Range")
    void range_ofAnotherVersion_whole() {
        Got part = stage.get(held, "Range: bytes=100-199");
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.body().orElseThrow()).isEqualTo(Arrays.copyOfRange(held.bytes(), 100, 200));
        Got whole = stage.get(held, "Range: bytes=100-199", "If-Range: \"old\"");
        assertThat(whole.whole(held.bytes())).as(whole.toString()).isTrue();
    }

    @Test
    @DisplayName("reliability 66: HEAD and a conditional request of a cold file leave nothing empty behind")
    void head_cold_notStoredEmpty() throws Exception {
        for (String headers :
                List.of("", "If-None-Match: \"x\"\r\n", "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT\r\n")) {
            File file = FaultStage.fresh("good", LARGE_KIB);
            String method = headers.isEmpty() ? "HEAD " : "GET ";
            try (Socket socket =
                    send(method + path(file) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n")) {
                assertThat(status(socket)).hasValue(200);
                drain(socket);
            }
            Got got = stage.get(file);
            assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
            if (headers.isEmpty()) {
                assertThat(got.header("cache-status"))
                        .as("HEAD fetches nothing")
                        .contains("fwd=miss")
                        .doesNotContain("collapsed");
            }
        }
    }

    @Test
    @DisplayName(
            "reliability 68: 100 clients at once for a cold, and for a failing object: asked once, failed together")
    void herd_coldAndFailing_askedOnce() throws Exception {
        for (String name : List.of("drip.body", "stall.start")) {
            File file = FaultStage.fresh(name, LARGE_KIB);
            List<Socket> herd = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                herd.add(send(request(path(file))));
            }
            boolean fails = name.equals("stall.start");
            for (Socket one : herd) {
                try (one) {
                    if (fails) {
                        assertThat(status(one)).hasValue(503);
                    } else {
                        assertThat(answer(one.getInputStream())).isEqualTo(file.bytes());
                    }
                }
            }
            // A failing one is tried twice by the flight itself.
            assertThat(stage.origin().count(file.file())).isLessThanOrEqualTo(fails ? 4 : 1);
        }
        stage.origin().heal();
        stage.healed(FaultStage.fresh("good", SMALL_KIB));
        stage.origin().harm();
    }

    @Test
    @DisplayName("reliability 68: 100 clients at once for a body without a length, which cannot be kept: asked once")
    void herd_notKept_askedOnce() throws Exception {
        File file = FaultStage.fresh("close.whole", LARGE_KIB);
        ExecutorService clients = Executors.newFixedThreadPool(100);
        try {
            List<Future<Got>> herd = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                herd.add(clients.submit(() -> stage.get(file)));
            }
            for (Future<Got> one : herd) {
                assertThat(one.get(30, TimeUnit.SECONDS).whole(file.bytes())).isTrue();
            }
        } finally {
            clients.shutdownNow();
        }
        assertThat(stage.origin().count(file.file())).isEqualTo(1);
    }

    @Test
    @DisplayName("reliability 68: 100 clients at once for an expired index whose origin fails: the old one, asked once")
    void herd_expiredAndFailing_oldIsServed() throws Exception {
        String index = "/listed/latest/src/contrib/PACKAGES.gz";
        byte[] before = FaultStage.get(stage.url("listed", "src/contrib/PACKAGES.gz"))
                .body()
                .orElseThrow();
        stage.origin().put("/listed/src/contrib/PACKAGES.gz", "stall.start");
        TimeUnit.MILLISECONDS.sleep(1_200);
        stage.origin().forget();
        List<Socket> herd = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            herd.add(send(request(index)));
        }
        for (Socket one : herd) {
            try (one) {
                assertThat(answer(one.getInputStream())).isEqualTo(before);
            }
        }
        // The flight itself tries twice, and a client that comes after its failure was forgotten begins another.
        assertThat(stage.origin().count("PACKAGES.gz")).isBetween(1L, 4L);
        stage.origin().heal();
        stage.origin().harm();
    }

    // ---- bytes

    private static String path(File file) {
        return "/bare/latest/src/contrib/" + file.file();
    }

    private static String request(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(),
                URI.create(stage.forebay().url()).getPort());
        socket.setSoTimeout(SOCKET_MILLIS);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static Socket send(String bytes) throws IOException {
        Socket socket = connect();
        try {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
        } catch (SocketException e) {
            // It has hung up before the end of what was too much.
            return socket;
        }
        return socket;
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Reads to the end of the connection; a wait without an end fails. */
    private static long drain(Socket socket) throws IOException {
        long count = 0;
        byte[] buffer = new byte[64 * 1024];
        try {
            int read = socket.getInputStream().read(buffer);
            while (read >= 0) {
                count += read;
                read = socket.getInputStream().read(buffer);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("hangs", e);
        } catch (SocketException e) {
            return count;
        }
        return count;
    }

    /** Status of the first answer; empty when the connection just ends. */
    private static Optional<Integer> status(Socket socket) throws IOException {
        try {
            byte[] line = socket.getInputStream().readNBytes(12);
            return line.length < 12
                    ? Optional.empty()
                    : Optional.of(Integer.parseInt(new String(line, 9, 3, StandardCharsets.ISO_8859_1)));
        } catch (SocketTimeoutException e) {
            throw new AssertionError("hangs", e);
        } catch (SocketException e) {
            return Optional.empty();
        }
    }

    /** Body of a 200 with a length. */
    private static byte[] answer(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int next = in.read();
            assertThat(next).as("the answer goes on after: " + head).isNotNegative();
            head.append((char) next);
        }
        assertThat(head.toString()).startsWith("HTTP/1.1 200");
        Map<Boolean, List<String>> lengths = head.toString()
                .toLowerCase(java.util.Locale.ROOT)
                .lines()
                .collect(java.util.stream.Collectors.partitioningBy(line -> line.startsWith("content-length: ")));
        return in.readNBytes(Integer.parseInt(lengths.get(true).get(0).substring("content-length: ".length())));
    }

    private static void awaitAsked(File file) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (stage.origin().count(file.file()) == 0) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(10);
        }
    }
}
