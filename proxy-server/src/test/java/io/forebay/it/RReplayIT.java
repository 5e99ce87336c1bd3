package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What R and its package managers were seen to send, sent again word for word. */
class RReplayIT {
    private static Stage stage;

    @BeforeAll
    static void open(@TempDir Path directory) throws Exception {
        stage = Stage.open(directory);
    }

    @AfterAll
    static void close() throws Exception {
        if (stage != null) {
            stage.close();
        }
    }

    @Test
    @DisplayName("base R: PACKAGES.rds with Pragma: no-cache, then each tarball on a new connection")
    void baseR_install_works() throws Exception {
        same(ask("GET", "/src/contrib/PACKAGES.rds", Habits.R_INDEX), "src/contrib/PACKAGES.rds");
        for (String name : List.of("withr", "glue")) {
            String file = "src/contrib/" + tarball(name);
            Wire.Answer answer = ask("GET", "/" + file, Habits.R_FILE);
            same(answer, file);
            assertThat(answer.header("accept-ranges")).contains("bytes");
        }
    }

    @Test
    @DisplayName("base R and wget: every form of the index, bytes verbatim, no Content-Encoding; failures 19")
    void index_everyForm_verbatim() throws Exception {
        for (String form : List.of("PACKAGES.rds", "PACKAGES.gz", "PACKAGES")) {
            same(ask("GET", "/src/contrib/" + form, Habits.R_INDEX), "src/contrib/" + form);
            same(ask("GET", "/src/contrib/" + form, Habits.WGET_INDEX), "src/contrib/" + form);
            same(ask("GET", "/src/contrib/" + form, Habits.PAK), "src/contrib/" + form);
        }
    }

    @Test
    @DisplayName("failures 33: Pragma: no-cache of every R session does not reach the origin")
    void index_noCache_isIgnored() throws Exception {
        ask("GET", "/src/contrib/PACKAGES.rds", Habits.R_INDEX);
        stage.origin().forget();
        for (int session = 0; session < 20; session++) {
            assertThat(ask("GET", "/src/contrib/PACKAGES.rds", Habits.R_INDEX).status())
                    .isEqualTo(200);
        }
        if (!stage.direct()) {
            assertThat(stage.origin().gets("/cran/src/contrib/PACKAGES.rds")).hasSizeLessThanOrEqualTo(3);
        }
    }

    @Test
    @DisplayName("base R, a platform without binaries: three times 404")
    void binaries_absent_404() throws Exception {
        for (String tree : List.of("/bin/windows/contrib/4.2", "/bin/macosx/big-sur-arm64/contrib/4.2")) {
            for (String form : List.of("PACKAGES.rds", "PACKAGES.gz", "PACKAGES")) {
                assertThat(ask("GET", tree + "/" + form, Habits.R_INDEX).status())
                        .isEqualTo(404);
            }
        }
    }

    @Test
    @DisplayName("failures 15: a double slash in the path is one")
    void path_doubleSlash_isOne() throws Exception {
        same(ask("GET", "//src/contrib/PACKAGES.gz", Habits.R_INDEX), "src/contrib/PACKAGES.gz");
    }

    @Test
    @DisplayName("base R: CRAN's databases without Pragma")
    void databases_work() throws Exception {
        for (String file :
                List.of("web/packages/packages.rds", "src/contrib/Meta/archive.rds", "src/contrib/Meta/current.rds")) {
            same(ask("GET", "/" + file, Habits.R_FILE), file);
        }
    }

    @Test
    @DisplayName("failures 10: curlGetHeaders and repo_status: HEAD says what GET says and makes nothing")
    void head_equalsGet() throws Exception {
        for (String file : List.of(
                "src/contrib/PACKAGES",
                "src/contrib/PACKAGES.gz",
                "src/contrib/PACKAGES.rds",
                "src/contrib/" + tarball("ps"))) {
            Wire.Answer head = ask("HEAD", "/" + file, Habits.PAK);
            assertThat(head.status()).isEqualTo(200);
            Wire.Answer get = ask("GET", "/" + file, Habits.PAK);
            same(get, file);
            assertThat(head.header("content-length")).isEqualTo(get.header("content-length"));
            // What a HEAD of something cold says of validators is the origin's word; what is stored has Forebay's own.
            Wire.Answer warm = ask("HEAD", "/" + file, Habits.PAK);
            assertThat(warm.header("etag")).isEqualTo(get.header("etag"));
            assertThat(warm.header("last-modified")).isEqualTo(get.header("last-modified"));
        }
    }

    @Test
    @DisplayName("pak: PACKAGES.gz and archive.rds again with If-None-Match are 304, METADATA2.gz is 404")
    void pak_metadata_works() throws Exception {
        for (String file : List.of("src/contrib/PACKAGES.gz", "src/contrib/Meta/archive.rds")) {
            Wire.Answer first = ask("GET", "/" + file, Habits.PAK);
            same(first, file);
            String etag = first.header("etag").orElseThrow();
            Wire.Answer second = ask("GET", "/" + file, Habits.PAK, "If-None-Match: " + etag);
            assertThat(second.status()).isEqualTo(304);
            assertThat(second.header("etag")).contains(etag);
            assertThat(second.header("date")).isPresent();
        }
        assertThat(ask("GET", "/src/contrib/METADATA2.gz", Habits.PAK).status()).isEqualTo(404);
    }

