package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.select.Elements;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages of a running server whose origin is hostile: what it says of packages is made to break out of pages. */
class PagesTest {
    private static final String HOSTILE = "<script>alert(1)</script>\\\"'><img src=x onerror=alert(2)>";
    private static final String FILE = "bad-2.0-py3-none-any.whl";
    private static final AtomicInteger ASKED = new AtomicInteger();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static HttpServer origin;
    private static DataDirectory directory;
    private static RunningServer server;

    @BeforeAll
    static void start(@TempDir Path temporary) throws Exception {
        origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        origin.createContext("/", exchange -> {
            ASKED.incrementAndGet();
            String path = exchange.getRequestURI().getPath();
            Optional<String> body = body(path);
            if (path.startsWith("/simple")) {
                exchange.getResponseHeaders().set("content-type", "application/vnd.pypi.simple.v1+json");
            }
            byte[] bytes = body.orElse("none").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(body.isPresent() ? 200 : path.contains("broken") ? 500 : 404, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        origin.start();
        String base = "http://127.0.0.1:" + origin.getAddress().getPort();
        Path file = Files.writeString(
                temporary.resolve("forebay.toml"), """
                listen = "127.0.0.1:0"
                data-dir = "%s"
                [log]
                access = false
                [sources.cran]
                url = "%s/cran"
                [sources.bioconductor]
                enabled = false
                [sources.pypi]
                url = "%s"
                file-hosts = ["%s"]
                """.formatted(temporary.resolve("data"), base, base, base));
        Configured configured = new Configured(() -> ConfigurationReader.read(Optional.of(file), Map.of(), List.of()));
        directory = DataDirectory.open(configured.configuration().dataDir());
        server = Server.start(configured, directory);
        for (String path : List.of(
                "/pypi/latest/simple/",
                "/pypi/latest/simple/bad/",
                "/pypi/latest/packages/aa/" + FILE + ".metadata",
                "/pypi/latest/packages/aa/" + FILE,
                "/cran/latest/src/contrib/PACKAGES")) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(200);
        }
        assertThat(get("/pypi/latest/simple/broken/%22%3E%3Cscript%3E").statusCode())
                .isGreaterThanOrEqualTo(400);
        // No tar.gz: refused, and told of on the page of activity.
        assertThat(get("/pypi/latest/packages/aa/bad-1.0.tar.gz").statusCode()).isGreaterThanOrEqualTo(500);
        assertThat(get("/pypi/latest/simple/broken/").statusCode()).isGreaterThanOrEqualTo(500);
        assertThat(get("/cran/latest/src/contrib/broken_1.0.tar.gz?%3Cscript%3Ealert(1)%3C/script%3E")
                        .statusCode())
                .isGreaterThanOrEqualTo(500);
    }

    private static Optional<String> body(String path) {
        return Optional.ofNullable(
                switch (path) {
                    case "/simple/" ->
                        "{\"meta\":{},\"projects\":[{\"name\":\"bad\"},{\"name\":\"Never_Asked\"},{\"name\":\""
                                + HOSTILE + "\"}]}";
                    case "/simple/bad/" -> """
                    {"meta":{"api-version":"1.1"},"name":"bad","files":[
                     {"filename":"%s","url":"/packages/aa/%s","hashes":{},"requires-python":">=3 %s","yanked":false},
                     {"filename":"bad-1.0.tar.gz","url":"/packages/aa/bad-1.0.tar.gz","hashes":{},"yanked":"%s"}]}""".formatted(FILE, FILE, HOSTILE, HOSTILE);
                    case "/packages/aa/" + FILE + ".metadata" ->
                        "Name: bad\nSummary: " + HOSTILE + "\nLicense: <b>x</b>\nRequires-Dist: " + HOSTILE + "\n";
                    case "/packages/aa/" + FILE -> "PK\u0003\u0004 and no more of a wheel";
                    case "/packages/aa/bad-1.0.tar.gz" -> "<html>a login page</html>";
                    case "/cran/src/contrib/PACKAGES" ->
                        "Package: evil\nVersion: 1.0\nLicense: " + HOSTILE + "\nImports: " + HOSTILE
                                + "\n\nPackage: <script>\nVersion: 1\n";
                    default -> null;
                });
    }

    @AfterAll
    static void stop() {
        server.stop(Duration.ZERO);
        directory.close();
        origin.stop(0);
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send("GET", path);
    }

    private static HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
        return HTTP.send(
                HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static Document page(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        return Jsoup.parse(answer.body(), answer.uri().toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/-/setup",
                "/-/setup?client=%22%3E%3Cscript%3E&repository=%3Cscript%3E",
                "/-/packages",
                "/-/packages?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
                "/-/packages?q=e&repository=%3Cscript%3E",
                "/-/packages/pypi/bad",
                "/-/packages/cran/evil",
                "/-/activity"
            })
    void pages_hostileInput_holdNothingButTheirOwnMarkup(String path) throws Exception {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).isEqualTo(200);
        Document page = Jsoup.parse(answer.body(), answer.uri().toString());
        assertThat(page.select("script").eachAttr("src"))
                .hasSize(1)
                .allMatch(src -> src.contains("static/pages.js?v="));
        assertThat(page.select("script").html()).isEmpty();
        assertThat(page.select("img, iframe, object, style, base, b, [style]")).isEmpty();
        assertThat(page.getAllElements())
                .allSatisfy(element -> assertThat(element.attributes().asList())
                        .noneMatch(attribute -> attribute.getKey().startsWith("on")));
        assertThat(answer.headers().firstValue("content-security-policy").orElse(""))
                .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(answer.headers().firstValue("x-frame-options")).contains("DENY");
        assertThat(answer.headers().firstValue("x-content-type-options")).contains("nosniff");
        assertThat(answer.headers().firstValue("referrer-policy")).contains("no-referrer");
        assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
        assertThat(answer.headers().allValues("set-cookie")).isEmpty();
        assertThat(page.select("html").attr("lang")).isEqualTo("en");
        assertThat(page.select("h1")).hasSize(1);
        assertThat(page.select("[id]").eachAttr("id")).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/-/setup", "/-/packages", "/-/packages/pypi/bad", "/-/activity", "/-/nothing"})
    void links_ofEveryPage_leadSomewhere(String path) throws Exception {
        HttpResponse<String> answer = get(path);
        Document page = Jsoup.parse(answer.body(), answer.uri().toString());
        List<String> links = page.select("a[href]:not(.skip), link[href]").eachAttr("abs:href");
        links.addAll(page.select("script").eachAttr("abs:src"));
        assertThat(links).hasSizeGreaterThan(6);
        for (String link : links) {
            URI uri = URI.create(link);
            String target = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
            assertThat(get(target).statusCode()).as(link).isEqualTo(200);
        }
        // Relative, so that they work below the path of a reverse proxy.
        assertThat(page.select("[href^=/], [src^=/], [action^=/]")).isEmpty();
    }

    @Test
    void home_showsFiguresRepositoriesAndSources() throws Exception {
        Document page = page("/");
        assertThat(page.select(".tile dt").eachText())
                .containsExactly("Served from here", "Requests", "Saved", "Fetching now");
        assertThat(Integer.parseInt(page.select(".tile .value").get(1).text())).isGreaterThanOrEqualTo(7);
        assertThat(page.select(".tile .value").get(0).text()).matches("[0-9]+ %");
        assertThat(page.select(".sources strong").eachText()).containsExactly("cran", "pypi");
        assertThat(page.select("#hour rect")).isNotEmpty();
        assertThat(page.select("tbody th").eachText()).containsExactly("cran", "pypi");
    }

    @Test
    void home_theLast30Days_haveABarForEachDayWithDownloads() throws Exception {
        Element chart = page("/").selectFirst("svg:has(#month-chart)");
        assertThat(chart.select("#month-chart").text())
                .matches("Downloads on each of the last 30 days: 1 download of packages, [0-9]+ B in all");
        Elements days = chart.select("g");
        assertThat(days).hasSize(30);
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        for (int i = 0; i < 29; i++) {
            assertThat(days.get(i).text()).endsWith(": 0 downloads, 0 B");
            assertThat(days.get(i).select("rect")).isEmpty();
        }
        assertThat(days.get(0).text())
                .contains(Integer.toString(today.minusDays(29).getDayOfMonth()));
        assertThat(days.get(29).text())
                .contains(Integer.toString(today.getDayOfMonth()))
                .matches(".*: 1 download, [0-9]+ B");
        assertThat(days.get(29).select("rect.bar-part").attr("height"))
                .as("the most of all, so the whole height")
                .isEqualTo("160.0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            client=pip&repository=pypi                        | index-url = BASE/pypi/latest/simple/
            client=uv&date=2026-01-31                         | url = "BASE/pypi/2026-01-31/simple/"
            client=poetry                                     | url = "BASE/pypi/latest/simple/"
            client=conda                                      | - --index-url BASE/pypi/latest/simple/
            client=install-packages                           | options(repos = c(CRAN = "BASE/cran/latest"))
            client=pak&repository=pypi                        | options(repos = c(CRAN = "BASE/cran/latest"))
            client=renv&date=2026-01-31                       | RENV_CONFIG_REPOS_OVERRIDE=BASE/cran/2026-01-31
            client=dockerfile&repository=pypi                 | ENV PIP_INDEX_URL=BASE/pypi/latest/simple/
            client=dockerfile&repository=cran                 | options(repos = c(CRAN = "BASE/cran/latest"))
            client=github-actions&repository=pypi             | PIP_INDEX_URL: BASE/pypi/latest/simple/
            repository=cran                                   | options(repos = c(CRAN = "BASE/cran/latest"))
            client=nonsense&repository=nonsense&date=         | index-url = BASE/pypi/latest/simple/
            """)
    void setup_choiceWithoutScript_showsTheLines(String query, String line) throws Exception {
        String base = "http://127.0.0.1:" + server.address().getPort();
        Document page = page("/-/setup?" + query);
        assertThat(page.select("pre code").eachText()).anyMatch(text -> text.contains(line.replace("BASE", base)));
    }

    @Test
    void setup_clientWithoutARepository_isNotOffered() throws Exception {
        assertThat(page("/-/setup").select("input[name=client]").eachAttr("value"))
                .contains("pip", "renv", "dockerfile")
                .doesNotContain("biocmanager");
    }

    @Test
    void setup_impossibleDate_is400AndSaysWhy() throws Exception {
        for (String date : List.of(
                "2026-02-30",
                "tomorrow",
                "%22%3E%3Cscript%3E",
                LocalDate.now(ZoneOffset.UTC).plusDays(2).toString())) {
            HttpResponse<String> answer = get("/-/setup?date=" + date);
            assertThat(answer.statusCode()).as(date).isEqualTo(400);
            Document page = Jsoup.parse(answer.body());
            assertThat(page.select("#date-note.error").text()).isNotEmpty();
            assertThat(page.select("#date").attr("aria-invalid")).isEqualTo("true");
            assertThat(page.select("pre").text()).contains("/latest").doesNotContain(date);
        }
    }

    @Test
    void search_findsListedUsedAndNormalisedNames() throws Exception {
        assertThat(page("/-/packages?q=BAD").select(".name").eachText()).containsExactly("bad");
        assertThat(page("/-/packages?q=never_a").select(".name").eachText()).containsExactly("never-asked");
        assertThat(page("/-/packages?q=evil&repository=pypi").select(".name")).isEmpty();
        assertThat(page("/-/packages?q=evil&repository=cran").select(".name").eachText())
                .containsExactly("evil");
        assertThat(page("/-/packages?q=script").select(".name")).isEmpty();
    }

    @Test
    void package_showsWhatHeldIndexesSay_andAsksNoOrigin() throws Exception {
        int before = ASKED.get();
        Document page = page("/-/packages/pypi/bad");
        assertThat(page.select("h1").text()).isEqualTo("bad");
        assertThat(page.select("#install").text()).isEqualTo("pip install bad==2.0");
        assertThat(page.select(".lead").text()).contains("<script>alert(1)</script>");
        assertThat(page.select(".facts").text()).contains("Python >=3", "<b>x</b>", "1 file");
        assertThat(page.select("tbody tr").eachText())
                .satisfiesExactly(
                        newest -> assertThat(newest).startsWith("2.0").contains("yes"),
                        oldest -> assertThat(oldest).startsWith("1.0 yanked"));
        assertThat(page("/-/packages/cran/evil").select(".facts").text()).contains("Newest version 1.0");
        page("/-/activity");
        page("/-/packages?q=zzz");
        assertThat(get("/-/packages/pypi/unheard-of").statusCode()).isEqualTo(404);
        assertThat(ASKED.get()).isEqualTo(before);
    }

    @Test
    void package_namesThatAreNone_are404AndOtherSpellingsLeadToTheOne() throws Exception {
        for (String name : List.of("%3Cscript%3E", "a%22b", "-x", "a%20b", "x".repeat(300))) {
            assertThat(get("/-/packages/pypi/" + name).statusCode()).as(name).isEqualTo(404);
        }
        assertThat(get("/-/packages/nothing/bad").statusCode()).isEqualTo(404);
        assertThat(get("/-/packages/cran/EVIL").statusCode()).isEqualTo(404);
        HttpResponse<String> other = get("/-/packages/pypi/BAD");
        assertThat(other.statusCode()).isEqualTo(301);
        assertThat(other.headers().firstValue("location")).contains("bad");
        HttpResponse<String> slash = get("/-/setup/?client=uv");
        assertThat(slash.statusCode()).isEqualTo(301);
        assertThat(slash.headers().firstValue("location")).contains("../setup?client=uv");
    }

    @Test
    void package_listedAndNeverAsked_isKnownByName() throws Exception {
        Document page = page("/-/packages/pypi/never-asked");
        assertThat(page.select("#install").text()).isEqualTo("pip install never-asked");
        assertThat(page.text()).contains("index is not held here");
    }

    @Test
    void activity_showsUseAndFailuresEscaped() throws Exception {
        Document page = page("/-/activity");
        assertThat(page.select("h2").eachText())
                .containsExactly("Disk", "Most used", "Newest", "Largest", "Slowest", "Refused", "Failed answers");
        assertThat(page.select("[aria-label=Newest] .file").eachText()).containsExactly(FILE);
        assertThat(page.select("[aria-label=Failed answers] .file").eachText())
                .contains("/pypi/latest/packages/aa/bad-1.0.tar.gz")
                .contains("/cran/latest/src/contrib/broken_1.0.tar.gz?%3Cscript%3Ealert(1)%3C/script%3E");
        assertThat(page.select("[aria-label=Failed answers] tr:contains(bad-1.0.tar.gz) td")
                        .eachText())
                .element(1)
                .isEqualTo("The bytes were not what was promised of them.");
        assertThat(page.select("[aria-label=Failed answers] tr:contains(broken_1.0) td")
                        .eachText())
                .element(1)
                .isEqualTo("The origin could not be reached.");
        assertThat(page.select("dt:contains(Evicted since the start) + dd").text())
                .isEqualTo("nothing");
    }

    @Test
    void assets_areServedWithTheirTypes() throws Exception {
        assertThat(get("/static/pages.css?v=1").headers().firstValue("content-type"))
                .contains("text/css; charset=utf-8");
        assertThat(get("/static/pages.css?v=1")
                        .headers()
                        .firstValue("cache-control")
                        .orElse(""))
                .contains("immutable");
        assertThat(get("/static/pages.css")
                        .headers()
                        .firstValue("cache-control")
                        .orElse(""))
                .doesNotContain("immutable");
        assertThat(get("/favicon.ico").headers().firstValue("content-type")).contains("image/svg+xml");
        assertThat(get("/robots.txt").body()).contains("Disallow: /");
        for (String none : List.of("/static/", "/static/Site.class", "/static/a/b", "/-/", "/-/packages/pypi")) {
            assertThat(get(none).statusCode()).as(none).isIn(301, 404);
        }
    }

    @Test
    void methods_otherThanReading_areRefused() throws Exception {
        HttpResponse<String> refused = send("POST", "/-/setup");
        assertThat(refused.statusCode()).isEqualTo(405);
        assertThat(refused.headers().firstValue("allow")).contains("GET, HEAD");
        HttpResponse<String> head = send("HEAD", "/");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValueAsLong("content-length").orElse(0)).isGreaterThan(1_000);
    }
}
