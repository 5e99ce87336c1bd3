package io.forebay.it;

import static io.forebay.it.FaultStage.SMALL_KIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.it.FaultStage.File;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More cold requests than there are places, from two addresses, at an origin that drips. */
class OverloadIT {
    private static final int PLACES = 4;
    private static final int WAITING = 6;
    private static final int SOCKET_MILLIS = 30_000;

    @TempDir
    private static Path directory;

    private static FaultStage stage;

    @BeforeAll
    static void open() throws Exception {
        stage = FaultStage.open(
                directory,
                origin -> "",
                Map.of(
                        "FOREBAY_HTTP_MAX_FETCHES",
                        Integer.toString(PLACES),
                        "FOREBAY_HTTP_MAX_WAITING_FETCHES",
                        Integer.toString(WAITING),
                        "FOREBAY_HTTP_FETCH_WAIT",
                        "20s",
                        "FOREBAY_HTTP_IDLE_TIMEOUT",
                        "60s"));
    }

    @AfterAll
    static void close() throws Exception {
        stage.close();
    }

    /** Status line and fields. */
    private record Head(int status, List<String> fields) {}

    @Test
    @DisplayName("four times as many cold requests as places: one address starves no other, the overflow gets 503 with"
            + " Retry-After, hits and followers never wait, and afterwards all succeed")
    void coldRequests_tooMany_fairAndRefused() throws Exception {
        File held = FaultStage.fresh("good", SMALL_KIB);
        stage.healed(held);
        // It holds its place until the disk has it.
        awaitFigure("forebay_flights", 0);
        List<File> files = new ArrayList<>();
        List<Socket> greedy = new ArrayList<>();
        List<Socket> modest = new ArrayList<>();
        for (int i = 0; i < 4 * PLACES; i++) {
            files.add(FaultStage.fresh("drip.body", SMALL_KIB));
        }
        // The modest address comes last, when the greedy one fills every place and the whole queue.
        for (File file : files.subList(0, 4 * PLACES - 2)) {
            greedy.add(ask("127.0.0.1", file));
        }
        awaitFigure("forebay_fetches_waiting", WAITING);
        awaitFigure("forebay_fetches_refused_total", 4 * PLACES - 2 - PLACES - WAITING);
        for (File file : files.subList(4 * PLACES - 2, 4 * PLACES)) {
            modest.add(ask("127.0.0.2", file));
        }
        awaitFigure("forebay_fetches_refused_total", 4 * PLACES - PLACES - WAITING);
        assertThat(stage.get(held).header("cache-status"))
                .as("a hit is not queued")
                .contains("hit");
        for (Socket one : modest) {
            assertThat(head(one).status()).as("the modest address is served").isEqualTo(200);
        }
        int served = 0;
        for (Socket one : greedy) {
            Head head = head(one);
            if (head.status() == 200) {
                served++;
            } else {
                assertThat(head.status()).isEqualTo(503);
                assertThat(head.fields()).anyMatch(field -> field.matches("(?i)retry-after: \\d+"));
            }
        }
        assertThat(served).isEqualTo(PLACES + WAITING - 2);
        awaitFigure("forebay_fetches_waiting", 0);
        stage.origin().heal();
        for (File file : files) {
            assertThat(stage.get(file).whole(file.bytes())).as(file.file()).isTrue();
        }
        stage.origin().harm();
    }

    private static Socket ask(String from, File file) throws IOException {
        URI server = URI.create(stage.forebay().url());
        Socket socket = new Socket();
        socket.setSoTimeout(SOCKET_MILLIS);
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), SOCKET_MILLIS);
        socket.getOutputStream()
                .write(("GET /bare/latest/src/contrib/" + file.file()
                                + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** Reads the answer to its end and tells its head. */
    private static Head head(Socket socket) throws IOException {
        try (socket) {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            int status = Integer.parseInt(in.readLine().split(" ")[1]);
            List<String> fields = new ArrayList<>();
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                fields.add(line);
            }
            in.transferTo(java.io.Writer.nullWriter());
            return new Head(status, fields);
        }
    }

    private static void awaitFigure(String name, int value) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        String line = name + " " + value + ".0";
        String figures = figures();
        while (figures.lines().noneMatch(line::equals)) {
            assertThat(System.nanoTime()).as(line + " in " + figures).isLessThan(deadline);
            Thread.sleep(50);
            figures = figures();
        }
    }

    private static String figures() {
        return new String(
                FaultStage.get(stage.forebay().url() + "/metrics").body().orElseThrow(), StandardCharsets.UTF_8);
    }
}
