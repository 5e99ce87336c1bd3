package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Backups that end early, and those after them. */
class BackupTest {
    private static final String SMALL = "/packages/aa/bb/0123456789/demo-1.0.tar.gz";
    private static final String LARGE = "/packages/aa/cc/0123456789/big-1.0-py3-none-any.whl";
    private static final String LATER = "/packages/aa/dd/0123456789/later-1.0-py3-none-any.whl";

    @TempDir
    Path home;

    private Path backup;
    private Running server;

    @BeforeEach
    void start() throws Exception {
        backup = home.resolve("backup");
        server = new Running(Files.createDirectories(home.resolve("server")));
        server.origin.otherwise(Reply.of(404, new byte[0]));
        server.origin.on(SMALL, Reply.of(200, "\u001f\u008bsmall".getBytes(StandardCharsets.ISO_8859_1)));
        server.origin.on(LARGE, Reply.of(200, wheel(1)));
        server.origin.on(LATER, Reply.of(200, wheel(2)));
        server.hit("/pypi" + SMALL);
        server.hit("/pypi" + LARGE);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static byte[] wheel(int fill) {
        byte[] wheel = new byte[300_000];
        Arrays.fill(wheel, (byte) fill);
        System.arraycopy(new byte[] {'P', 'K', 3, 4}, 0, wheel, 0, 4);
        return wheel;
    }

    private Running.Ran back() {
        return server.run("backup", "--json", backup.toString());
    }

    /** A server on what the backup gives; nothing comes from its origin. */
    private Running restored(String name) throws Exception {
        Running twin = new Running(Files.createDirectories(home.resolve(name)));
        twin.origin.otherwise(Reply.of(404, new byte[0]));
        twin.stop();
        ApiTest.deleteAll(twin.data());
        Running.Ran ran = twin.runOnData("restore", "--json", backup.toString());
        assertThat(ran.err()).isEmpty();
        assertThat(ran.status()).isZero();
        assertThat(new JsonMapper().readTree(ran.out()).path("files").asLong()).isPositive();
        twin.start();
        return twin;
    }

    private Path obstacle() throws Exception {
        try (Stream<Path> parts = Files.list(server.data().resolve("store/blobs"))) {
            Path part = parts.filter(Files::isDirectory).findFirst().orElseThrow();
            // No directory can be linked, nor can one be a blob.
            Path obstacle = Files.createDirectory(part.resolve("f".repeat(62)));
            Files.createFile(obstacle.resolve("x"));
            return obstacle;
        }
    }

    @Test
    void backup_thatEndsEarly_leavesTheEarlierOneAsItWas_andTheNextGoesOn() throws Exception {
        assertThat(back().status()).isZero();
        assertThat(server.run("purge", "pypi", "big").out()).contains("1 forgotten");
        server.hit("/pypi" + LATER);
        Path obstacle = obstacle();
        Running.Ran failed = back();
        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.err()).hasLineCount(1).startsWith("forebay: backup: ");
        try (Running twin = restored("first")) {
            assertThat(twin.hit("/pypi" + SMALL).statusCode()).isEqualTo(200);
            assertThat(twin.hit("/pypi" + LARGE).body()).hasSize(300_000);
            assertThat(twin.get("/pypi" + LATER).statusCode()).isEqualTo(404);
            assertThat(twin.run("verify").status()).isZero();
        }
        ApiTest.deleteAll(obstacle);
        assertThat(back().status()).isZero();
        assertThat(backup.toFile().list()).containsExactlyInAnyOrder("backup.json", "copy-2");
        try (Running twin = restored("second")) {
            assertThat(twin.hit("/pypi" + LATER).body()).hasSize(300_000);
            assertThat(twin.get("/pypi" + LARGE).statusCode()).isEqualTo(404);
            assertThat(twin.run("verify").status()).isZero();
        }
    }

    @Test
    void backup_thatNeverEnded_isNone() throws Exception {
        Path obstacle = obstacle();
        assertThat(back().status()).isEqualTo(1);
        assertThat(server.run("status").status()).isZero();
        Running.Ran ran = Running.command("restore", backup.toString());
        assertThat(ran.status()).isEqualTo(2);
        assertThat(ran.err()).hasLineCount(1).contains("is no whole backup");
        ApiTest.deleteAll(obstacle);
        assertThat(back().status()).isZero();
        restored("twin").close();
    }
}
