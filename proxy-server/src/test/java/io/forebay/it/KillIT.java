package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} while fifty objects are being fetched, three times over one data directory. The seed is printed and can be
 * given: {@code -Dforebay.seed=N}.
 */
class KillIT {
    private static final int ROUNDS = 3;
    private static final int WHOLE = 5;
    private static final int FILLS = 50;
    private static final int SMALLEST = 2_000;
    private static final int LARGEST = 1_500_000;
    private static final long ORIGIN_BYTES_PER_SECOND = 400_000;
    private static final Duration ANSWER_MAX = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Path on the file host to the bytes that belong there. */
    private final Map<String, Content> objects = new HashMap<>();

    /** What clients got as hits: from the store. */
    private final Set<String> hits = ConcurrentHashMap.newKeySet();

    /** Complete answers whose bytes were not the origin's. */
    private final Set<String> bad = ConcurrentHashMap.newKeySet();

    private LocalOrigin origin;
    private ForebayProcess forebay;

    @AfterEach
    void close() throws Exception {
        if (forebay != null) {
            forebay.close();
        }
        if (origin != null) {
            origin.close();
        }
    }

    @Test
    @DisplayName("failures 6 and 9: kill -9 amid 50 fills: no bad body, no row without bytes, a clean directory")
    void kill_amidFills_leavesNothingBad() throws Exception {
        Assumptions.assumeFalse(Boolean.getBoolean("forebay.direct"), "there is nothing to kill");
        long seed = Long.getLong("forebay.seed", System.nanoTime());
        System.out.println("KillIT: seed " + seed);
        Random random = new Random(seed);
        origin = LocalOrigin.open();
        forebay = ForebayProcess.start(directory, origin, "index-ttl = \"10m\"");
        for (int round = 0; round < ROUNDS; round++) {
            List<String> fresh = newObjects(random, round);
            awaitOrigin(random, round);
            fillWhole(fresh.subList(0, WHOLE));
            killAmid(fresh.subList(WHOLE, fresh.size()), random.nextInt(LARGEST));
            long start = System.nanoTime();
            forebay.start();
            long ready = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            checkDirectory();
            long lost = lostOffline();
            long kept =
                    hits.stream().mapToLong(path -> objects.get(path).size()).sum();
            System.out.println(
                    "KillIT: ready " + ready + " ms after the start that followed kill -9; bytes lost: " + lost + " of "
                            + kept + " in " + hits.size() + " objects that were answered from the store before");
            assertThat(lost).as("bytes lost").isZero();
        }
        awaitOrigin(random, ROUNDS);
        for (String path : objects.keySet()) {
            awaitWhole(path);
        }
        forebay.close();
        Map<String, String> rows = rows();
        assertThat(rows.keySet()).hasSizeGreaterThanOrEqualTo(objects.size());
        checkRows(rows);
    }

    private List<String> newObjects(Random random, int round) {
        List<String> paths = new ArrayList<>();
        for (int number = 0; number < WHOLE + FILLS; number++) {
            byte[] bytes = LocalOrigin.likeWheel(random, SMALLEST + random.nextInt(LARGEST - SMALLEST));
            String path = origin.add(bytes, "object_" + round + "_" + number + "-1.0-py3-none-any.whl");
            objects.put(path, new Content(bytes));
            paths.add(path);
        }
        return paths;
    }

    /** Forebay remembers for a while that the origin was down: asks for something new until it comes. */
    private void awaitOrigin(Random random, int round) throws Exception {
        origin.bytesPerSecond(Long.MAX_VALUE);
        byte[] bytes = LocalOrigin.likeWheel(random, SMALLEST);
        String path = origin.add(bytes, "probe_" + round + "-1.0-py3-none-any.whl");
        objects.put(path, new Content(bytes));
        awaitWhole(path);
    }

    /** A failure is remembered for each file. */
    private void awaitWhole(String path) throws Exception {
        long deadline = System.nanoTime() + ANSWER_MAX.toNanos();
        while (get(path).filter(answer -> answer.statusCode() == 200).isEmpty()) {
            assertThat(System.nanoTime()).as("Forebay asks no more for " + path).isLessThan(deadline);
            Thread.sleep(100);
        }
    }

    /** Some objects are in the store before the kill, and clients have had them from there. */
    private void fillWhole(List<String> paths) {
        for (String path : paths) {
            while (!hits.contains(path)) {
                fill(path).orTimeout(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS).join();
            }
        }
        origin.bytesPerSecond(ORIGIN_BYTES_PER_SECOND);
    }