    @Test
    @DisplayName(
            "failures 20: pak's race: the current and the Archive URL at once; whoever answers has the right bytes")
    void pak_currentAndArchiveAtOnce_work() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(6);
        try {
            List<Future<Wire.Answer>> current = new ArrayList<>();
            List<Future<Wire.Answer>> archived = new ArrayList<>();
            List<String> names = List.of("cli", "fansi", "digest");
            for (String name : names) {
                current.add(pool.submit(asking("/src/contrib/" + tarball(name))));
                archived.add(pool.submit(asking("/src/contrib/Archive/" + name + "/" + tarball(name))));
            }
            for (int at = 0; at < names.size(); at++) {
                same(current.get(at).get(), "src/contrib/" + tarball(names.get(at)));
                Wire.Answer other = archived.get(at).get();
                assertThat(other.status()).isIn(200, 404);
                if (other.status() == 200) {
                    same(other, "src/contrib/" + tarball(names.get(at)));
                }
            }
            if (!stage.direct()) {
                assertThat(stage.origin().gets("/cran/src/contrib/" + tarball("cli")))
                        .hasSize(1);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static Callable<Wire.Answer> asking(String path) {
        return () -> ask("GET", path, Habits.PAK);
    }

    @Test
    @DisplayName(
            "renv restore: index, HEAD PACKAGES without a foreign server's marks, the archived tarball twice, 16 at once")
    void renv_restore_works() throws Exception {
        same(ask("GET", "/src/contrib/PACKAGES.rds", Habits.RENV), "src/contrib/PACKAGES.rds");
        Wire.Answer head = ask("HEAD", "/src/contrib/PACKAGES", Habits.RENV);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("x-artifactory-id")).isEmpty();
        assertThat(head.header("server").orElse("")).doesNotContain("Nexus");
        String old = "src/contrib/Archive/R6/R6_2.4.0.tar.gz";
        same(ask("GET", "/" + old, Habits.RENV), old);
        ExecutorService pool = Executors.newFixedThreadPool(16);
        try {
            List<Future<Wire.Answer>> answers = new ArrayList<>();
            for (int connection = 0; connection < 16; connection++) {
                answers.add(pool.submit(() -> ask("GET", "/" + old, Habits.RENV)));
            }
            for (Future<Wire.Answer> answer : answers) {
                same(answer.get(), old);
            }
        } finally {
            pool.shutdownNow();
        }
        if (!stage.direct()) {
            assertThat(stage.origin().gets("/cran/" + old)).hasSize(1);
        }
    }

    @Test
    @DisplayName("remotes, a package that is not there: index, archive.rds, 404")
    void remotes_missing_404() throws Exception {
        same(ask("GET", "/src/contrib/PACKAGES.rds", Habits.R_INDEX), "src/contrib/PACKAGES.rds");
        same(ask("GET", "/src/contrib/Meta/archive.rds", Habits.R_FILE), "src/contrib/Meta/archive.rds");
        assertThat(ask("GET", "/src/contrib/Archive/none/none_1.0.tar.gz", Habits.R_FILE)
                        .status())
                .isEqualTo(404);
    }

    @Test
    @DisplayName("BiocManager: config.yaml, probes that hang up after a byte, then six indexes")
    void biocManager_available_works() throws Exception {
        String base = stage.bioconductor();
        String packages = "/packages/" + Fixtures.biocRelease();
        try (Wire wire = new Wire()) {
            Wire.Answer config = wire.get(base + "/config.yaml", Habits.R_FILE);
            assertThat(config.status()).isEqualTo(200);
            assertThat(config.body().bytes())
                    .isEqualTo(Files.readAllBytes(Fixtures.bioconductor().resolve("config.yaml")));
        }
        List<String> trees = List.of("bioc", "data/annotation", "data/experiment", "workflows", "books");
        for (String form : List.of("PACKAGES.rds", "PACKAGES.gz")) {
            for (String tree : trees) {
                String url = base + packages + "/" + tree + "/src/contrib/" + form;
                assertThat(Wire.askAndHangUp(url, Habits.R_FILE, 12)).isEqualTo("HTTP/1.1 200");
            }
        }
        for (String tree : trees) {
            String path = packages + "/" + tree + "/src/contrib/PACKAGES.rds";
            try (Wire wire = new Wire()) {
                Wire.Answer answer = wire.get(base + path, Habits.R_INDEX);
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body().bytes())
                        .isEqualTo(Files.readAllBytes(Fixtures.bioconductor().resolve(path.substring(1))));
            }
        }
    }

    @Test
    @DisplayName("a directory listing passes through")
    void listing_passesThrough() throws Exception {
        Wire.Answer answer = ask("GET", "/src/contrib/Archive/R6/", Habits.R_FILE);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).contains("R6_2.4.0.tar.gz");
    }

    private static String tarball(String name) {
        return name + "_" + Fixtures.cranVersion(name) + ".tar.gz";
    }

    private static Wire.Answer ask(String method, String path, List<String> habit, String... more) throws Exception {
        try (Wire wire = new Wire()) {
            return wire.ask(method, stage.cran() + path, habit, new byte[0], more);
        }
    }

    /** The answer is the origin's file, and says what clients need to know of it. */
    private static void same(Wire.Answer answer, String file) throws Exception {
        assertThat(answer.status()).as(file).isEqualTo(200);
        assertThat(answer.body().bytes())
                .as(file)
                .isEqualTo(Files.readAllBytes(Fixtures.cran().resolve(file)));
        assertThat(answer.header("content-length"))
                .contains(Integer.toString(answer.body().size()));
        assertThat(answer.header("content-encoding")).isEmpty();
        assertThat(answer.header("etag").orElse("")).matches("\"[^\"]+\"");
        assertThat(answer.header("last-modified")).isPresent();
        assertThat(answer.header("date")).isPresent();
    }
}
