package io.forebay.it;

import static io.forebay.it.FaultStage.LARGE_KIB;
import static io.forebay.it.FaultStage.SMALL_KIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.it.FaultStage.File;
import io.forebay.it.FaultStage.Got;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes that are killed, told to end, frozen, short of memory, or whose clock jumps. {@link KillIT} kills at random. */
class CrashIT {
    private static final Path WALL_CLOCK = Path.of("..", "load-tests", "src", "main", "c", "wallclock.c");
    private static final int HUGE_KIB = 3_000;
    private static final int CLIENTS = 40;
    private static final int CONNECTIONS_MAX = 8_000;

    /** Of what is used beyond what the server has when it has started. */
    private static final long GROUP_BYTES = 12 << 20;

    private static final int DOWNLOADS_MAX = 400;

    /** 128 and the number of the signal, which cannot be caught. */
    private static final int KILLED = 137;

    @TempDir
    private Path directory;

    @Test
    @DisplayName("reliability 81: kill -9 amid a download: cut visibly, swept at the start, fetched again")
    void kill_midDownload_cutAndSwept() throws Exception {
        try (FaultStage stage = FaultStage.open(directory)) {
            File held = FaultStage.fresh("good", LARGE_KIB);
            stage.healed(held);
            File file = FaultStage.fresh("drip.body", LARGE_KIB);
            CompletableFuture<Got> asking = CompletableFuture.supplyAsync(() -> stage.get(file));
            awaitAsked(stage, file);
            awaitFiles(stage.forebay().data().resolve("store/tmp"), 1);
            stage.forebay().kill();
            Got got = asking.get(20, TimeUnit.SECONDS);
            assertThat(got.cut()).as(got.toString()).isTrue();
            long killed = System.nanoTime();
            stage.forebay().start();
            System.out.println("CrashIT: ready "
                    + Duration.ofNanos(System.nanoTime() - killed).toMillis()
                    + " ms after the start that followed kill -9");
            assertThat(files(stage.forebay().data().resolve("store/tmp"))).isZero();
            assertThat(stage.get(held).header("cache-status")).contains("hit");
            stage.origin().heal();
            stage.healed(file);
        }
    }

    @Test
    @DisplayName("reliability 83: SIGTERM: running downloads end whole, new ones are refused, the exit status is 0")
    void terminate_midDownload_drains() throws Exception {
        try (FaultStage stage = FaultStage.open(directory)) {
            File file = FaultStage.fresh("drip.body", LARGE_KIB);
            File hit = FaultStage.fresh("good", SMALL_KIB);
            stage.healed(hit);
            CompletableFuture<Got> asking = CompletableFuture.supplyAsync(() -> stage.get(file));
            awaitAsked(stage, file);
            stage.forebay().terminate();
            Got got = asking.get(30, TimeUnit.SECONDS);
            assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
            assertThat(stage.forebay().awaitEnd()).isZero();
            assertThat(stage.get(hit).status()).as("refused").isEqualTo(-1);
            stage.forebay().start();
            stage.origin().stop();
            assertThat(stage.get(hit).header("cache-status")).contains("hit");
            assertThat(stage.get(file).header("cache-status")).contains("hit");
        }
    }

    @Test
    @DisplayName("reliability 83: SIGTERM with a download that does not end: cut visibly when the time is up, status 0")
    void terminate_endlessDownload_cut() throws Exception {
        try (FaultStage stage = FaultStage.open(
                directory,
                origin -> "",
                Map.of("FOREBAY_HTTP_DRAIN_TIMEOUT", "1s", "FOREBAY_UPSTREAM_IDLE_TIMEOUT", "50s"))) {
            File file = FaultStage.fresh("stall.mid", LARGE_KIB);
            CompletableFuture<Got> asking = CompletableFuture.supplyAsync(() -> stage.get(file));
            awaitAsked(stage, file);
            stage.forebay().terminate();
            assertThat(stage.forebay().awaitEnd()).isZero();
            Got got = asking.get(20, TimeUnit.SECONDS);
            assertThat(got.cut()).as(got.toString()).isTrue();
        }
    }