    /**
     * Starts all fills and kills the process when the origin has sent a random share of the bytes: a moment chosen by progress
     * and not by the clock, so that a slow machine is hit amid the fills as well.
     */
    private void killAmid(List<String> paths, int moment) throws Exception {
        origin.forget();
        long total = paths.stream().mapToLong(path -> objects.get(path).size()).sum();
        long share = (long) ((double) moment / LARGEST * total);
        CountDownLatch ended = new CountDownLatch(paths.size());
        for (String path : paths) {
            fill(path).whenComplete((done, error) -> ended.countDown());
        }
        long deadline = System.nanoTime() + ANSWER_MAX.toNanos();
        while (sent() < share && ended.getCount() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(1);
        }
        forebay.kill();
        assertThat(ended.await(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS)).isTrue();
        System.out.println(
                "KillIT: killed after " + sent() + " of " + total + " bytes, " + hits.size() + " hits so far");
    }

    private long sent() {
        return origin.seen().stream().mapToLong(seen -> seen.bytes().get()).sum();
    }

    /** Asks until an answer is a hit; a complete body must be the right one whenever it comes. */
    private CompletableFuture<Void> fill(String path) {
        return http.sendAsync(request(path), HttpResponse.BodyHandlers.ofByteArray())
                .thenCompose(first -> {
                    checkBody(path, first);
                    return http.sendAsync(request(path), HttpResponse.BodyHandlers.ofByteArray());
                })
                .thenAccept(second -> {
                    checkBody(path, second);
                    if (second.headers().firstValue("Cache-Status").orElse("").contains("hit")) {
                        hits.add(path);
                    }
                });
    }

    private void checkBody(String path, HttpResponse<byte[]> answer) {
        if (answer.statusCode() == 200
                && !Digests.sha256(answer.body()).equals(objects.get(path).sha256())) {
            bad.add(path);
        }
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create(forebay.url() + "/pypi" + path))
                .timeout(ANSWER_MAX)
                .build();
    }

    private Optional<HttpResponse<byte[]>> get(String path) throws InterruptedException {
        try {
            HttpResponse<byte[]> answer = http.send(request(path), HttpResponse.BodyHandlers.ofByteArray());
            checkBody(path, answer);
            return Optional.of(answer);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * With the origin stopped only the store can answer, and nothing it says is wrong.
     *
     * @return bytes of what was a hit before and is not there any more
     */
    private long lostOffline() throws Exception {
        origin.stop();
        long lost = 0;
        for (String path : objects.keySet()) {
            Optional<HttpResponse<byte[]>> answer = get(path);
            answer.ifPresent(got -> assertThat(got.statusCode()).isIn(200, 503));
            if (hits.contains(path)
                    && answer.filter(got -> got.statusCode() == 200).isEmpty()) {
                lost += objects.get(path).size();
            }
        }
        assertThat(bad).as("bad bodies").isEmpty();
        origin.start();
        return lost;
    }

    /** After the sweep: no temporary file, and every blob that is a file is whole. */
    private void checkDirectory() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(forebay.data())) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            Path parent = file.getParent();
            assertThat(parent.endsWith("tmp")).as("left over: " + file).isFalse();
            String digest = parent.getFileName().toString() + file.getFileName();
            if (digest.matches("[0-9a-f]{64}")) {
                assertThat(Digests.sha256(Files.readAllBytes(file))).isEqualTo(digest);
            }
        }
    }

    /** Path of every resource that has a row, with the digest that the row names. */
    private Map<String, String> rows() throws IOException, SQLException {
        Map<String, String> rows = new HashMap<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("SELECT path, digest FROM revisions")) {
            while (found.next()) {
                rows.put(found.getString(1), found.getString(2));
            }
        }
        return rows;
    }

    private Path database() throws IOException {
        try (Stream<Path> all = Files.walk(forebay.data())) {
            return all.filter(Files::isRegularFile)
                    .filter(KillIT::isDatabase)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no SQLite file in the data directory"));
        }
    }

    private static boolean isDatabase(Path file) {
        byte[] magic = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
        try (var in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(magic.length), magic);
        } catch (IOException e) {
            return false;
        }
    }

    /** Each row's bytes are what the row says, asked with the origin stopped. */
    private void checkRows(Map<String, String> rows) throws Exception {
        origin.stop();
        forebay.start();
        Set<String> missing = new TreeSet<>(objects.keySet());
        for (Map.Entry<String, String> row : rows.entrySet()) {
            String file = row.getKey().substring(row.getKey().lastIndexOf('/') + 1);
            String path = objects.keySet().stream()
                    .filter(known -> known.endsWith("/" + file))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("a row of something nobody asked for: " + row.getKey()));
            missing.remove(path);
            assertThat(row.getValue()).endsWith(objects.get(path).sha256());
            assertThat(get(path)).as(path).hasValueSatisfying(answer -> {
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(Digests.sha256(answer.body()))
                        .isEqualTo(objects.get(path).sha256());
            });
        }
        assertThat(missing).as("without a row").isEmpty();
    }
}
