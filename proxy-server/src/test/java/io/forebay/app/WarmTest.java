package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.testing.ScriptedOrigin.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What files name, and that a server holds it afterwards. */
class WarmTest {
    private static final String HASH = "ab".repeat(32);

    @TempDir
    Path home;

    private List<Wanted> read(String name, String text) throws IOException {
        return WantedFiles.read(List.of(Files.writeString(home.resolve(name), text)), Files::readString, "python");
    }

    private static Wanted python(String name, String version, String... hashes) {
        return new Wanted("python", Optional.empty(), name, Optional.of(version), "", Set.of(), Set.of(hashes));
    }

    @Test
    void requirements_inEveryForm() throws IOException {
        Files.writeString(home.resolve("more.txt"), "idna==3.7\n-r requirements.txt\n");
        List<Wanted> wanted = read("requirements.txt", """
                # a comment
                --index-url https://example.org/simple
                Flask==3.0.3 ; python_version > "3.8"  # why
                requests[socks] >= 2 \\
                    --hash=sha256:%s
                -r more.txt
                -e ./here
                other @ https://example.org/other.whl
                cran/data.table
                """.formatted(HASH));
        assertThat(wanted)
                .containsExactly(
                        python("Flask", "3.0.3"),
                        new Wanted(
                                "python",
                                Optional.empty(),
                                "requests",
                                Optional.empty(),
                                ">= 2",
                                Set.of("socks"),
                                Set.of(HASH)),
                        python("idna", "3.7"),
                        new Wanted("", Optional.of("cran"), "data.table", Optional.empty(), "", Set.of(), Set.of()));
    }

    @Test
    void locks_ofEachTool() throws IOException {
        assertThat(read("uv.lock", """
                        version = 1
                        [[package]]
                        name = "here"
                        version = "0.1"
                        source = { editable = "." }
                        [[package]]
                        name = "idna"
                        version = "3.7"
                        source = { registry = "https://pypi.org/simple" }
                        wheels = [{ url = "https://x/idna.whl", hash = "sha256:%s", size = 1 }]
                        """.formatted(HASH))).containsExactly(python("idna", "3.7", HASH));
        assertThat(read("poetry.lock", """
                        [[package]]
                        name = "idna"
                        version = "3.7"
                        files = [{file = "idna.whl", hash = "sha256:%s"}]
                        """.formatted(HASH))).containsExactly(python("idna", "3.7", HASH));
        assertThat(read("pylock.toml", """
                        lock-version = "1.0"
                        [[packages]]
                        name = "idna"
                        version = "3.7"
                        wheels = [{name = "idna.whl", hashes = {sha256 = "%s"}}]
                        """.formatted(HASH))).containsExactly(python("idna", "3.7", HASH));
        assertThat(read("renv.lock", """
                        {"Packages": {"R6": {"Package": "R6", "Version": "2.5.1", "Source": "Repository"},
                          "dev": {"Package": "dev", "Version": "1", "Source": "GitHub"}}}
                        """))
                .containsExactly(new Wanted("r", Optional.empty(), "R6", Optional.of("2.5.1"), "", Set.of(), Set.of()));
    }

    @ParameterizedTest
    @CsvSource({"requirements.txt,=1.0", "requirements.txt,two words", "uv.lock,[[", "renv.lock,{"})
    void brokenFiles_areNamed(String name, String text) {
        assertThatThrownBy(() -> read(name, text))
                .isInstanceOf(WrongUse.class)
                .hasMessageContaining(name)
                .message()
                .hasLineCount(1);
    }

    @Test
    void warm_aListOfNames_isHeldAfterwards() throws Exception {
        try (Running server = new Running(home)) {
            String page = """
                    {"meta":{"api-version":"1.1"},"name":"demo","versions":["1.0","2.0"],"files":[
                    {"filename":"demo-1.0.tar.gz","url":"%1$s/packages/aa/bb/01/demo-1.0.tar.gz","hashes":{},
                     "upload-time":"2024-01-01T00:00:00Z","size":3},
                    {"filename":"demo-2.0.tar.gz","url":"%1$s/packages/aa/bb/02/demo-2.0.tar.gz","hashes":{},
                     "upload-time":"2025-01-01T00:00:00Z","size":2}]}
                    """.formatted(server.origin.url(""));
            server.origin.on(
                    "/simple/demo/",
                    Reply.of(
                            200,
                            page.getBytes(StandardCharsets.UTF_8),
                            "content-type: application/vnd.pypi.simple.v1+json"));
            byte[] gzip = {0x1f, (byte) 0x8b};
            server.origin.on("/packages/aa/bb/02/demo-2.0.tar.gz", Reply.of(200, gzip));
            byte[] index =
                    gzip("Package: aa\nVersion: 1.0\nImports: bb (>= 1),\n  stats\n\nPackage: bb\nVersion: 2.0\n");
            server.origin.on("/src/contrib/PACKAGES.gz", Reply.of(200, index));
            server.origin.on("/src/contrib/aa_1.0.tar.gz", Reply.of(200, gzip("a")));
            server.origin.on("/src/contrib/bb_2.0.tar.gz", Reply.of(200, gzip("b")));
            Path list = Files.writeString(home.resolve("list.txt"), "demo\ncran/aa\n");
            Running.Ran ran = server.run("warm", list.toString());
            assertThat(ran.err()).isEmpty();
            assertThat(ran.status()).isZero();
            assertThat(ran.out()).startsWith("2 packages, 3 files, ");
            long asked = server.origin.requests().size();
            server.hit("/cran/src/contrib/bb_2.0.tar.gz");
            assertThat(server.origin.requests()).hasSize((int) asked);
            Path wrong = Files.writeString(home.resolve("wrong.txt"), "absent==1\n");
            Running.Ran failed = server.run("warm", wrong.toString());
            assertThat(failed.status()).isEqualTo(1);
            assertThat(failed.err()).contains("absent");
            assertThat(server.run("warm", "--repository", "nope", list.toString())
                            .status())
                    .isEqualTo(2);
        }
    }

