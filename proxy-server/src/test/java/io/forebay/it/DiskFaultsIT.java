package io.forebay.it;

import static io.forebay.it.FaultStage.LARGE_KIB;
import static io.forebay.it.FaultStage.SMALL_KIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.it.FaultStage.File;
import io.forebay.it.FaultStage.Got;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The disk rows of the fault matrix against the real program, whose data lies on a small file system of its own. */
class DiskFaultsIT {
    private static final int DISK_MEBIBYTES = 16;
    private static final int HUGE_KIB = 3_000;
    private static final String OUT_OF_DESCRIPTORS = "Too many open files";
    private static final int TOLD_MAX = 1_000;

    /** Longer than what was used counts as in memory. */
    private static final Duration LONG_UNUSED = Duration.ofSeconds(6);

    @TempDir
    private Path directory;

    private Machine.Mount disk;
    private FaultStage stage;

    @BeforeEach
    void open() throws Exception {
        disk = Machine.mount(directory.resolve("data"), DISK_MEBIBYTES);
        // A disk of a few files would pass the soft mark, and be tidied, with any of them.
        stage = FaultStage.open(directory, origin -> "", Map.of("FOREBAY_CACHE_SOFT_LIMIT", "100%"));
    }

    @AfterEach
    void close() throws Exception {
        try {
            if (stage != null) {
                stage.close();
            }
        } finally {
            if (disk != null) {
                disk.close();
            }
        }
    }

    @Test
    @DisplayName("reliability 69 and 89: a full disk: downloads pass through, caching resumes by itself")
    void disk_full_passesThroughAndResumes() throws Exception {
        File held = stored(LARGE_KIB);
        Path ballast = disk.directory().resolve("ballast");
        fill(ballast);
        assertServed(SMALL_KIB, 3);
        assertServed(LARGE_KIB, 3);
        assertServed(HUGE_KIB, 1);
        assertHit(held);
        awaitReadyAndTold("disk: full");
        Files.delete(ballast);
        stored(SMALL_KIB);
        stored(LARGE_KIB);
    }

    @ParameterizedTest(
            name = "reliability 69, 73 and 89: the program starts on a disk that is {0} and serves what is stored")
    @ValueSource(strings = {"full", "read-only"})
    @DisplayName("starts on a disk that takes nothing")
    void start_diskTakesNothing_serves(String how) throws Exception {
        File small = stored(SMALL_KIB);
        File large = stored(LARGE_KIB);
        stage.forebay().close();
        Path ballast = disk.directory().resolve("ballast");
        if (how.equals("full")) {
            fill(ballast);
        } else {
            Machine.must("mount", "-o", "remount,ro", disk.directory().toString());
        }
        stage.forebay().start("/health/live");
        stage.origin().forget();
        assertHit(small);
        assertHit(large);
        assertThat(stage.origin().seen()).isEmpty();
        assertServed(SMALL_KIB, 2);
        assertServed(LARGE_KIB, 2);
        stage.forebay().close();
        if (how.equals("full")) {
            Files.delete(ballast);
        } else {
            Machine.must("mount", "-o", "remount,rw", disk.directory().toString());
        }
        stage.forebay().start();
        if (how.equals("full")) {
            // The one may have made room for what was refused.
            stage.kept(small);
            stage.kept(large);
        } else {
            assertHit(small);
            assertHit(large);
        }
        stored(LARGE_KIB);
    }

    @ParameterizedTest(name = "reliability {0}: {1}")
    @DisplayName("system calls on the disk that fail")
    @CsvSource({
        "70, pwrite64:error=EIO",
        "71, fsync:error=EIO fdatasync:error=EIO",
        "73, pwrite64:error=EROFS ftruncate:error=EROFS mkdir:error=EROFS rename:error=EROFS unlink:error=EROFS",
        "75, pwrite64:error=EIO:when=1+5 fsync:error=EIO:when=2+5 fdatasync:error=EIO:when=2+5",
        "76, rename:error=EIO renameat:error=EIO renameat2:error=EIO",
    })
    void call_fails_passesThroughAndResumes(int row, String injections) throws Exception {
        File held = stored(LARGE_KIB);
        List<File> asked;
        try (Machine.Tracing tracing =
                Machine.trace(stage.forebay().pid(), directory.resolve("strace"), injections.split(" "))) {
            asked = new ArrayList<>(assertServed(SMALL_KIB, 3));
            asked.addAll(assertServed(LARGE_KIB, 3));
            assertHit(held);
        }
        stored(SMALL_KIB);
        stored(LARGE_KIB);
        for (File file : asked) {
            stage.healed(file);
        }
    }

