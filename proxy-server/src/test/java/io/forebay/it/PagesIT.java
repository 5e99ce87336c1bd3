package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The pages in a real browser. Pictures of them lie in {@code target/pictures} afterwards. */
class PagesIT {
    /** Gathered by {@code scripts/test} where npm is there; not part of the product. */
    private static final Path AXE = Fixtures.root().resolve("target/axe/node_modules/axe-core/axe.min.js");

    private static final Map<String, String> PAGES = pages();

    /** A field for a date is several stops of the Tab key. */
    private static final int PARTS_MAX = 4;

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static Stage stage;
    private static Browser browser;
    private static String base;

    private static Map<String, String> pages() {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("home", "/");
        pages.put("setup", "/-/setup");
        pages.put("packages", "/-/packages");
        pages.put("search", "/-/packages?q=s");
        pages.put("package-python", "/-/packages/pypi/flask");
        pages.put("package-r", "/-/packages/cran/cli");
        pages.put("activity", "/-/activity");
        return pages;
    }

    @BeforeAll
    static void open(@TempDir Path directory) throws Exception {
        Stage.needsClients();
        stage = Stage.open(directory);
        Assumptions.assumeFalse(stage.direct(), "the origin has no such pages");
        base = stage.forebay().url();
        use();
        browser = Browser.open(directory.resolve("browser"));
    }

    /** What a team would: indexes, files, some of them again, one that is not there. */
    private static void use() throws IOException, InterruptedException {
        assertThat(get("/pypi/latest/simple/")).isEqualTo(200);
        for (String project : List.of("flask", "requests", "numpy", "click", "idna", "forebay-sample")) {
            get("/pypi/latest/simple/" + project + "/");
            for (PythonIndex.File file : stage.origin().python().files(project)) {
                get("/pypi/latest" + file.path() + ".metadata");
                for (int time = 0; time < (project.length() % 3) + 1; time++) {
                    get("/pypi/latest" + file.path());
                }
            }
        }
        get("/cran/latest/src/contrib/PACKAGES.gz");
        for (String name : List.of("cli", "R6", "glue", "withr")) {
            String file = "/cran/latest/src/contrib/" + name + "_" + Fixtures.cranVersion(name) + ".tar.gz";
            for (int time = 0; time < name.length(); time++) {
                assertThat(get(file)).isEqualTo(200);
            }
        }
        get("/bioconductor/latest/packages/" + Fixtures.biocRelease() + "/bioc/src/contrib/PACKAGES");
        get("/pypi/latest/simple/nothing-here/");
    }