    /** A project with a wheel for each version, and what the newest one needs. */
    private static void project(Running server, String name, List<String> versions, String... needs) {
        StringBuilder files = new StringBuilder();
        for (String version : versions) {
            String path = "/packages/" + name + "/" + name + "-" + version + "-py3-none-any.whl";
            files.append(files.isEmpty() ? "" : ",")
                    .append("{\"filename\":\"%1$s-%2$s-py3-none-any.whl\",\"url\":\"%3$s\",\"hashes\":{},"
                                    .formatted(name, version, server.origin.url("") + path)
                            + "\"core-metadata\":true}");
            server.origin.on(path, Reply.of(200, new byte[] {'P', 'K', 3, 4, (byte) name.hashCode()}));
            StringBuilder metadata =
                    new StringBuilder("Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n");
            for (String need : needs) {
                metadata.append("Requires-Dist: ").append(need).append('\n');
            }
            server.origin.on(
                    path + ".metadata", Reply.of(200, metadata.toString().getBytes(StandardCharsets.UTF_8)));
        }
        String page = "{\"meta\":{\"api-version\":\"1.1\"},\"name\":\"%s\",\"files\":[%s]}".formatted(name, files);
        server.origin.on(
                "/simple/" + name + "/",
                Reply.of(
                        200,
                        page.getBytes(StandardCharsets.UTF_8),
                        "content-type: application/vnd.pypi.simple.v1+json"));
    }

    @Test
    void warm_aNameWithoutALock_fetchesWhatItNeedsAsWell() throws Exception {
        try (Running server = new Running(home)) {
            server.origin.otherwise(Reply.of(404, new byte[0]));
            project(
                    server,
                    "app",
                    List.of("1.0", "2.0", "3.0rc1"),
                    "lib<2,>=1.1; python_version >= '3.8'",
                    "colorama ; sys_platform == 'win32'",
                    "pinned",
                    "socks>1 ; extra == 'net'",
                    "docs ; extra == 'docs'");
            project(server, "lib", List.of("1.0", "1.10", "1.9", "2.0"), "deep (>=1)", "app");
            project(server, "deep", List.of("1.0"));
            project(server, "pinned", List.of("1.0", "2.0"));
            project(server, "socks", List.of("1.0", "1.1"));
            Path list = Files.writeString(home.resolve("list.txt"), "app[net]\npinned==1.0\n");
            Running.Ran ran = server.run("warm", list.toString());
            assertThat(ran.err()).isEmpty();
            assertThat(ran.status()).isZero();
            assertThat(server.origin.requests().stream()
                            .map(request -> request.target())
                            .filter(path -> path.endsWith(".whl"))
                            .map(path -> path.replaceFirst(".*/", "").replaceFirst("-py3.*", ""))
                            .toList())
                    .containsExactlyInAnyOrder("app-2.0", "pinned-1.0", "lib-1.10", "deep-1.0", "socks-1.1");
            Path wrong = Files.writeString(home.resolve("wrong.txt"), "lib>=3\n");
            assertThat(server.run("warm", wrong.toString()).err()).contains("lib >=3: the index has no such file");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1.0.dev1, 1.0a1.dev1",
        "1.0a1.dev1, 1.0a1",
        "1.0a1, 1.0a1.post1",
        "1.0a1, 1.0b1",
        "1.0b2, 1.0rc1",
        "1.0rc1, 1.0",
        "1.0, 1.0.post1",
        "1.0.post1.dev1, 1.0.post1",
        "1.9, 1.10",
        "2024.1, 1!1.0",
    })
    void versions_areInTheOrderOfPep440(String lower, String higher) {
        assertThat(PythonVersion.of(lower).orElseThrow())
                .isLessThan(PythonVersion.of(higher).orElseThrow());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1.0 | ==1 | true",
                "1.0.1 | ==1.0 | false",
                "1.0.1 | ==1.0.* | true",
                "1 | ==1.0.* | true",
                "1.1 | !=1.0.*,>=1 | true",
                "1.0.5 | !=1.0.* | false",
                "2.2.9 | ~=2.2 | true",
                "3.0 | ~=2.2 | false",
                "2.2.5 | ~=2.2.4 | true",
                "2.3 | ~=2.2.4 | false",
                "2.0rc1 | <2 | false",
                "1.7.post1 | >1.7 | false",
                "1.8 | > 1.7 , < 2 | true",
                "2.0 | >=1,<2 | false",
            })
    void versions_areInARangeOrNot(String version, String range, boolean isIn) {
        assertThat(PythonVersion.of(version).orElseThrow().isIn(range)).isEqualTo(isIn);
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void progress_isABarOrACount() {
        assertThat(ProgressBar.text("verify", 15, 60, "files"))
                .isEqualTo("verify [#######                       ] 25% 15/60 files");
        assertThat(ProgressBar.text("backup", 15, 0, "bytes")).isEqualTo("backup 15 bytes");
    }
}