    @Test
    @DisplayName("reliability 71: what a failed fsync left is not believed after a crash")
    void fsync_fails_nothingWrongAfterACrash() throws Exception {
        List<File> asked;
        try (Machine.Tracing tracing = Machine.trace(
                stage.forebay().pid(), directory.resolve("strace"), "fsync:error=EIO", "fdatasync:error=EIO")) {
            asked = new ArrayList<>(assertServed(SMALL_KIB, 2));
            asked.addAll(assertServed(LARGE_KIB, 2));
        }
        stage.forebay().kill();
        stage.forebay().start();
        for (File file : asked) {
            stage.healed(file);
        }
    }

    @Test
    @DisplayName("reliability 72: a disk that cannot be read: the copy is fetched again before the head is sent")
    void read_fails_fetchedAgain() throws Exception {
        File small = stored(SMALL_KIB);
        File large = stored(LARGE_KIB);
        // Nothing is in memory or open any more.
        stage.forebay().close();
        stage.forebay().start();
        try (Machine.Tracing tracing =
                Machine.trace(stage.forebay().pid(), directory.resolve("strace"), storedFiles(), "pread64:error=EIO")) {
            for (File file : List.of(small, large)) {
                Got got = stage.get(file);
                FaultStage.assertNeverWrong(got, file.bytes());
                assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
            }
        }
        stage.healed(small);
        stage.healed(large);
    }