    private static int get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path)).build();
        return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    @AfterAll
    static void close() throws Exception {
        if (browser != null) {
            browser.close();
        }
        if (stage != null) {
            stage.close();
        }
    }

    @BeforeEach
    void desktop() throws Exception {
        browser.show("light", 1280, 900);
    }

    @ParameterizedTest
    @CsvSource({"light,1280,900", "dark,1280,900", "light,390,844", "dark,390,844"})
    void pages_everyThemeAndWidth_loadWithoutErrorAndFit(String theme, int width, int height) throws Exception {
        browser.show(theme, width, height);
        for (Map.Entry<String, String> page : PAGES.entrySet()) {
            browser.go(base + page.getValue());
            browser.until(
                    "return document.readyState === 'complete' && document.documentElement.classList.contains('js')");
            assertThat(browser.errors()).as(page.getKey()).isEmpty();
            assertThat(browser.script("return document.documentElement.scrollWidth - innerWidth")
                            .asInt())
                    .as("how far " + page.getKey() + " is wider than the window")
                    .isLessThanOrEqualTo(0);
            String name = page.getKey() + "-" + theme + (width < 600 ? "-phone" : "") + ".png";
            browser.picture(Fixtures.root().resolve("target/pictures").resolve(name));
        }
    }

    @ParameterizedTest
    @CsvSource({"light,1280,900", "dark,1280,900", "light,390,844", "dark,390,844"})
    void pages_axe_findsNothing(String theme, int width, int height) throws Exception {
        Assumptions.assumeTrue(Files.exists(AXE), "axe-core is not there: npm install --prefix target/axe axe-core");
        String axe = Files.readString(AXE);
        browser.show(theme, width, height);
        List<String> violations = new ArrayList<>();
        for (Map.Entry<String, String> page : PAGES.entrySet()) {
            browser.go(base + page.getValue());
            browser.script(axe + "; return true");
            JsonNode found = browser.asyncScript(
                    "const done = arguments[0]; axe.run().then(r => done(r.violations.map(v => v.id + ': '"
                            + " + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).join('; '))))");
            found.forEach(one -> violations.add(page.getKey() + " " + one.asString()));
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void setup_choices_showTheirLines() throws Exception {
        browser.go(base + "/-/setup?client=pip&repository=pypi");
        assertThat(browser.text("#lines-0")).isEqualTo("[global]\nindex-url = " + base + "/pypi/latest/simple/");
        browser.script("document.getElementById('client-uv').click()");
        browser.until("return document.getElementById('lines-0').innerText.startsWith('[[index]]')");
        assertThat(browser.text("#lines-0"))
                .isEqualTo("[[index]]\nurl = \"" + base + "/pypi/latest/simple/\"\ndefault = true");
        browser.script("document.getElementById('client-install-packages').click()");
        browser.until("return document.getElementById('lines-0').innerText.includes('CRAN')");
        assertThat(browser.text("#lines-0")).isEqualTo("options(repos = c(CRAN = \"" + base + "/cran/latest\"))");
        browser.script("const date = document.getElementById('date'); date.value = '2026-01-31';"
                + " date.dispatchEvent(new Event('input', { bubbles: true }))");
        browser.until("return document.getElementById('lines-0').innerText.includes('2026')");
        assertThat(browser.text("#lines-0")).isEqualTo("options(repos = c(CRAN = \"" + base + "/cran/2026-01-31\"))");
        assertThat(browser.url()).contains("client=install-packages").contains("date=2026-01-31");
        browser.script("document.getElementById('client-biocmanager').click()");
        browser.until("return document.getElementById('lines-0').innerText.includes('BioC_mirror')");
        String bioconductor = base + "/bioconductor/2026-01-31";
        assertThat(browser.text("#lines-0"))
                .isEqualTo("options(\n  BioC_mirror = \"" + bioconductor + "\",\n  BIOCONDUCTOR_CONFIG_FILE = \""
                        + bioconductor + "/config.yaml\"\n)");
        assertThat(browser.text("#lines-1")).isEqualTo("BiocManager::install(\"PACKAGE\")");
    }

    @Test
    void home_theLast30Days_showTodaysDownloads() throws Exception {
        browser.go(base + "/");
        assertThat(browser.script("return document.querySelectorAll('svg:has(#month-chart) g').length")
                        .asInt())
                .isEqualTo(30);
        assertThat(browser.script(
                                "const bars = document.querySelectorAll('svg:has(#month-chart) rect');"
                                        + " return bars.length > 0 && [...bars].every(bar => bar.closest('g') === bar.closest('svg').querySelector('g:last-of-type') && bar.getBoundingClientRect().height > 50)")
                        .asBoolean())
                .as("one bar, today's, as high as the chart")
                .isTrue();
    }

    @Test
    void copyButton_pressed_putsTheLinesIntoTheClipboard() throws Exception {
        browser.go(base + "/-/setup?client=poetry");
        String line = browser.text("#lines-1");
        assertThat(line).isEqualTo("poetry source add --priority=primary forebay " + base + "/pypi/latest/simple/");
        browser.script("document.getElementById('copy-lines-1').focus()");
        browser.keys(Browser.ENTER);
        browser.until("return document.getElementById('copy-lines-1').innerText === 'Copied'");
        browser.go(base + "/-/packages");
        browser.script("document.getElementById('q').focus()");
        browser.control("v");
        assertThat(browser.script("return document.getElementById('q').value").asString())
                .isEqualTo(line);
    }

    @Test
    void search_typed_findsAndOpensByKeyboardAlone() throws Exception {
        browser.go(base + "/-/packages");
        browser.until("return document.activeElement.id === 'q'");
        browser.keys("flas");
        browser.until("const names = document.querySelectorAll('#results .name');"
                + " return names.length > 0 && names[0].innerText === 'flask'");
        assertThat(browser.script("return document.activeElement.id").asString())
                .isEqualTo("q");
        browser.keys(Browser.TAB);
        browser.until("return document.activeElement.id === 'repository'");
        browser.keys(Browser.TAB);
        browser.until("return document.activeElement.matches('#results a')");
        browser.keys(Browser.ENTER);
        browser.until("return location.pathname.endsWith('/-/packages/pypi/flask')");
        browser.until("return document.querySelector('h1') !== null");
        assertThat(browser.text("h1")).isEqualTo("flask");
        assertThat(browser.text("#install")).matches("pip install flask==[0-9.]+");
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void keyboard_firstTab_offersToSkipToTheContent() throws Exception {
        browser.go(base + "/-/activity");
        browser.keys(Browser.TAB);
        browser.until("const e = document.activeElement;"
                + " return e.classList.contains('skip') && e.getBoundingClientRect().top >= 0");
        browser.keys(Browser.ENTER);
        browser.until("return document.activeElement.id === 'main'");
    }

    @Test
    void keyboard_tabs_reachEverythingInOrderWithVisibleFocus() throws Exception {
        for (String page : PAGES.values()) {
            browser.go(base + page);
            browser.script("document.activeElement.blur()");
            int wanted = browser.script(
                            "return [...document.querySelectorAll('a[href], button, select, input, pre, .scroll')]"
                                    + ".filter(e => e.checkVisibility() && (e.type !== 'radio' || e.checked)).length")
                    .asInt();
            assertThat(wanted).as(page).isGreaterThan(5);
            browser.script("document.body.tabIndex = -1; document.body.focus(); window.reached = [];");
            for (int i = 0; i < wanted + PARTS_MAX; i++) {
                browser.keys(Browser.TAB);
                JsonNode focus = browser.script("""
                        const e = document.activeElement;
                        if (e === document.body || window.reached.includes(e)) return { part: true };
                        window.reached.push(e);
                        const seen = getComputedStyle(e.type === 'radio' ? e.nextElementSibling : e);
                        return {
                          what: e.outerHTML.slice(0, 120),
                          outline: seen.outlineStyle !== 'none' && parseFloat(seen.outlineWidth) >= 2,
                          order: window.reached.length < 2 || Boolean(window.reached.at(-2)
                              .compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING)
                        };""");
                if (!focus.path("part").asBoolean()) {
                    assertThat(focus.path("outline").asBoolean())
                            .as("visible focus of " + focus.path("what").asString() + " on " + page)
                            .isTrue();
                    assertThat(focus.path("order").asBoolean())
                            .as("order of " + focus.path("what").asString() + " on " + page)
                            .isTrue();
                }
            }
            assertThat(browser.script("return window.reached.length").asInt())
                    .as("reached by Tab on " + page)
                    .isEqualTo(wanted);
        }
    }

    @Test
    void keyboard_arrows_changeTheClientAndKeepTheFocus() throws Exception {
        browser.go(base + "/-/setup?client=pip");
        browser.script("document.getElementById('client-pip').focus()");
        browser.keys(Browser.RIGHT);
        browser.until("return document.getElementById('lines-0').innerText.startsWith('[[index]]')");
        assertThat(browser.script("return document.activeElement.id").asString())
                .isEqualTo("client-uv");
    }

    @Test
    void home_figures_areRenewedWithoutReloading() throws Exception {
        browser.go(base + "/");
        browser.script("window.before = document.getElementById('live')");
        browser.until("return window.before !== document.getElementById('live')");
        assertThat(browser.errors()).isEmpty();
    }
}