    @Test
    @DisplayName("reliability 84: frozen for 5 s amid a download: goes on and ends whole")
    void freeze_midDownload_goesOn() throws Exception {
        Map<String, String> defaults =
                Map.of("FOREBAY_UPSTREAM_IDLE_TIMEOUT", "15s", "FOREBAY_HTTP_IDLE_TIMEOUT", "60s");
        try (FaultStage stage = FaultStage.open(directory, origin -> "", defaults)) {
            File file = FaultStage.fresh("drip.body", LARGE_KIB);
            CompletableFuture<Got> asking = CompletableFuture.supplyAsync(() -> stage.get(file));
            awaitAsked(stage, file);
            Machine.signal(stage.forebay().pid(), "STOP");
            TimeUnit.SECONDS.sleep(5);
            Machine.signal(stage.forebay().pid(), "CONT");
            Got got = asking.get(30, TimeUnit.SECONDS);
            assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
            File other = FaultStage.fresh("good", LARGE_KIB);
            stage.healed(other);
        }
    }

    @ParameterizedTest(
            name = "reliability 84: the wall clock jumps by {0} days: hits stay hits, pages are served, no storm")
    @ValueSource(ints = {2, -2})
    void clock_jumps_nothingExpires(int days) throws Exception {
        Path library = directory.resolve("wallclock.so");
        Assumptions.assumeTrue(
                Machine.run("gcc", "-O2", "-shared", "-fPIC", "-o", library.toString(), WALL_CLOCK.toString(), "-ldl"),
                "left out: needs gcc on Linux");
        Path clock = directory.resolve("clock");
        Files.writeString(clock, "0");
        Map<String, String> faked = Map.of("LD_PRELOAD", library.toString(), "WALLCLOCK", clock.toString());
        try (FaultStage stage = FaultStage.open(directory, origin -> "", faked)) {
            File file = FaultStage.fresh("good", LARGE_KIB);
            stage.kept(file);
            String index = stage.url("listed", "src/contrib/PACKAGES.gz");
            assertThat(FaultStage.get(index).status()).isEqualTo(200);
            Files.writeString(clock, Long.toString(TimeUnit.DAYS.toSeconds(days)));
            Instant told = date(stage.get(file));
            assertThat(Duration.between(Instant.now(), told)).isCloseTo(Duration.ofDays(days), Duration.ofMinutes(2));
            stage.origin().forget();
            for (int i = 0; i < 5; i++) {
                assertThat(stage.get(file).header("cache-status")).contains("hit");
                assertThat(FaultStage.get(index).status()).isEqualTo(200);
            }
            assertThat(stage.origin().seen()).as("no storm").hasSizeLessThan(4);
            stage.healed(FaultStage.fresh("good", LARGE_KIB));
            stage.forebay().close();
            stage.forebay().start();
            assertThat(stage.get(file).header("cache-status")).contains("hit");
            assertThat(FaultStage.get(index).status()).isEqualTo(200);
        }
    }