    @Test
    @DisplayName("reliability 74: a disk that stalls 1.5 s a write: hot objects and their clients do not feel it")
    void write_stalls_hotObjectsFlow() throws Exception {
        File small = stored(SMALL_KIB);
        File large = stored(LARGE_KIB);
        try (Machine.Tracing tracing =
                Machine.trace(stage.forebay().pid(), directory.resolve("strace"), "pwrite64:delay_exit=1500000")) {
            List<File> cold = new ArrayList<>();
            List<CompletableFuture<Got>> asking = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                File file = FaultStage.fresh("good", LARGE_KIB);
                cold.add(file);
                asking.add(CompletableFuture.supplyAsync(() -> stage.get(file)));
            }
            for (int i = 0; i < 20; i++) {
                assertHit(small);
                assertHit(large);
            }
            assertThat(asking).as("hits are done before any write is").noneMatch(CompletableFuture::isDone);
            for (int i = 0; i < asking.size(); i++) {
                Got got = asking.get(i).get(60, TimeUnit.SECONDS);
                assertThat(got.whole(cold.get(i).bytes())).as(got.toString()).isTrue();
            }
        }
    }

    @Test
    @DisplayName("reliability 74: a disk that stalls 1.5 s a read: who asks for what is in memory does not feel it")
    void read_stalls_hotObjectsFlow() throws Exception {
        File small = stored(SMALL_KIB);
        File large = stored(LARGE_KIB);
        File cold = stored(LARGE_KIB);
        assertHit(cold);
        long unused = System.nanoTime();
        while (System.nanoTime() - unused < LONG_UNUSED.toNanos()) {
            assertHit(small);
            assertHit(large);
        }
        // Loads are sent to nowhere: of all calls of that kind only those of the threads that read are slow.
        try (Machine.Tracing tracing = Machine.traceThreads(
                stage.forebay().pid(), "store-read", directory.resolve("strace"), "sendfile:delay_enter=1500000")) {
            CompletableFuture<Got> asking = CompletableFuture.supplyAsync(() -> stage.get(cold));
            for (int i = 0; i < 20; i++) {
                assertHit(small);
                assertHit(large);
            }
            assertThat(asking).as("hits are done before the read is").isNotDone();
            Got got = asking.get(60, TimeUnit.SECONDS);
            assertThat(got.whole(cold.bytes())).as(got.toString()).isTrue();
        }
    }

    @Test
    @DisplayName(
            "reliability 77: out of descriptors: who is connected is served what is held, others get 503 or wait, it passes")
    void descriptors_usedUp_recovers() throws Exception {
        File held = stored(LARGE_KIB);
        String url = stage.url("bare", "src/contrib/" + held.file());
        String pid = Long.toString(stage.forebay().pid());
        List<File> asked = new ArrayList<>();
        List<CompletableFuture<Got>> asking = new ArrayList<>();
        int said;
        try (Wire connected = new Wire()) {
            assertThat(connected.get(url, List.of()).body().bytes()).isEqualTo(held.bytes());
            said = occurrences(stage.forebay().said(), OUT_OF_DESCRIPTORS);
            long open = Fixtures.names(Path.of("/proc", pid, "fd")).size();
            Machine.must("prlimit", "--pid", pid, "--nofile=" + (open + 3) + ":");
            for (int i = 0; i < 20; i++) {
                File file = FaultStage.fresh("good", i % 2 == 0 ? SMALL_KIB : LARGE_KIB);
                asked.add(file);
                asking.add(CompletableFuture.supplyAsync(() -> tolerant(file)));
            }
            awaitSaid(OUT_OF_DESCRIPTORS, said);
            for (int i = 0; i < 20; i++) {
                Wire.Answer answer = connected.get(url, List.of());
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body().bytes()).isEqualTo(held.bytes());
            }
            for (int i = 0; i < asking.size(); i++) {
                Got got = asking.get(i).get(90, TimeUnit.SECONDS);
                FaultStage.assertNeverWrong(got, asked.get(i).bytes());
                assertThat(got.status())
                        .as("whole, 503, cut, or not accepted: " + got)
                        .isIn(200, 503, -1);
                if (got.status() == 503) {
                    assertThat(got.header("retry-after")).isNotEmpty();
                }
            }
            // A loop that accepts in vain would say so many thousand times.
            assertThat(occurrences(stage.forebay().said(), OUT_OF_DESCRIPTORS) - said)
                    .as("lines about it: accepting pauses")
                    .isBetween(1, TOLD_MAX);
        }
        Machine.must("prlimit", "--pid", pid, "--nofile=4096:");
        assertThat(stage.healed(held).header("cache-status")).contains("hit");
        for (File file : asked) {
            stage.healed(file);
        }
        stored(LARGE_KIB);
    }

    private void awaitSaid(String line, int before) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (occurrences(stage.forebay().said(), line) <= before) {
            assertThat(System.nanoTime()).as("the shortage is felt").isLessThan(deadline);
            Thread.sleep(50);
        }
    }

    private static int occurrences(String text, String wanted) {
        return text.split(Pattern.quote(wanted), -1).length - 1;
    }

    /** While nothing can be accepted, a client waits in the kernel's queue: its own time-out is no wrong answer. */
    private Got tolerant(File file) {
        try {
            return stage.get(file);
        } catch (AssertionError e) {
            return new Got(-1, java.util.Map.of(), java.util.Optional.empty());
        }
    }

    @ParameterizedTest(name = "reliability {0}: a stored file is {1}, restart: {2}")
    @DisplayName("stored files that are harmed by hand")
    @CsvSource({
        "78, deleted, true",
        "78, deleted, false",
        "79, truncated, true",
        "79, truncated, false",
        "80, flipped, true",
    })
    void file_harmed_fetchedAgain(int row, String harm, boolean restart) throws Exception {
        File file = stored(LARGE_KIB);
        if (restart) {
            stage.forebay().close();
        }
        Path stored = blob(file);
        switch (harm) {
            case "deleted" -> Files.delete(stored);
            case "truncated" -> truncate(stored, file.bytes().length / 2);
            default -> flip(stored, file.bytes().length / 3);
        }
        if (restart) {
            stage.forebay().start();
        }
        Got got = stage.get(file);
        FaultStage.assertNeverWrong(got, file.bytes());
        if (restart) {
            assertThat(got.whole(file.bytes()))
                    .as("found before the head is sent: " + got)
                    .isTrue();
        }
        stage.healed(file);
        awaitHit(file);
        if (!harm.equals("deleted")) {
            assertThat(Files.readAllBytes(blob(file))).isEqualTo(file.bytes());
        }
    }

    @Test
    @DisplayName("reliability 80: one bit of a small file is flipped in its pack: it is fetched again")
    void smallFile_flipped_fetchedAgain() throws Exception {
        List<File> files = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            files.add(stored(SMALL_KIB));
        }
        stage.forebay().close();
        byte[] wanted = java.util.Arrays.copyOfRange(files.get(2).bytes(), 100, 200);
        Path pack = null;
        int at = -1;
        for (Path candidate : all("packs")) {
            byte[] bytes = Files.readAllBytes(candidate);
            for (int i = 0; i + wanted.length <= bytes.length && at < 0; i++) {
                if (java.util.Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                    pack = candidate;
                    at = i;
                }
            }
        }
        assertThat(pack).isNotNull();
        flip(pack, at + 50);
        stage.forebay().start();
        for (File file : files) {
            Got got = stage.get(file);
            assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
        }
    }

    /** A file that is in the store. */
    private File stored(int kib) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        File file = FaultStage.fresh("good", kib);
        stage.healed(file);
        while (!stage.get(file).header("cache-status").contains("hit")) {
            assertThat(System.nanoTime()).as("caching resumes").isLessThan(deadline);
            Thread.sleep(200);
            file = FaultStage.fresh("good", kib);
            stage.healed(file);
        }
        return file;
    }

    private void awaitHit(File file) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!stage.get(file).header("cache-status").contains("hit")) {
            assertThat(System.nanoTime()).as("a hit").isLessThan(deadline);
            Thread.sleep(50);
        }
        assertHit(file);
    }

    private void assertHit(File file) {
        Got got = stage.get(file);
        assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
        assertThat(got.header("cache-status")).as(stage.forebay()::said).contains("hit");
    }

    private List<File> assertServed(int kib, int count) {
        List<File> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            File file = FaultStage.fresh("good", kib);
            Got got = stage.get(file);
            FaultStage.assertNeverWrong(got, file.bytes());
            assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
            files.add(file);
        }
        return files;
    }

    private Path blob(File file) throws IOException {
        String digest = Digests.sha256(file.bytes());
        return all("blobs").stream()
                .filter(path -> (path.getParent().getFileName() + "" + path.getFileName()).equals(digest))
                .findFirst()
                .orElseThrow(() -> new AssertionError("not in the store: " + file));
    }

    private List<Path> storedFiles() throws IOException {
        List<Path> files = new ArrayList<>(all("blobs"));
        files.addAll(all("packs"));
        return files;
    }

    private List<Path> all(String below) throws IOException {
        try (Stream<Path> all = Files.walk(disk.directory().resolve("store").resolve(below))) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static void truncate(Path file, long length) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(length);
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(at);
            int before = open.read();
            open.seek(at);
            open.write(before ^ 0x10);
        }
    }

    /** The free space is looked at now and then; meanwhile and afterwards the server is ready. */
    private void awaitReadyAndTold(String line) {
        long limit = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        String said = "";
        while (!said.contains(line)) {
            assertThat(System.nanoTime()).as(said).isLessThan(limit);
            Got ready = FaultStage.get(stage.forebay().url() + "/health/ready");
            assertThat(ready.status()).isEqualTo(200);
            said = new String(ready.body().orElseThrow(), StandardCharsets.US_ASCII);
        }
    }

    private static void fill(Path ballast) throws IOException {
        byte[] block = new byte[4096];
        try (var out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            // Full, as it should be.
            return;
        }
    }
}
