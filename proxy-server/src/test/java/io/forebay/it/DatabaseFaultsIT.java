package io.forebay.it;

import static io.forebay.it.FaultStage.LARGE_KIB;
import static io.forebay.it.FaultStage.SMALL_KIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.it.FaultStage.File;
import io.forebay.it.FaultStage.Got;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The database rows of the fault matrix against the real program. This test is the other process that harms the file. */
class DatabaseFaultsIT {
    private static final long LOCKED_MILLIS = 3_000;

    @TempDir
    private Path directory;

    private FaultStage stage;
    private final List<File> held = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        stage = FaultStage.open(directory);
        for (int kib : new int[] {SMALL_KIB, LARGE_KIB, SMALL_KIB, LARGE_KIB}) {
            held.add(store(kib));
        }
    }

    @AfterEach
    void close() throws Exception {
        stage.close();
    }

    @Test
    @DisplayName("reliability 86: another process holds the write lock: hits and cold downloads go on, rows follow")
    void database_locked_servesAndRecordsLater() throws Exception {
        List<File> cold = new ArrayList<>();
        long rows = rows();
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + database());
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOCKED_MILLIS);
            while (System.nanoTime() < until) {
                assertHits();
                File file = FaultStage.fresh("good", cold.size() % 2 == 0 ? SMALL_KIB : LARGE_KIB);
                Got got = stage.get(file);
                assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
                cold.add(file);
                assertThat(FaultStage.get(stage.forebay().url() + "/health/ready")
                                .status())
                        .isEqualTo(200);
            }
            statement.execute("ROLLBACK");
        }
        for (File file : cold) {
            stage.kept(file);
        }
        assertThat(rows()).isGreaterThanOrEqualTo(rows + cold.size());
    }

    @ParameterizedTest(name = "reliability {0}: the database is {1}: starts, says so, every hit is a hit still")
    @DisplayName("databases that are harmed while the server is down")
    @CsvSource({
        "87, deleted, false",
        "87, emptied, false",
        "87, cut, true",
        "87, scribbled, true",
        "87, garbage, true",
    })
    void database_harmed_rebuilt(int row, String harm, boolean setAside) throws Exception {
        stage.forebay().close();
        harm(harm);
        stage.forebay().start();
        stage.origin().stop();
        assertHits();
        assertThat(stage.forebay().said())
                .contains(setAside ? "set aside" : "rows were missing in the database and are made again");
        stage.origin().resume();
        store(SMALL_KIB);
        store(LARGE_KIB);
    }

    @Test
    @DisplayName("reliability 88: the write-ahead log is lost after a crash: every hit is a hit still")
    void wal_lost_rebuilt() throws Exception {
        stage.forebay().kill();
        Files.deleteIfExists(Path.of(database() + "-wal"));
        Files.deleteIfExists(Path.of(database() + "-shm"));
        stage.forebay().start();
        stage.origin().stop();
        for (File file : held) {
            stage.kept(file);
        }
    }

    @Test
    @DisplayName(
            "reliability 88: the database is an older copy: newer blobs are adopted, rows without blobs are misses")
    void database_older_completed() throws Exception {
        stage.forebay().close();
        Path copy = directory.resolve("older.db");
        Files.copy(database(), copy);
        stage.forebay().start();
        for (int kib : new int[] {SMALL_KIB, LARGE_KIB}) {
            held.add(store(kib));
        }
        stage.forebay().close();
        Files.copy(copy, database(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(Path.of(database() + "-wal"));
        stage.forebay().start();
        stage.origin().stop();
        for (File file : held) {
            stage.kept(file);
        }
    }

    @Test
    @DisplayName(
            "reliability 88: the blobs are lost and the database is not: every row is a miss, nothing wrong is said")
    void blobs_lost_fetchedAgain() throws Exception {
        stage.forebay().close();
        deleteTree(stage.forebay().data().resolve("store"));
        stage.forebay().start();
        for (File file : held) {
            Got got = stage.get(file);
            assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
            stage.kept(file);
        }
    }

    @Test
    @DisplayName("reliability 89: a database of a newer version is left as it is, and the server serves beside it")
    void schema_newer_leftAlone() throws Exception {
        stage.forebay().close();
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + database());
                Statement statement = other.createStatement()) {
            statement.execute("INSERT INTO schema_migrations (version, name, checksum, applied_at)"
                    + " VALUES (999, 'future', 'none', 0)");
        }
        byte[] before = Files.readAllBytes(database());
        stage.forebay().start();
        stage.origin().stop();
        for (File file : held) {
            stage.kept(file);
        }
        assertThat(Files.readAllBytes(database())).isEqualTo(before);
        assertThat(stage.forebay().said()).contains("was made by a newer Forebay and is left as it is");
    }

    private void harm(String harm) throws IOException {
        Path database = database();
        byte[] noise = new byte[20_000];
        new Random(7).nextBytes(noise);
        switch (harm) {
            case "deleted" -> {
                for (String suffix : List.of("", "-wal", "-shm")) {
                    Files.deleteIfExists(Path.of(database + suffix));
                }
            }
            case "emptied" -> Files.write(database, new byte[0]);
            case "cut" -> {
                try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
                    file.setLength(file.length() / 2);
                }
            }
            case "scribbled" -> {
                try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
                    file.seek(file.length() / 3);
                    file.write(noise, 0, (int) Math.min(noise.length, file.length() / 3));
                }
            }
            default -> Files.write(database, noise);
        }
    }

    private File store(int kib) throws InterruptedException {
        File file = FaultStage.fresh("good", kib);
        stage.healed(file);
        stage.kept(file);
        return file;
    }

    private void assertHits() {
        for (File file : held) {
            Got got = stage.get(file);
            assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
            assertThat(got.header("cache-status")).contains("hit");
        }
    }

    private Path database() {
        return stage.forebay().data().resolve("forebay.db");
    }

    private long rows() throws SQLException {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + database());
                Statement statement = other.createStatement();
                ResultSet found = statement.executeQuery("SELECT COUNT(*) FROM revisions")) {
            return found.next() ? found.getLong(1) : -1;
        }
    }

    private static void deleteTree(Path top) throws IOException {
        try (var all = Files.walk(top)) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