    @Test
    @DisplayName("reliability 85: 120 MiB asked for at once with a heap of 48 MiB: whole, and the process lives")
    void memory_short_streamsOn() throws Exception {
        // The origin makes all these bytes at once on the same processors: its time is not what is tested.
        Map<String, String> patient = Map.of("FOREBAY_UPSTREAM_FIRST_BYTE_TIMEOUT", "20s");
        try (FaultStage stage = FaultStage.open(
                directory,
                origin -> "",
                patient,
                "-Xmx48m",
                "-XX:MaxDirectMemorySize=48m",
                "-XX:+ExitOnOutOfMemoryError")) {
            List<File> files = new ArrayList<>();
            List<CompletableFuture<Got>> asking = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                File file = FaultStage.fresh("good", HUGE_KIB);
                files.add(file);
                asking.add(CompletableFuture.supplyAsync(() -> stage.get(file)));
            }
            for (int i = 0; i < CLIENTS; i++) {
                Got got = asking.get(i).get(60, TimeUnit.SECONDS);
                assertThat(got.whole(files.get(i).bytes())).as(got.toString()).isTrue();
            }
            assertThat(stage.forebay().alive()).isTrue();
        }
    }

    @Test
    @DisplayName(
            "reliability 85: the heap is used up: the process ends by itself, without an option of the virtual machine,"
                    + " and what was stored is there after it")
    void memory_usedUp_endsAndStartsAgain() throws Exception {
        Map<String, String> many = Map.of(
                "FOREBAY_HTTP_MAX_CONNECTIONS", "50000",
                "FOREBAY_HTTP_MAX_CONNECTIONS_PER_ADDRESS", "50000",
                "FOREBAY_HTTP_HEAD_TIMEOUT", "10m",
                "FOREBAY_HTTP_IDLE_TIMEOUT", "10m");
        List<SocketChannel> clients = new ArrayList<>();
        try (FaultStage stage = FaultStage.open(directory, origin -> "", many, "-Xmx24m", "-XX:+UseSerialGC")) {
            File held = FaultStage.fresh("good", LARGE_KIB);
            stage.healed(held);
            int port = URI.create(stage.forebay().url()).getPort();
            try {
                // Each connection costs some KiB of heap; the first part of a head keeps it busy.
                while (stage.forebay().alive() && clients.size() < CONNECTIONS_MAX) {
                    connect(port).ifPresent(clients::add);
                }
                assertThat(stage.forebay().awaitEnd())
                        .as(clients.size() + " connections")
                        .isEqualTo(3);
            } finally {
                for (SocketChannel client : clients) {
                    client.close();
                }
            }
            assertThat(stage.forebay().said().lines().filter(line -> line.startsWith("forebay: fatal")))
                    .hasSize(1);
            stage.forebay().start();
            assertThat(stage.get(held).header("cache-status")).contains("hit");
            assertThat(stage.get(held).whole(held.bytes())).isTrue();
            stage.healed(FaultStage.fresh("good", LARGE_KIB));
        }
    }

    @Test
    @DisplayName(
            "reliability 85: the limit of its control group is hit: killed by the kernel amid downloads, none of which"
                    + " is wrong; what was stored is a hit after the start")
    void group_limitHit_killedAndStartsAgain() throws Exception {
        try (Machine.Group group = Machine.group(GROUP_BYTES);
                FaultStage stage = FaultStage.open(directory)) {
            List<File> held = List.of(FaultStage.fresh("good", SMALL_KIB), FaultStage.fresh("good", LARGE_KIB));
            for (File file : held) {
                stage.kept(file);
            }
            File slow = FaultStage.fresh("drip.body", LARGE_KIB);
            CompletableFuture<Got> dripping = CompletableFuture.supplyAsync(() -> stage.get(slow));
            awaitAsked(stage, slow);
            group.add(stage.forebay().pid());
            List<File> asked = new ArrayList<>();
            while (stage.forebay().alive() && asked.size() < DOWNLOADS_MAX) {
                List<CompletableFuture<Got>> asking = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    File file = FaultStage.fresh("good", HUGE_KIB);
                    asked.add(file);
                    asking.add(CompletableFuture.supplyAsync(() -> stage.get(file)));
                }
                for (int i = 0; i < CLIENTS; i++) {
                    Got got = asking.get(i).get(60, TimeUnit.SECONDS);
                    FaultStage.assertNeverWrong(
                            got, asked.get(asked.size() - CLIENTS + i).bytes());
                }
            }
            assertThat(stage.forebay().awaitEnd()).isEqualTo(KILLED);
            assertThat(group.hasKilled()).as("by the kernel, for its memory").isTrue();
            FaultStage.assertNeverWrong(dripping.get(20, TimeUnit.SECONDS), slow.bytes());
            stage.forebay().start();
            stage.origin().forget();
            for (File file : held) {
                Got got = stage.get(file);
                assertThat(got.header("cache-status")).contains("hit");
                assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
            }
            assertThat(stage.origin().seen()).as("asked of the origin").isEmpty();
            for (File file : asked.subList(asked.size() - CLIENTS, asked.size())) {
                stage.healed(file);
            }
            stage.kept(FaultStage.fresh("good", LARGE_KIB));
        }
    }

    /** Empty when the server has none left to give, or is gone. */
    private static Optional<SocketChannel> connect(int port) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2_000);
            channel.write(ByteBuffer.wrap("GET / HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII)));
            return Optional.of(channel);
        } catch (IOException e) {
            channel.close();
            return Optional.empty();
        }
    }

    /** Debian keeps it in the directory of the architecture. */
    private static Instant date(Got got) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.parse(got.header("date"), Instant::from);
    }

    private static void awaitAsked(FaultStage stage, File file) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (stage.origin().count(file.file()) == 0) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(10);
        }
        // The head is on its way; the body takes seconds.
        Thread.sleep(300);
    }

    private static void awaitFiles(Path in, int count) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (files(in) < count) {
            assertThat(System.nanoTime()).as("a draft is on the disk").isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    private static long files(Path in) throws IOException {
        try (Stream<Path> all = Files.list(in)) {
            return all.count();
        }
    }
}
