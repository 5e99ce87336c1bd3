package io.forebay.ecosystem.python;

import static io.forebay.ecosystem.python.Fixtures.FILES;
import static io.forebay.ecosystem.python.Fixtures.HTML;
import static io.forebay.ecosystem.python.Fixtures.JSON;
import static io.forebay.ecosystem.python.Fixtures.PYPI;
import static io.forebay.ecosystem.python.Fixtures.before;
import static io.forebay.ecosystem.python.Fixtures.everything;
import static io.forebay.ecosystem.python.Fixtures.gated;
import static io.forebay.ecosystem.python.Fixtures.part;
import static io.forebay.ecosystem.python.Fixtures.render;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.PackageId;
import io.forebay.model.Part;
import io.forebay.model.Rendition;
import io.forebay.model.ResourceKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** A project's page from either form to either. */
class SimplePageRendererTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String SHA = "a".repeat(64);
    private static final String OTHER_SHA = "b".repeat(64);

    private static final String PAGE = """
            {"meta": {"api-version": "1.4", "_last-serial": 1042, "tracks": ["https://e.org/simple/demo/"]}, "name": "demo",
             "alternate-locations": ["https://f.org/simple/demo/"], "project-status": {"status": "archived", "reason": "<old>"},
             "versions": ["1.0", "2.0.0", "3.0"], "x-unknown": [1.50, {"deep": null}],
             "files": [
              {"filename": "demo-1.0.tar.gz", "url": "%saa/bb/cc/demo-1.0.tar.gz", "hashes": {"sha256": "%s", "md5": "x"},
               "requires-python": ">=3.8,<4", "size": 12345678901, "upload-time": "2024-01-10T10:00:00.000001Z", "yanked": "broken & <bad>",
               "gpg-sig": true, "core-metadata": false, "data-dist-info-metadata": false, "x-new": {"a": 1e2},
               "provenance": "https://pypi.org/integrity/demo/1.0/demo-1.0.tar.gz/provenance"},
              {"filename": "demo-2.0-py3-none-any.whl", "url": "%sdd/ee/ff/demo-2.0-py3-none-any.whl", "hashes": {"sha256": "%s"},
               "requires-python": null, "size": 5, "upload-time": "2025-02-10T10:00:00Z", "yanked": false,
               "core-metadata": {"sha256": "%s"}, "data-dist-info-metadata": {"sha256": "%s"}, "provenance": null},
              {"filename": "demo-3.0-py3-none-any.whl", "url": "%sdd/ee/ff/demo-3.0-py3-none-any.whl", "hashes": {}, "yanked": true,
               "upload-time": "2026-02-10T10:00:00Z", "core-metadata": true}
             ]}
            """.formatted(FILES, SHA, FILES, SHA, OTHER_SHA, OTHER_SHA, FILES);

    private static JsonNode json(String page) {
        return MAPPER.readTree(page);
    }

    private static String one(String members) {
        return "{\"meta\":{\"api-version\":\"1.0\"},\"name\":\"demo\",\"files\":[{" + members + "}]}";
    }

    private static String file(String name, String url) {
        return "\"filename\":\"" + name + "\",\"url\":\"" + url + "\",\"hashes\":{}";
    }

    private static List<String> names(String page) {
        List<String> names = new ArrayList<>();
        json(page).get("files").forEach(file -> names.add(file.get("filename").asString()));
        return names;
    }

    @Test
    @DisplayName("failures 12: every JSON member is kept as it is, known or not; only URLs of files change")
    void jsonToJson_everything_onlyUrlsDiffer() {
        JsonNode expected = json(PAGE.replace(FILES, "../../../packages/"));
        String page = render(SimpleForm.JSON_V1, part(JSON, PAGE), everything());
        assertThat(json(page)).isEqualTo(expected);
        assertThat(page).contains("1.50").contains("1e2");
    }

    @Test
    void jsonToHtml_everything_isThere() {
        String page = render(SimpleForm.HTML, part(JSON, PAGE), everything());
        assertThat(page)
                .startsWith("<!DOCTYPE html>")
                .contains("<meta name=\"pypi:repository-version\" content=\"1.4\">")
                .contains("<meta name=\"pypi:tracks\" content=\"https://e.org/simple/demo/\">")
                .contains("<meta name=\"pypi:alternate-locations\" content=\"https://f.org/simple/demo/\">")
                .contains("<meta name=\"pypi:project-status\" content=\"archived\">")
                .contains("content=\"&lt;old&gt;\"")
                .contains("<!--SERIAL 1042-->");
        List<Element> links = Jsoup.parse(page).select("a");
        assertThat(links).hasSize(3);
        assertThat(links.get(0).attr("href")).isEqualTo("../../../packages/aa/bb/cc/demo-1.0.tar.gz#sha256=" + SHA);
        assertThat(links.get(0).text()).isEqualTo("demo-1.0.tar.gz");
        assertThat(links.get(0).attr("data-requires-python")).isEqualTo(">=3.8,<4");
        assertThat(page).contains("data-requires-python=\"&gt;=3.8,&lt;4\"");
        assertThat(links.get(0).attr("data-yanked")).isEqualTo("broken & <bad>");
        assertThat(links.get(0).attr("data-gpg-sig")).isEqualTo("true");
        assertThat(links.get(0).hasAttr("data-core-metadata")).isFalse();
        assertThat(links.get(0).attr("data-provenance"))
                .isEqualTo("https://pypi.org/integrity/demo/1.0/demo-1.0.tar.gz/provenance");
        assertThat(links.get(1).attr("data-core-metadata")).isEqualTo("sha256=" + OTHER_SHA);
        assertThat(links.get(1).attr("data-dist-info-metadata")).isEqualTo("sha256=" + OTHER_SHA);
        assertThat(links.get(1).hasAttr("data-yanked")).isFalse();
        assertThat(links.get(1).hasAttr("data-requires-python")).isFalse();
        assertThat(links.get(2).hasAttr("data-yanked")).isTrue();
        assertThat(links.get(2).attr("data-core-metadata")).isEqualTo("true");
        assertThat(links.get(2).attr("href")).doesNotContain("#");
    }

    private static final String HTML_PAGE = """
            <!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.1"><base href="/root/">
            <base href="https://evil.org/"></head><body><h1>Links</h1>
            <a href="../packages/aa/demo-1.0.tar.gz#sha256=%s" data-requires-python="&gt;=3.8" data-yanked="a &quot;b&quot;">demo-1.0.tar.gz</a><br/>
            <A HREF='https://files.pythonhosted.org/packages/bb/demo-1.0%%2Bcpu-py3-none-any.whl#sha256=%s&amp;egg=demo' data-dist-info-metadata="sha256=%s" data-gpg-sig=false data-provenance="p/1">x</A>
            <a href="sub/demo-2.0-py3-none-any.whl" data-core-metadata=true data-yanked>demo-2.0</a>
            <a href="../">Parent</a> <a href="?C=N;O=D">Name</a> <a>none</a> <a href="#top">top</a>
            </body></html>
            """.formatted(SHA, SHA, OTHER_SHA);

    @Test
    void htmlToJson_membersThatHtmlHas_areMadeAndNoOthers() {
        JsonNode page = json(render(SimpleForm.JSON_V1, part(HTML, HTML_PAGE), everything()));
        JsonNode expected = json("""
                {"name": "demo", "files": [
                 {"filename": "demo-1.0.tar.gz", "url": "../../../files/pypi.org/packages/aa/demo-1.0.tar.gz",
                  "hashes": {"sha256": "%s"}, "requires-python": ">=3.8", "yanked": "a \\"b\\""},
                 {"filename": "demo-1.0+cpu-py3-none-any.whl", "url": "../../../packages/bb/demo-1.0%%2Bcpu-py3-none-any.whl",
                  "hashes": {"sha256": "%s"}, "core-metadata": {"sha256": "%s"}, "dist-info-metadata": {"sha256": "%s"},
                  "data-dist-info-metadata": {"sha256": "%s"}, "gpg-sig": false, "provenance": "https://pypi.org/root/p/1"},
                 {"filename": "demo-2.0-py3-none-any.whl", "url": "../../../files/pypi.org/root/sub/demo-2.0-py3-none-any.whl",
                  "hashes": {}, "yanked": true, "core-metadata": true, "dist-info-metadata": true, "data-dist-info-metadata": true}],
                 "meta": {"api-version": "1.0"}}
                """.formatted(SHA, SHA, OTHER_SHA, OTHER_SHA, OTHER_SHA));
        assertThat(page).isEqualTo(expected);
    }

    @Test
    void htmlToHtml_attributes_areKept() {
        String page = render(SimpleForm.HTML_V1, part(HTML, HTML_PAGE), everything());
        List<Element> links = Jsoup.parse(page).select("a");
        assertThat(links).hasSize(3);
        assertThat(links.get(0).attr("href"))
                .isEqualTo("../../../files/pypi.org/packages/aa/demo-1.0.tar.gz#sha256=" + SHA);
        assertThat(links.get(0).attr("data-requires-python")).isEqualTo(">=3.8");
        assertThat(links.get(0).attr("data-yanked")).isEqualTo("a \"b\"");
        assertThat(links.get(1).attr("data-core-metadata")).isEqualTo("sha256=" + OTHER_SHA);
        assertThat(links.get(1).attr("data-gpg-sig")).isEqualTo("false");
        assertThat(links.get(2).hasAttr("data-yanked")).isTrue();
        assertThat(page).contains("content=\"1.1\"");
    }

    @Test
    @DisplayName("failures 14: relative links are resolved against the final URL of the page")
    void html_afterRedirect_isResolvedAgainstTheFinalUrl() {
        Part moved = new Part(
                "pypi",
                ResourceKey.of("pypi", "simple/demo/"),
                URI.create("https://files.pythonhosted.org/mirror/simple/demo/"),
                part(HTML, "").head(),
                Fixtures.SEEN,
                Map.of(),
                "<a href='../../../packages/x/demo-1.zip'>x</a>".getBytes(StandardCharsets.UTF_8));
        assertThat(render(SimpleForm.HTML, moved, everything())).contains("href=\"../../../packages/x/demo-1.zip\"");
    }

    @Test
    @DisplayName("failures 14: links keep a repository mounted under any prefix right")
    void render_snapshotNotNamed_goesUpOneLess() {
        Part page = part(JSON, one(file("demo-1.0.tar.gz", FILES + "a/demo-1.0.tar.gz")));
        assertThat(render(SimpleForm.JSON_V1, page, everything(), "../../", PYPI))
                .contains("\"url\":\"../../packages/a/demo-1.0.tar.gz\"");
    }

    @Test
    void render_otherHosts_listedUnderFilesUnlistedLeftOut() {
        var source = Fixtures.source(
                "pypi",
                "https://index.org/root/simple",
                "https://index.org",
                "http://127.0.0.1:8080",
                "https://cdn.org");
        String body = "{\"files\":[{" + file("demo-1.zip", "https://cdn.org/a/demo-1.zip") + "},{"
                + file("demo-2.zip", "http://127.0.0.1:8080/packages/demo-2.zip") + "},{"
                + file("demo-3.zip", "http://169.254.169.254/packages/demo-3.zip") + "},{"
                + file("demo-4.zip", "/packages/demo-4.zip") + "},{"
                + file("demo-5.zip", "https://CDN.org:443/b//demo-5.zip?sig=a%2Fb")
                + "}],\"versions\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}";
        Part base = part(JSON, body);
        Part page = new Part(
                "pypi",
                base.key(),
                URI.create("https://index.org/root/simple/demo/"),
                base.head(),
                base.seen(),
                Map.of(),
                base.body());
        JsonNode json = json(render(SimpleForm.JSON_V1, page, everything(), "../../../", source));
        List<String> urls = new ArrayList<>();
        json.get("files").forEach(file -> urls.add(file.get("url").asString()));
        assertThat(urls)
                .containsExactly(
                        "../../../files/cdn.org/a/demo-1.zip",
                        "../../../files/127.0.0.1:8080/packages/demo-2.zip",
                        "../../../packages/demo-4.zip",
                        "../../../files/cdn.org/b/demo-5.zip?sig=a%2Fb");
        assertThat(json.get("versions").toString()).isEqualTo("[\"1\",\"2\",\"4\",\"5\"]");
    }

    @Test
    @DisplayName("failures 15: a plus is written %2B however the origin writes it")
    void render_namesToEncode_areEncodedOnce() {
        for (String spelling : List.of("demo-1.0+a ä.zip", "demo-1.0%2Ba%20%C3%A4.zip", "demo-1.0%2ba%20ä.zip")) {
            Part page = part(JSON, one(file("demo", FILES + "x/" + spelling)));
            assertThat(render(SimpleForm.JSON_V1, page, everything()))
                    .contains("\"url\":\"../../../packages/x/demo-1.0%2Ba%20%C3%A4.zip\"");
        }
    }

    @Test
    @DisplayName("failures 29: links that lead elsewhere than to a file on a listed host are left out")
    void render_hostileLinks_areLeftOut() {
        List<String> hostile = List.of(
                "javascript:alert(1)//packages/x.zip",
                "file:///etc/passwd",
                "data:text/html,x",
                "https://user:pw@files.pythonhosted.org/packages/x.zip",
                "https://files.pythonhosted.org@evil.org/packages/x.zip",
                "https://files.pythonhosted.org.evil.org/packages/x.zip",
                "https://files.pythonhosted.org:8443/packages/x.zip",
                "//evil.org/packages/x.zip",
                "https://files.pythonhosted.org/packages/%2e%2e/x.zip",
                "https://files.pythonhosted.org/packages/..%2fx.zip",
                "https://files.pythonhosted.org/packages/..%5cx.zip",
                "https://files.pythonhosted.org/packages/a\\\\b.zip",
                "https://files.pythonhosted.org/packages/a%00.zip",
                "https://files.pythonhosted.org/packages/a\\u0000.zip",
                "https://files.pythonhosted.org/packages/a%0d%0ax.zip",
                "https://files.pythonhosted.org/../../packages/x.zip",
                "https://files.pythonhosted.org/packages/%ff.zip",
                "https://files.pythonhosted.org/packages/",
                "https://",
                "http://[::1/x.zip",
                "https://files.pythonhosted.org/packages/" + "a".repeat(10_000));
        for (String link : hostile) {
            for (SimpleForm form : SimpleForm.values()) {
                String page = render(form, part(JSON, one(file("x-1.zip", link))), everything());
                assertThat(page).as(link).doesNotContain("x-1.zip").doesNotContain("evil");
            }
            String html = "<a href=\"" + link.replace("\\\\", "\\").replace("\\u0000", "&#0;\u0000") + "\">x-1.zip</a>";
            assertThat(names(render(SimpleForm.JSON_V1, part(HTML, html), everything())))
                    .as(link)
                    .isEmpty();
        }
    }

    @Test
    void render_hostileTexts_areEscaped() {
        String evil = "\\\"><script>alert('1')</script>&\\u0000\\u2028";
        String members = file(evil, FILES + "x/demo-1.zip") + ",\"requires-python\":\"" + evil + "\",\"yanked\":\""
                + evil + "\",\"provenance\":\"javascript:alert(1)\",\"core-metadata\":{\"sha256\":\"" + evil + "\",\""
                + evil + "\":\"00\"}";
        String body = "{\"meta\":{\"api-version\":\"" + evil + "\",\"_last-serial\":\"--><script>\"},\"files\":[{"
                + members + "}]}";
        String html = render(SimpleForm.HTML, part(JSON, body), everything());
        assertThat(html).doesNotContain("<script").doesNotContain("javascript").doesNotContain("\u0000");
        Element link = Jsoup.parse(html).select("a").get(0);
        assertThat(link.text()).contains("\"><script>alert('1')</script>&");
        assertThat(link.attr("data-core-metadata")).isEqualTo("true");
        JsonNode json = json(render(SimpleForm.JSON_V1, part(JSON, body), everything()));
        assertThat(json.get("files").get(0).get("provenance").isNull()).isTrue();
        assertThat(json.get("files").get(0).get("filename").asString()).startsWith("\"><script>");
    }

    @Test
    void jsonToJson_escapedMemberNames_areSeenThrough() {
        String body = "{\"fil\\u0065s\":[{\"filename\":\"demo-1.zip\",\"\\u0075rl\":\"" + FILES
                + "x/demo-1.zip\"}],\"a\\\"b\":1}";
        JsonNode page = json(render(SimpleForm.JSON_V1, part(JSON, body), everything()));
        assertThat(page.get("files").get(0).get("url").asString()).isEqualTo("../../../packages/x/demo-1.zip");
        assertThat(page.get("a\"b").asInt()).isEqualTo(1);
    }

    @Test
    void render_notAPage_isOriginInvalid() {
        List<String> bodies = List.of(
                "",
                "[]",
                "{",
                "{}",
                "{\"files\":{}}",
                "{\"files\":[1]}",
                "{\"files\":[{}]}",
                "{\"files\":[{\"filename\":1,\"url\":2}]}",
                "{\"files\":[]}x",
                "{\"files\":[]}{}",
                "{\"files\":[],\"files\":[]}",
                PAGE.substring(0, PAGE.length() / 2),
                one(file("a-1.zip", FILES + "a") + ",\"url\":\"https://evil.org/x\""),
                "{\"a\":".repeat(2_000));
        for (String body : bodies) {
            for (SimpleForm form : SimpleForm.values()) {
                assertThatThrownBy(() -> render(form, part(JSON, body), everything()))
                        .as(body)
                        .isInstanceOfSatisfying(ForebayException.class, e -> {
                            assertThat(e.kind()).isEqualTo(Kind.ORIGIN_INVALID);
                            assertThat(e.getMessage()).doesNotContain("\n");
                        });
            }
        }
    }

    @Test
    @DisplayName("reliability 34: a page to log in to is no empty index")
    void render_loginPage_isOriginInvalid() {
        String login = "<html><form action='/login'><input name=u><input type=Password name=p></form></html>";
        for (SimpleForm form : SimpleForm.values()) {
            assertThatThrownBy(() -> render(form, part(HTML, login), everything()))
                    .isInstanceOfSatisfying(
                            ForebayException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ORIGIN_INVALID));
        }
        assertThat(names(render(SimpleForm.JSON_V1, part(HTML, "<html><input type=search></html>"), everything())))
                .isEmpty();
    }

    @Test
    void render_brokenUtf8_isOriginInvalid() {
        byte[] body = one(file("a-1.zip", FILES + "a-1.zip") + ",\"x\":\"?\"").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < body.length; i++) {
            body[i] = body[i] == '?' ? (byte) 0xff : body[i];
        }
        Part broken = new Part(
                "pypi",
                ResourceKey.of("pypi", "simple/demo/"),
                Fixtures.BASE,
                part(JSON, "").head(),
                Fixtures.SEEN,
                Map.of(),
                body);
        assertThatThrownBy(() -> render(SimpleForm.JSON_V1, broken, everything()))
                .isInstanceOfSatisfying(
                        ForebayException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ORIGIN_INVALID));
    }

    @Test
    void render_urlWithFragment_losesItInJsonAndKeepsTheHashesInHtml() {
        Part page = part(
                JSON,
                one("\"filename\":\"a-1.zip\",\"url\":\"" + FILES
                        + "a-1.zip#sha256=00\",\"hashes\":{\"md5\":\"ab\",\"sha256\":\"" + SHA + "\"}"));
        assertThat(render(SimpleForm.JSON_V1, page, everything())).contains("\"url\":\"../../../packages/a-1.zip\"");
        assertThat(render(SimpleForm.HTML, page, everything())).contains("packages/a-1.zip#sha256=" + SHA + "\"");
    }

    @Test
    void render_utf16_isOriginInvalid() {
        Part utf16 = new Part(
                "pypi",
                ResourceKey.of("pypi", "simple/demo/"),
                Fixtures.BASE,
                part(JSON, "").head(),
                Fixtures.SEEN,
                Map.of(),
                PAGE.getBytes(StandardCharsets.UTF_16LE));
        assertThatThrownBy(() -> render(SimpleForm.JSON_V1, utf16, everything()))
                .isInstanceOfSatisfying(
                        ForebayException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ORIGIN_INVALID));
    }

    @Test
    void render_byteOrderMark_isSkipped() {
        String page = render(SimpleForm.JSON_V1, part(JSON, "\ufeff" + PAGE), everything());
        assertThat(json(page)).isEqualTo(json(PAGE.replace(FILES, "../../../packages/")));
    }

    @Test
    void render_mediaTypeUnknown_formIsSeenFromTheFirstCharacter() {
        assertThat(names(render(SimpleForm.JSON_V1, part("application/octet-stream", PAGE), everything())))
                .hasSize(3);
        assertThat(names(render(SimpleForm.JSON_V1, part("text/plain", HTML_PAGE), everything())))
                .hasSize(3);
        assertThatThrownBy(() -> render(SimpleForm.JSON_V1, part("text/plain", "hello"), everything()))
                .isInstanceOf(ForebayException.class);
    }

    @Test
    void render_nestedHtml_isReadFlat() {
        String html = "<div>".repeat(50_000) + "<a href='" + FILES + "x/demo-1.zip'>x";
        assertThat(names(render(SimpleForm.JSON_V1, part(HTML, html), everything())))
                .containsExactly("demo-1.zip");
    }

    @Test
    void render_latin1Html_isDecodedAsItSays() {
        Head latin = new Head(
                Optional.of("text/html; charset=iso-8859-1"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of());
        Part page = new Part(
                "pypi",
                ResourceKey.of("pypi", "simple/demo/"),
                Fixtures.BASE,
                latin,
                Fixtures.SEEN,
                Map.of(),
                ("<a href='" + FILES + "x/demo-1.zip' data-yanked='ä'>x</a>").getBytes(StandardCharsets.ISO_8859_1));
        assertThat(json(render(SimpleForm.JSON_V1, page, everything()))
                        .get("files")
                        .get(0)
                        .get("yanked")
                        .asString())
                .isEqualTo("ä");
    }

    @Test
    void render_extra_passesTheSerialOn() {
        Part base = part(JSON, PAGE);
        Head head = new Head(
                Optional.of(JSON),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of("x-pypi-last-serial", "7", "x", "y"));
        Part page = new Part("pypi", base.key(), base.base(), head, base.seen(), Map.of(), base.body());
        Rendition rendition = new SimplePageRenderer("demo", SimpleForm.HTML, "../", new PypiOrigins(List.of(PYPI)))
                .render(List.of(page), everything());
        assertThat(rendition.extra()).isEqualTo(Map.of("x-pypi-last-serial", "7"));
        assertThat(rendition.contentType()).isEqualTo("text/html; charset=utf-8");
    }

    @Test
    void dated_uploadTimes_decide() {
        String page = render(SimpleForm.JSON_V1, part(JSON, PAGE), before("2025-02-10T10:00:00Z"));
        assertThat(names(page)).containsExactly("demo-1.0.tar.gz");
        assertThat(json(page).get("versions").toString()).isEqualTo("[\"1.0\"]");
        assertThat(names(render(SimpleForm.JSON_V1, part(JSON, PAGE), before("2025-02-10T10:00:00.001Z"))))
                .hasSize(2);
        assertThat(json(render(SimpleForm.JSON_V1, part(JSON, PAGE), before("2025-03-01T00:00:00Z")))
                        .get("versions")
                        .toString())
                .isEqualTo("[\"1.0\",\"2.0.0\"]");
    }

    @Test
    void dated_nothingYet_isNotFoundAndSaysTheDay() {
        assertThatThrownBy(() -> render(SimpleForm.HTML, part(JSON, PAGE), before("2023-06-02T00:00:00Z")))
                .isInstanceOfSatisfying(ForebayException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND);
                    assertThat(e).hasMessage("demo had no file on 2023-06-01");
                });
    }

    @Test
    void dated_noUploadTimes_isNotFoundAndSaysFromWhichDayOn() {
        assertThatThrownBy(() -> render(SimpleForm.HTML, part(HTML, HTML_PAGE), before("2026-01-02T00:00:00Z")))
                .isInstanceOfSatisfying(ForebayException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND);
                    assertThat(e).hasMessageContaining("dates work for demo from 2026-05-01 on");
                });
    }

    @Test
    void dated_revisionOfThatDay_staysWhole() {
        assertThat(names(render(SimpleForm.JSON_V1, part(HTML, HTML_PAGE), before("2026-05-02T00:00:00Z"))))
                .hasSize(3);
        assertThat(json(render(SimpleForm.JSON_V1, part(JSON, PAGE), before("2026-05-02T00:00:00Z")))
                        .get("versions"))
                .hasSize(3);
    }

    @Test
    void dated_emptyPage_staysEmpty() {
        assertThat(names(render(SimpleForm.JSON_V1, part(JSON, "{\"files\":[]}"), before("2020-01-01T00:00:00Z"))))
                .isEmpty();
    }

    @Test
    void html_manyFiles_listsAllInTheirOrder() {
        List<String> wanted = IntStream.range(0, 3000)
                .mapToObj(number -> "demo-" + number + "-py3-none-any.whl")
                .toList();
        String files = wanted.stream()
                .map(name -> "{" + file(name, FILES + "x/" + name) + "}")
                .collect(Collectors.joining(","));
        String page = render(SimpleForm.HTML, part(JSON, "{\"files\":[" + files + "]}"), everything());
        assertThat(page).startsWith("<!DOCTYPE html>").endsWith("</body>\n</html>\n");
        assertThat(Pattern.compile(">(demo-[^<]+)</a>").matcher(page).results().map(match -> match.group(1)))
                .containsExactlyElementsOf(wanted);
    }

    @Test
    @DisplayName("failures 31: what the gate refuses is in no form of the page")
    void gated_version_isLeftOut() {
        List<PackageId> asked = new ArrayList<>();
        var view = gated(id -> {
            asked.add(id);
            return !id.version().equals(Optional.of("2.0"));
        });
        assertThat(names(render(SimpleForm.JSON_V1, part(JSON, PAGE), view)))
                .containsExactly("demo-1.0.tar.gz", "demo-3.0-py3-none-any.whl");
        assertThat(asked.get(0)).isEqualTo(PackageId.of("python", "demo", "1.0"));
        assertThat(render(SimpleForm.HTML, part(JSON, PAGE), view)).doesNotContain("demo-2.0");
        assertThat(render(SimpleForm.HTML, part(HTML, HTML_PAGE), view)).doesNotContain("demo-2.0");
        assertThat(json(render(SimpleForm.JSON_V1, part(JSON, PAGE), view))
                        .get("versions")
                        .toString())
                .isEqualTo("[\"1.0\",\"3.0\"]");
    }

    @Test
    @DisplayName("failures 11: metadata cut by Forebay is advertised where the origin advertises none, and only there")
    void cut_wheelWithoutMetadata_isAdvertised() {
        Digest digest = new Digest("c".repeat(64));
        String members = file("demo-1.0+c-py3-none-any.whl", FILES + "x/demo-1.0%2Bc-py3-none-any.whl");
        Map<String, Digest> cut = Map.of("packages/x/demo-1.0+c-py3-none-any.whl", digest);
        for (String extra : List.of(
                "", ",\"core-metadata\":false", ",\"core-metadata\": false ,\"data-dist-info-metadata\":false")) {
            JsonNode file = json(render(SimpleForm.JSON_V1, part(JSON, one(members + extra), cut), everything()))
                    .get("files")
                    .get(0);
            for (String key : List.of("core-metadata", "dist-info-metadata", "data-dist-info-metadata")) {
                assertThat(file.get(key).get("sha256").asString()).isEqualTo(digest.hex());
            }
            Element link = Jsoup.parse(render(SimpleForm.HTML, part(JSON, one(members + extra), cut), everything()))
                    .select("a")
                    .get(0);
            assertThat(link.attr("data-core-metadata")).isEqualTo("sha256=" + digest.hex());
            assertThat(link.attr("data-dist-info-metadata")).isEqualTo("sha256=" + digest.hex());
        }
        String own = members + ",\"core-metadata\":{\"sha256\":\"" + SHA + "\"}";
        assertThat(render(SimpleForm.JSON_V1, part(JSON, one(own), cut), everything()))
                .contains(SHA)
                .doesNotContain(digest.hex());
        assertThat(render(SimpleForm.JSON_V1, part(JSON, one(members)), everything()))
                .doesNotContain("metadata");
        assertThat(render(
                        SimpleForm.JSON_V1, part(JSON, one(members), Map.of("packages/x/other", digest)), everything()))
                .doesNotContain("metadata");
    }

    @Test
    void id_parameters_makeItDiffer() {
        PypiOrigins origins = new PypiOrigins(List.of(PYPI));
        String id = new SimplePageRenderer("demo", SimpleForm.HTML, "../../", origins).id();
        assertThat(new SimplePageRenderer("demo", SimpleForm.HTML, "../../", origins).id())
                .isEqualTo(id);
        assertThat(new SimplePageRenderer("demo", SimpleForm.JSON_V1, "../../", origins).id())
                .isNotEqualTo(id);
        assertThat(new SimplePageRenderer("demo", SimpleForm.HTML, "../../../", origins).id())
                .isNotEqualTo(id);
        PypiOrigins others = new PypiOrigins(List.of(Fixtures.source("pypi", "https://pypi.org")));
        assertThat(new SimplePageRenderer("demo", SimpleForm.HTML, "../../", others).id())
                .isNotEqualTo(id);
    }
}
