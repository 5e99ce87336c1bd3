package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the Python clients were seen to send, sent again word for word. */
class PythonReplayIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String JSON_TYPE = "application/vnd.pypi.simple.v1+json";

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
    @DisplayName(
            "pip, newest version: page, metadata, wheel on one connection; failures 11: metadata is what was promised")
    void pip_newest_pageMetadataWheel() throws Exception {
        for (List<String> habit : List.of(Habits.PIP_23_PAGE, Habits.PIP_26_PAGE)) {
            List<String> fileHabit = habit == Habits.PIP_23_PAGE ? Habits.PIP_23_FILE : Habits.PIP_26_FILE;
            try (Wire wire = new Wire()) {
                PythonIndex.File wheel = only("requests");
                Wire.Answer page = wire.get(page("requests"), habit);
                checkPage(page, JSON_TYPE);
                String link = link(page, wheel);
                JsonNode entry = entry(page, wheel);
                Wire.Answer metadata = wire.get(link + ".metadata", fileHabit);
                checkFile(metadata);
                assertThat(metadata.body().sha256())
                        .isEqualTo(entry.get("core-metadata").get("sha256").asString())
                        .isEqualTo(entry.get("data-dist-info-metadata")
                                .get("sha256")
                                .asString());
                Wire.Answer file = wire.get(link, fileHabit);
                checkFile(file);
                assertThat(file.body().sha256()).isEqualTo(wheel.sha256());
            }
        }
    }

    @Test
    @DisplayName(
            "failures 12: the page tells what the origin told: hashes, sizes, times, yanked, all three metadata keys")
    void page_fields_areTheOrigins() throws Exception {
        try (Wire wire = new Wire()) {
            Wire.Answer page = wire.get(page("forebay-sample"), Habits.PIP_23_PAGE);
            List<PythonIndex.File> files = stage.origin().python().files("forebay-sample");
            JsonNode json = JSON.readTree(page.text());
            assertThat(json.get("name").asString()).isEqualTo("forebay-sample");
            assertThat(json.get("meta").get("api-version").asString()).startsWith("1.");
            assertThat(json.get("versions").size()).isEqualTo(5);
            assertThat(json.get("files").size()).isEqualTo(files.size()).isEqualTo(5);
            for (PythonIndex.File file : files) {
                JsonNode entry = entry(page, file);
                assertThat(entry.get("hashes").get("sha256").asString()).isEqualTo(file.sha256());
                assertThat(entry.get("size").asLong()).isEqualTo(file.content().size());
                assertThat(entry.get("upload-time").asString())
                        .isEqualTo(file.uploaded().toString());
                assertThat(yanked(entry)).isEqualTo(file.yanked());
            }
            assertThat(page.header("x-pypi-last-serial")).isPresent();
        }
    }

    private static Optional<String> yanked(JsonNode entry) {
        JsonNode value = entry.get("yanked");
        return value == null || !value.isString() ? Optional.empty() : Optional.of(value.asString());
    }

    @Test
    @DisplayName("pip, old version and old source distribution: the page names every release")
    void pip_oldVersion_works() throws Exception {
        try (Wire wire = new Wire()) {
            Wire.Answer page = wire.get(page("forebay-sample"), Habits.PIP_26_PAGE);
            for (String name : List.of("forebay_sample-1.0-py3-none-any.whl", "forebay_sample-0.9.tar.gz")) {
                PythonIndex.File file = stage.origin().python().file(name);
                assertThat(wire.get(link(page, file), Habits.PIP_26_FILE).body().sha256())
                        .isEqualTo(file.sha256());
            }
        }
    }

    @Test
    @DisplayName("failures 15: a local version is asked with %2B and with +, and is one object")
    void pip_localVersion_plusIsEscapedOrNot() throws Exception {
        try (Wire wire = new Wire()) {
            PythonIndex.File file = stage.origin().python().file("forebay_sample-1.1+local.1-py3-none-any.whl");
            Wire.Answer page = wire.get(page("forebay-sample"), Habits.PIP_23_PAGE);
            String link = link(page, file);
            assertThat(link).contains("%2B");
            stage.origin().forget();
            assertThat(wire.get(link, Habits.PIP_23_FILE).body().sha256()).isEqualTo(file.sha256());
            assertThat(wire.get(link.replace("%2B", "+"), Habits.PIP_23_FILE)
                            .body()
                            .sha256())
                    .isEqualTo(file.sha256());
            if (!stage.direct()) {
                assertThat(stage.origin().gets(file.path())).hasSizeLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    @DisplayName("pip with a cache: If-None-Match gets a 304 that repeats what caches need; failures 13")
    void pip_conditionalPage_304() throws Exception {
        try (Wire wire = new Wire()) {
            Wire.Answer page = wire.get(page("idna"), Habits.PIP_23_PAGE);
            String etag = page.header("etag").orElseThrow();
            Wire.Answer again = wire.get(page("idna"), Habits.PIP_23_PAGE, "If-None-Match: " + etag);
            assertThat(again.status()).isEqualTo(304);
            assertThat(again.header("etag")).contains(etag);
            assertThat(again.header("date")).isPresent();
            assertThat(again.header("vary")).isEqualTo(page.header("vary"));
            assertThat(again.header("cache-control")).isPresent();
            assertThat(again.header("last-modified")).isEqualTo(page.header("last-modified"));
            assertThat(again.header("content-length").orElse("0")).isEqualTo("0");
        }
    }

    @Test
    @DisplayName("pip, no such project: one 404")
    void pip_unknownProject_404() throws Exception {
        try (Wire wire = new Wire()) {
            assertThat(wire.get(page("nosuchpkg"), Habits.PIP_23_PAGE).status()).isEqualTo(404);
        }
    }

    @Test
    @DisplayName("failures 15: a name spelt another way and a missing slash are 301 to the page")
    void page_otherSpelling_301() throws Exception {
        try (Wire wire = new Wire()) {
            for (String spelling : List.of("Forebay.Sample/", "forebay_sample/", "forebay-sample")) {
                Wire.Answer answer = wire.get(stage.simple() + spelling, Habits.PIP_23_PAGE);
                assertThat(answer.status()).as(spelling).isEqualTo(301);
                URI target = answer.url().resolve(answer.header("location").orElseThrow());
                assertThat(target.toString()).isEqualTo(page("forebay-sample"));
            }
        }
    }

    @Test
    @DisplayName("pip fast-deps: HEAD, then small ranges with no-cache, then the whole wheel; failures 10 and 33")
    void pip_fastDeps_headAndRanges() throws Exception {
        try (Wire wire = new Wire()) {
            PythonIndex.File wheel = only("werkzeug");
            String link = link(wire.get(page("werkzeug"), Habits.PIP_23_PAGE), wheel);
            int length = wheel.content().size();
            Wire.Answer head = wire.head(link, Habits.PIP_23_FILE);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("accept-ranges")).contains("bytes");
            assertThat(head.header("content-length")).contains(Integer.toString(length));
            int[][] ranges = {{length - 827, length - 1}, {length - 10_240, length - 828}, {62, 204}, {0, 61}};
            for (int[] range : ranges) {
                checkRange(
                        wire.get(
                                link,
                                Habits.PIP_23_FILE,
                                "Range: bytes=" + range[0] + "-" + range[1],
                                "Cache-Control: no-cache"),
                        wheel,
                        range[0],
                        range[1]);
            }
            Wire.Answer whole = wire.get(link, Habits.PIP_23_FILE);
            assertThat(whole.body().sha256()).isEqualTo(wheel.sha256());
            if (!stage.direct()) {
                assertThat(stage.origin()
                                .seen(seen -> seen.method().equals("GET")
                                        && seen.path().equals(wheel.path())
                                        && !seen.headers().containsKey("range")))
                        .hasSizeLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    @DisplayName("pip resumes a cut body: Range with If-Range; a stale validator gets the whole file")
    void pip_resume_rangeAndIfRange() throws Exception {
        try (Wire wire = new Wire()) {
            PythonIndex.File wheel = only("urllib3");
            String link = link(wire.get(page("urllib3"), Habits.PIP_26_PAGE), wheel);
            String etag = wire.get(link, Habits.PIP_26_FILE).header("etag").orElseThrow();
            assertThat(etag).startsWith("\"");
            int length = wheel.content().size();
            checkRange(
                    wire.get(link, Habits.PIP_26_FILE, "Range: bytes=1000-", "If-Range: " + etag),
                    wheel,
                    1000,
                    length - 1);
            Wire.Answer stale = wire.get(link, Habits.PIP_26_FILE, "Range: bytes=1000-", "If-Range: \"another\"");
            assertThat(stale.status()).isEqualTo(200);
            assertThat(stale.body().sha256()).isEqualTo(wheel.sha256());
        }
    }

    @Test
    @DisplayName("uv: page with a mandatory type, HEAD, tail range, 304 with the same strong ETag, refresh")
    void uv_resolve_works() throws Exception {
        try (Wire wire = new Wire()) {
            PythonIndex.File wheel = only("click");
            Wire.Answer page = wire.get(page("click"), Habits.UV_PAGE);
            checkPage(page, JSON_TYPE);
            String etag = page.header("etag").orElseThrow();
            String modified = page.header("last-modified").orElseThrow();
            Wire.Answer same =
                    wire.get(page("click"), Habits.UV_PAGE, "If-None-Match: " + etag, "If-Modified-Since: " + modified);
            assertThat(same.status()).isEqualTo(304);
            assertThat(same.header("etag")).contains(etag);
            assertThat(wire.get(page("click"), Habits.UV_PAGE, "Cache-Control: no-cache")
                            .status())
                    .isEqualTo(200);
            String link = link(page, wheel);
            int length = wheel.content().size();
            assertThat(wire.head(link, Habits.UV_FILE).header("accept-ranges")).contains("bytes");
            int from = Math.max(0, length - 16_384);
            checkRange(
                    wire.get(link, Habits.UV_FILE, "Range: bytes=" + from + "-" + (length - 1)),
                    wheel,
                    from,
                    length - 1);
            checkFile(wire.get(link, Habits.UV_FILE));
        }
    }

    @Test
    @DisplayName("uv sync --frozen: a file asked cold, no page before, works and is asked of the origin once")
    void uv_lockRestore_coldFile() throws Exception {
        try (Wire wire = new Wire()) {
            PythonIndex.File wheel = only("itsdangerous");
            String base =
                    stage.direct() ? stage.origin().fileHost() : stage.forebay().url() + "/pypi";
            Wire.Answer file = wire.get(base + wheel.path(), Habits.UV_FILE);
            checkFile(file);
            assertThat(file.body().sha256()).isEqualTo(wheel.sha256());
            Wire.Answer again = wire.get(base + wheel.path(), Habits.UV_FILE);
            assertThat(again.header("etag")).isEqualTo(file.header("etag"));
            if (!stage.direct()) {
                assertThat(stage.origin().gets(wheel.path())).hasSize(1);
            }
        }
    }

    @Test
    @DisplayName("poetry 1.3: */* gets HTML with every attribute; a file asked with gzip comes as it is; failures 19")
    void poetry1_html_works() throws Exception {
        try (Wire wire = new Wire()) {
            Wire.Answer page = wire.get(page("forebay-sample"), Habits.POETRY_1);
            checkPage(page, "text/html");
            assertThat(page.text())
                    .contains("data-yanked")
                    .contains("data-requires-python=\"&gt;=3.8\"")
                    .contains("data-core-metadata=\"sha256=")
                    .contains("data-dist-info-metadata=\"sha256=");
            PythonIndex.File file = stage.origin().python().file("forebay_sample-0.9.tar.gz");
            Matcher link = Pattern.compile("href=\"([^\"#]*" + Pattern.quote(file.name()) + ")#sha256=([0-9a-f]{64})\"")
                    .matcher(page.text());
            assertThat(link.find()).isTrue();
            assertThat(link.group(2)).isEqualTo(file.sha256());
            Wire.Answer sdist = wire.get(page.url().resolve(link.group(1)).toString(), Habits.POETRY_1);
            checkFile(sdist);
            assertThat(sdist.body().sha256()).isEqualTo(file.sha256());
        }
    }

    @Test
    @DisplayName("failures 13: JSON, HTML and their gzip forms have an ETag each")
    void page_representations_haveOwnEtags() throws Exception {
        try (Wire wire = new Wire()) {
            String json = etag(wire, "numpy", "Accept: " + JSON_TYPE);
            String html = etag(wire, "numpy", "Accept: text/html");
            Wire.Answer packed = wire.get(page("numpy"), List.of("Accept: " + JSON_TYPE, "Accept-Encoding: gzip"));
            assertThat(json).isNotEqualTo(html);
            if (packed.header("content-encoding").isPresent()) {
                assertThat(packed.header("etag").orElseThrow()).isNotIn(json, html);
            }
            assertThat(etag(wire, "numpy", "Accept: " + JSON_TYPE)).isEqualTo(json);
        }
    }

    private static String etag(Wire wire, String project, String accept) throws Exception {
        String etag = wire.get(page(project), List.of(accept)).header("etag").orElseThrow();
        assertThat(etag).matches("\"[^\"]+\"");
        return etag;
    }

    @Test
    @DisplayName("poetry 2: lazy wheel by suffix range, 416 with the length, resume without If-Range is 206")
    void poetry2_lazyWheel_works() throws Exception {
        try (Wire wire = new Wire()) {
            PythonIndex.File wheel = only("jinja2");
            Wire.Answer page = wire.get(page("jinja2"), Habits.POETRY_2_PAGE);
            checkPage(page, JSON_TYPE);
            String link = link(page, wheel);
            int length = wheel.content().size();
            checkRange(wire.get(link, Habits.POETRY_2_FILE, "Range: bytes=-10000"), wheel, length - 10_000, length - 1);
            Wire.Answer beyond = wire.get(link, Habits.POETRY_2_FILE, "Range: bytes=" + length + "-");
            assertThat(beyond.status()).isEqualTo(416);
            assertThat(beyond.header("content-range")).contains("bytes */" + length);
            checkRange(wire.get(link, Habits.POETRY_2_FILE, "Range: bytes=4096-"), wheel, 4096, length - 1);
            Wire.Answer root = wire.get(stage.simple(), Habits.POETRY_2_PAGE);
            assertThat(root.status()).isEqualTo(200);
            assertThat(root.text()).contains("jinja2").contains("forebay-sample");
        }
    }

    @Test
    @DisplayName("poetry for PyPI itself, and pdm's json_api: project and version JSON")
    void projectJson_works() throws Exception {
        String version = only("flask").version();
        try (Wire wire = new Wire()) {
            String base = stage.direct()
                    ? stage.origin().pypi() + "/pypi"
                    : stage.forebay().url() + "/pypi";
            for (String path : List.of("/flask/json", "/flask/" + version + "/json")) {
                Wire.Answer answer = wire.get(base + path, Habits.POETRY_2_FILE);
                assertThat(answer.status()).as(path).isEqualTo(200);
                JsonNode json = JSON.readTree(answer.text());
                assertThat(json.get("info").get("version").asString()).isEqualTo(version);
                assertThat(json.get("urls").get(0).get("digests").get("sha256").asString())
                        .isEqualTo(only("flask").sha256());
            }
        }
    }

    @Test
    @DisplayName("pdm: lock asks page and wheel, sync asks files alone")
    void pdm_lockAndSync_work() throws Exception {
        PythonIndex.File wheel = only("blinker");
        String link;
        try (Wire wire = new Wire()) {
            Wire.Answer page = wire.get(page("blinker"), Habits.PDM_PAGE);
            checkPage(page, JSON_TYPE);
            link = link(page, wheel);
        }
        for (int connection = 0; connection < 4; connection++) {
            try (Wire wire = new Wire()) {
                Wire.Answer file = wire.get(link, Habits.PDM_FILE);
                checkFile(file);
                assertThat(file.body().sha256()).isEqualTo(wheel.sha256());
            }
        }
    }

    @Test
    @DisplayName("twine and uv publish: 405, Allow and a text, nothing goes to the origin")
    void upload_405() throws Exception {
        String boundary = "bf48d43897fc4ae39098115062e3eacb";
        byte[] form = ("--" + boundary + "\r\nContent-Disposition: form-data; name=\":action\"\r\n\r\nfile_upload\r\n--"
                        + boundary + "--\r\n")
                .getBytes(StandardCharsets.UTF_8);
        for (List<String> habit : List.of(Habits.TWINE, Habits.UV_PUBLISH)) {
            for (String url : List.of(stage.pypi() + "/legacy/", stage.simple())) {
                try (Wire wire = new Wire()) {
                    Wire.Answer answer = wire.ask(
                            "POST",
                            url,
                            habit,
                            form,
                            "Content-Type: multipart/form-data; boundary=" + boundary,
                            "Content-Length: " + form.length);
                    assertThat(answer.status()).as(url).isEqualTo(405);
                    assertThat(answer.header("allow").orElse(""))
                            .contains("GET")
                            .contains("HEAD");
                    assertThat(answer.text()).isNotBlank();
                }
            }
        }
        if (!stage.direct()) {
            assertThat(stage.origin().seen(seen -> seen.method().equals("POST")))
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("failures 33: clients' max-age=0 and no-cache do not make pages be fetched again and again")
    void page_clientsNoCache_isIgnored() throws Exception {
        if (stage.direct()) {
            return;
        }
        try (Wire wire = new Wire()) {
            wire.get(page("certifi"), Habits.PIP_23_PAGE);
            stage.origin().forget();
            for (int times = 0; times < 20; times++) {
                assertThat(wire.get(page("certifi"), Habits.PIP_23_PAGE).status())
                        .isEqualTo(200);
            }
            // Pages are fresh for a second here: one revalidation may have come due, not twenty.
            assertThat(stage.origin().gets("/simple/certifi/")).hasSizeLessThanOrEqualTo(3);
        }
    }

    private static PythonIndex.File only(String project) {
        return stage.origin().python().only(project);
    }

    private static String page(String project) {
        return stage.simple() + project + "/";
    }

    private static JsonNode entry(Wire.Answer page, PythonIndex.File file) {
        for (JsonNode entry : JSON.readTree(page.text()).get("files")) {
            if (entry.get("filename").asString().equals(file.name())) {
                return entry;
            }
        }
        throw new AssertionError("the page does not list " + file.name());
    }

    private static String link(Wire.Answer page, PythonIndex.File file) {
        String link =
                page.url().resolve(entry(page, file).get("url").asString()).toString();
        if (!stage.direct()) {
            assertThat(link).startsWith(stage.forebay().url());
        }
        return link;
    }

    private static void checkPage(Wire.Answer page, String type) {
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("content-type").orElse("")).startsWith(type);
        assertThat(page.header("vary").orElse(""))
                .containsIgnoringCase("accept")
                .doesNotContain("*");
        assertThat(page.header("etag").orElse("")).matches("\"[^\"]+\"");
        assertThat(page.header("date")).isPresent();
        assertThat(page.header("last-modified")).isPresent();
        assertThat(page.header("cache-control").orElse("")).contains("max-age=");
        assertThat(page.header("content-length")).isPresent();
    }

    private static void checkFile(Wire.Answer file) {
        assertThat(file.status()).isEqualTo(200);
        assertThat(file.header("content-length"))
                .contains(Integer.toString(file.body().size()));
        assertThat(file.header("accept-ranges")).contains("bytes");
        assertThat(file.header("etag").orElse("")).matches("\"[^\"]+\"");
        assertThat(file.header("last-modified")).isPresent();
        assertThat(file.header("date")).isPresent();
        assertThat(file.header("cache-control").orElse(""))
                .contains("immutable")
                .contains("max-age=");
        assertThat(file.header("content-encoding")).isEmpty();
    }

    private static void checkRange(Wire.Answer part, PythonIndex.File file, int from, int to) {
        int length = file.content().size();
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.header("content-range")).contains("bytes " + from + "-" + to + "/" + length);
        assertThat(part.header("content-length")).contains(Integer.toString(to - from + 1));
        assertThat(part.body().bytes())
                .isEqualTo(Arrays.copyOfRange(file.content().bytes(), from, to + 1));
    }
}
