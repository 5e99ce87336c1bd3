package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What one server holds, carried to another one. */
class TransferTest {
    private static final String SMALL = "/packages/aa/bb/0123456789/demo-1.0.tar.gz";
    private static final String LARGE = "/packages/aa/cc/0123456789/big-1.0-py3-none-any.whl";
    private static final String INDEX = "/cran/latest/src/contrib/PACKAGES";
    private static final byte[] SMALL_BODY = "\u001f\u008bnot really gzip".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] OTHER_BODY = "\u001f\u008bof this house".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] INDEX_BODY =
            "Package: demo\nVersion: 1.0\nMD5sum: 00000000000000000000000000000000\n".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path home;

    private Path export;
    private Running server;
    private Running twin;

    @BeforeEach
    void start() throws Exception {
        export = home.resolve("export");
        server = new Running(Files.createDirectories(home.resolve("a")));
        twin = new Running(Files.createDirectories(home.resolve("b")));
        for (Running each : List.of(server, twin)) {
            each.origin.otherwise(Reply.of(404, new byte[0]));
        }
        server.origin.on(SMALL, Reply.of(200, SMALL_BODY));
        server.origin.on(LARGE, Reply.of(200, large()));
        server.origin.on("/src/contrib/PACKAGES", Reply.of(200, INDEX_BODY));
    }

    @AfterEach
    void stop() {
        server.close();
        twin.close();
    }

    private static byte[] large() {
        byte[] large = new byte[300_000];
        System.arraycopy(new byte[] {'P', 'K', 3, 4}, 0, large, 0, 4);
        return large;
    }

    private void warm() throws Exception {
        server.hit("/pypi" + SMALL);
        server.hit("/pypi" + LARGE);
        server.hit(INDEX);
    }

    private static JsonNode done(Running.Ran ran) {
        assertThat(ran.err()).isEmpty();
        assertThat(ran.status()).isZero();
        return new JsonMapper().readTree(ran.out());
    }

    private static void refused(Running.Ran ran, String... words) {
        assertThat(ran.err()).hasLineCount(1).startsWith("forebay: ").contains(words);
        assertThat(ran.status()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
    }

    private void servesTheSame() throws Exception {
        assertThat(twin.hit("/pypi" + SMALL).body()).isEqualTo(new String(SMALL_BODY, StandardCharsets.UTF_8));
        assertThat(twin.hit("/pypi" + LARGE).body()).hasSize(large().length);
        assertThat(twin.hit(INDEX).body()).isEqualTo(server.hit(INDEX).body());
        assertThat(twin.origin.requests()).isEmpty();
    }

    /** Every file of the directory, with its bytes as text. */
    private static Map<String, String> files(Path root) throws Exception {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(root.relativize(file).toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return files;
    }

    private Path blobOf(byte[] body) throws Exception {
        try (Stream<Path> all = Files.walk(export.resolve("blobs"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                if (java.util.Arrays.equals(Files.readAllBytes(file), body)) {
                    return file;
                }
            }
        }
        throw new AssertionError("the export lacks a body");
    }

    @Test
    void exportAndImport_whileBothRun_theTwinServesHitsWithoutAnOrigin() throws Exception {
        warm();
        JsonNode exported = done(server.run("export", "--json", export.toString()));
        assertThat(exported.path("blobs").asLong()).isEqualTo(3);
        assertThat(exported.path("lost_blobs").asLong()).isZero();
        assertThat(Files.readAllLines(export.resolve("SHA256SUMS"))).hasSize(4);
        JsonNode imported = done(twin.run("import", "--json", export.toString()));
        assertThat(imported.path("new_entries").asLong()).isEqualTo(3);
        assertThat(imported.path("new_blobs").asLong()).isEqualTo(3);
        servesTheSame();
        JsonNode again = done(twin.run("import", "--json", export.toString()));
        assertThat(again.path("new_entries").asLong()).isZero();
        assertThat(again.path("new_bytes").asLong()).isZero();
        assertThat(again.path("entries").asLong()).isEqualTo(3);
        assertThat(twin.run("verify").status()).isZero();
        assertThat(done(twin.run("gc", "--json")).path("orphans").asLong()).isZero();
    }

    @Test
    void exportAndImport_whileNeitherRuns_isTheSame() throws Exception {
        warm();
        server.stop();
        twin.stop();
        assertThat(done(server.runOnData("export", "--json", export.toString()))
                        .path("blobs")
                        .asLong())
                .isEqualTo(3);
        assertThat(done(twin.runOnData("import", "--json", export.toString()))
                        .path("new_blobs")
                        .asLong())
                .isEqualTo(3);
        server.start();
        twin.start();
        servesTheSame();
    }

    @Test
    void import_databaseLostAfterwards_isMadeAgainFromTheNotes() throws Exception {
        warm();
        server.run("export", export.toString());
        twin.run("import", export.toString());
        twin.stop();
        Files.delete(twin.data().resolve("forebay.db"));
        twin.start();
        servesTheSame();
    }

    @Test
    void export_intoAnEarlierOne_copiesWhatIsNewAndRemovesWhatIsNotNamed() throws Exception {
        server.hit("/pypi" + SMALL);
        server.run("export", export.toString());
        Path small = blobOf(SMALL_BODY);
        server.hit("/pypi" + LARGE);
        JsonNode second = done(server.run("export", "--json", export.toString()));
        assertThat(second.path("blobs").asLong()).isEqualTo(2);
        assertThat(second.path("new_bytes").asLong()).isEqualTo(large().length);
        server.run("purge", "pypi", "demo");
        assertThat(done(server.run("export", "--json", export.toString()))
                        .path("blobs")
                        .asLong())
                .isEqualTo(1);
        assertThat(small).doesNotExist();
        assertThat(files(export).keySet()).hasSize(3).contains("catalog.jsonl", "SHA256SUMS");
    }

    @Test
    void export_ofOneRepository_leavesOthersOut() throws Exception {
        warm();
        JsonNode exported = done(server.run("export", "--json", "--repository", "cran", export.toString()));
        assertThat(exported.path("entries").asLong()).isEqualTo(1);
        assertThat(blobOf(INDEX_BODY)).exists();
        refused(server.run("export", "--repository", "nope", home.resolve("x").toString()), "nope", "cran");
        server.stop();
        refused(
                server.runOnData(
                        "export", "--repository", "nope", home.resolve("x").toString()),
                "nope");
        assertThat(home.resolve("x")).doesNotExist();
    }

    @Test
    void export_ofTheLastDays_leavesOutWhatNobodyUsed() throws Exception {
        warm();
        // The server still writes once when it was used, a second after the download at the latest.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        long entries;
        do {
            sql(server, "UPDATE revisions SET used = 1, validated = 1 WHERE path LIKE '%big-1.0%'");
            entries = done(server.run("export", "--json", "--days", "30", export.toString()))
                    .path("entries")
                    .asLong();
        } while (entries != 2 && System.nanoTime() < deadline);
        assertThat(entries).isEqualTo(2);
        assertThat(done(server.run("export", "--json", export.toString()))
                        .path("entries")
                        .asLong())
                .isEqualTo(3);
        refused(server.run("export", "--days", "0", export.toString()), "--days");
    }

    private static void sql(Running of, String statement) throws Exception {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + of.data().resolve("forebay.db"));
                Statement work = connection.createStatement()) {
            assertThat(work.executeUpdate(statement)).isPositive();
        }
    }

    @Test
    void import_ofABlobWithAFlippedBit_isRefusedByNameAndNothingChanged() throws Exception {
        warm();
        server.run("export", export.toString());
        for (byte[] body : List.of(SMALL_BODY, large())) {
            Path blob = blobOf(body);
            byte[] flipped = body.clone();
            flipped[flipped.length / 2] ^= 1;
            Files.write(blob, flipped);
            refused(twin.run("import", export.toString()), blob.getFileName().toString(), "damaged");
            Files.write(blob, java.util.Arrays.copyOf(body, body.length - 1));
            refused(twin.run("import", export.toString()), blob.getFileName().toString(), "damaged");
            Files.delete(blob);
            refused(twin.run("import", export.toString()), blob.getFileName().toString(), "missing");
            Files.write(blob, body);
        }
        assertThat(Running.json(twin.get("/api/v1/status")).path("blobs").asLong(-1))
                .isZero();
        assertThat(Running.json(twin.get("/api/v1/status")).path("resources").asLong(-1))
                .isZero();
        twin.stop();
        Files.write(blobOf(SMALL_BODY), new byte[SMALL_BODY.length]);
        refused(twin.runOnData("import", export.toString()), "damaged");
        twin.start();
    }

    @Test
    void import_ofAChangedOrCutCatalog_isRefused() throws Exception {
        warm();
        server.run("export", export.toString());
        Path catalog = export.resolve("catalog.jsonl");
        String text = Files.readString(catalog);
        Files.writeString(catalog, text.replace("demo-1.0", "demo-1.1"));
        refused(twin.run("import", export.toString()), "catalog.jsonl");
        Files.writeString(catalog, text.substring(0, text.length() / 2));
        refused(twin.run("import", export.toString()), "catalog.jsonl");
        Files.writeString(catalog, text + "{\"v\":99}\n");
        refused(twin.run("import", export.toString()), "catalog.jsonl");
        Files.delete(catalog);
        refused(twin.run("import", export.toString()), "catalog.jsonl");
        Files.delete(export.resolve("SHA256SUMS"));
        refused(twin.run("import", export.toString()), "SHA256SUMS");
        refused(twin.run("import", home.resolve("nothing").toString()), "is not a directory");
        assertThat(twin.run("import").status()).isEqualTo(2);
    }

    @Test
    void export_whereSomethingElseLies_isRefusedAndLeavesIt() throws Exception {
        Path other = Files.createDirectories(home.resolve("other"));
        Files.writeString(other.resolve("letter"), "dear");
        refused(server.run("export", other.toString()), "holds something that is no export");
        refused(server.run("export", other.resolve("letter").toString()), "is not a directory");
        refused(server.run("export", server.data().resolve("x").toString()), "outside the data directory");
        assertThat(files(other)).containsExactly(Map.entry("letter", "dear"));
        assertThat(server.run("export").status()).isEqualTo(2);
    }

    @Test
    void import_whatWasUploadedHere_staysWhatItIs() throws Exception {
        server.hit("/pypi" + SMALL);
        server.run("export", export.toString());
        twin.origin.on(SMALL, Reply.of(200, OTHER_BODY));
        twin.hit("/pypi" + SMALL);
        twin.stop();
        sql(twin, "UPDATE revisions SET base = 'upload:demo-1.0.tar.gz'");
        JsonNode imported = done(twin.runOnData("import", "--json", export.toString()));
        assertThat(imported.path("kept_local").asLong()).isEqualTo(1);
        assertThat(imported.path("new_entries").asLong()).isZero();
        twin.start();
        assertThat(twin.hit("/pypi" + SMALL).body()).isEqualTo(new String(OTHER_BODY, StandardCharsets.UTF_8));
    }

    @Test
    void exportAndImport_ofAnUpload_isAmongTheRest() throws Exception {
        server.hit("/pypi" + SMALL);
        server.stop();
        sql(server, "UPDATE revisions SET base = 'upload:demo-1.0.tar.gz'");
        server.start();
        done(server.run("export", "--json", export.toString()));
        assertThat(Files.readString(export.resolve("catalog.jsonl"))).contains("upload:demo-1.0.tar.gz");
        assertThat(done(twin.run("import", "--json", export.toString()))
                        .path("new_entries")
                        .asLong())
                .isEqualTo(1);
        assertThat(twin.hit("/pypi" + SMALL).body()).isEqualTo(new String(SMALL_BODY, StandardCharsets.UTF_8));
    }

    @Test
    void import_ofOtherSources_isLeftOut_ofNothingElseRefused() throws Exception {
        warm();
        server.run("export", export.toString());
        Path third = Files.createDirectories(home.resolve("c"));
        Path file = Files.writeString(third.resolve("forebay.toml"), """
                data-dir = "%s"
                [sources.pypi]
                url = "http://127.0.0.1:1"
                [sources.cran]
                enabled = false
                [sources.bioconductor]
                enabled = false
                """.formatted(third.resolve("data")));
        Running.Ran ran = Running.command("import", "--config", file.toString(), "--json", export.toString());
        assertThat(done(ran).path("other_sources").asLong()).isEqualTo(1);
        assertThat(done(ran).path("new_entries").asLong()).isEqualTo(2);
        Path onlyCran = home.resolve("only-cran");
        server.run("export", "--repository", "cran", onlyCran.toString());
        refused(
                Running.command("import", "--config", file.toString(), onlyCran.toString()),
                "holds nothing of the sources here");
    }

    @Test
    void import_largerThanTheCacheMayBe_isRefused() throws Exception {
        warm();
        server.run("export", export.toString());
        Path third = Files.createDirectories(home.resolve("c"));
        Path file = Files.writeString(third.resolve("forebay.toml"), """
                data-dir = "%s"
                [cache]
                max-size = "100 KiB"
                """.formatted(third.resolve("data")));
        refused(Running.command("import", "--config", file.toString(), export.toString()), "cache.max-size");
    }
}
