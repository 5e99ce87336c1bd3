package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The list of all projects. */
@DisplayName("failures 16: the list of all projects is rewritten while it streams")
class ProjectListRendererTest {
    private static final String JSON_LIST = """
            {"meta": {"_last-serial": 3, "api-version": "1.4"}, "projects": [{"_last-serial": 1, "name": "Flask"},
             {"name": "zope.interface", "x": {"name": "inner"}}, {"name": "<script>"}, {"name": 1}, "x"]}
            """;
    private static final String HTML_LIST = """
            <html><head><title>Simple</title></head><body>
            <a href="/simple/flask/">Flask</a><br/>
            <a href='https://pypi.org/simple/zope-interface/'>zope.interface</a>
            <a href="no-text/"></a> <a href="javascript:alert(1)">&lt;script&gt;</a> <a href="../">..</a></body></html>
            """;

    private static Head head(String contentType) {
        return new Head(Optional.of(contentType), Optional.empty(), Optional.empty(), Optional.empty(), Map.of());
    }

    private static String render(SimpleForm form, String contentType, String page) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        InputStream in = new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8));
        new ProjectListRenderer(form).render(head(contentType), in, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<String> jsonNames(String page) {
        List<String> names = new ArrayList<>();
        JsonNode json = new ObjectMapper().readTree(page);
        assertThat(json.get("meta").get("api-version").asString()).startsWith("1.");
        json.get("projects").forEach(project -> names.add(project.get("name").asString()));
        return names;
    }

    @Test
    void jsonToJson_isTheSame() throws IOException {
        assertThat(render(SimpleForm.JSON_V1, Fixtures.JSON, JSON_LIST)).isEqualTo(JSON_LIST);
    }

    @Test
    void jsonToHtml_linksAreRelativeAndNormal() throws IOException {
        String page = render(SimpleForm.HTML, Fixtures.JSON, JSON_LIST);
        assertThat(Jsoup.parse(page).select("a").eachAttr("href")).containsExactly("flask/", "zope-interface/");
        assertThat(Jsoup.parse(page).select("a").eachText()).containsExactly("Flask", "zope.interface");
        assertThat(page).endsWith("</html>\n").doesNotContain("script");
    }

    @Test
    void htmlToHtml_linksAreRelativeAndNormal() throws IOException {
        String page = render(SimpleForm.HTML_V1, "text/html", HTML_LIST);
        assertThat(Jsoup.parse(page).select("a").eachAttr("href"))
                .containsExactly("flask/", "zope-interface/", "no-text/");
        assertThat(page).doesNotContain("script");
    }

    @Test
    void htmlToJson_namesAreThere() throws IOException {
        assertThat(jsonNames(render(SimpleForm.JSON_V1, "text/html", HTML_LIST)))
                .containsExactly("Flask", "zope.interface", "no-text");
    }

    @ParameterizedTest
    @CsvSource({"JSON_V1, text/html", "HTML, text/html", "HTML, application/json", "JSON_V1, application/json"})
    void render_longList_flowsBeforeItsEnd(SimpleForm form, String contentType) throws IOException {
        CountingOut out = new CountingOut();
        boolean json = contentType.endsWith("json");
        int projects = 20_000;
        Endless in = new Endless(json, projects, out);
        new ProjectListRenderer(form).render(head(contentType), in, out);
        assertThat(in.writtenAtHalf).isPositive();
        assertThat(out.bytes).isGreaterThan(projects * 10L);
        assertThat(in.closed).isFalse();
        assertThat(out.closed).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTML|application/json|{\"projects\":[{\"name\":",
                "HTML|application/json|[]",
                "HTML|application/json|{}",
                "JSON_V1|text/plain|hello"
            })
    void render_notAList_isOriginInvalid(SimpleForm form, String contentType, String page) {
        assertThatThrownBy(() -> render(form, contentType, page))
                .isInstanceOfSatisfying(ForebayException.class, e -> assertThat(e.kind())
                        .isEqualTo(ForebayException.Kind.ORIGIN_INVALID));
    }

    @Test
    @DisplayName("failures 16: a stretch without end is refused before it fills the memory")
    void render_endlessStretch_isOriginInvalid() {
        for (String start : List.of("<html><body>", "<a href='", "<!--", "<a>", "<p><ul><li>")) {
            assertThatThrownBy(() -> render(SimpleForm.HTML, "text/html", start + "x".repeat(2_000_000)))
                    .as(start)
                    .isInstanceOfSatisfying(ForebayException.class, e -> assertThat(e.kind())
                            .isEqualTo(ForebayException.Kind.ORIGIN_INVALID));
        }
        String json = "{\"projects\":[{\"name\":\"" + "x".repeat(2_000_000) + "\"}]}";
        assertThatThrownBy(() -> render(SimpleForm.HTML, "application/json", json))
                .isInstanceOf(ForebayException.class);
    }

    @Test
    void htmlToHtml_nestedLists_areRead() throws IOException {
        for (String[] around : new String[][] {
            {"<ul>", "<li>", "</ul>"},
            {"<table>", "<tr><td>", "</table>"},
            {"<p>", "<b>", ""},
            {"<div>", "<div>", "</div>"}
        }) {
            StringBuilder page = new StringBuilder("<html><body>" + around[0]);
            for (int i = 0; i < 100; i++) {
                page.append(around[1])
                        .append("<a href=\"p")
                        .append(i)
                        .append("/\">p")
                        .append(i)
                        .append("</a>");
            }
            String out = render(SimpleForm.HTML, "text/html", page + around[2]);
            assertThat(Jsoup.parse(out).select("a")).as(around[1]).hasSize(100);
        }
    }

    @Test
    void render_writerFails_failsTheSame() {
        OutputStream gone = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("the client left");
            }
        };
        InputStream in = new Endless(false, 100_000, new CountingOut());
        assertThatThrownBy(() -> new ProjectListRenderer(SimpleForm.HTML).render(head("text/html"), in, gone))
                .isInstanceOf(IOException.class)
                .hasMessage("the client left");
    }

    private static final class CountingOut extends OutputStream {
        private long bytes;
        private boolean closed;

        @Override
        public void write(int b) {
            bytes++;
        }

        @Override
        public void write(byte[] b, int off, int len) {
            bytes += len;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** A list made while it is read, that notes how much was written when half of it had been asked for. */
    private static final class Endless extends InputStream {
        private final boolean json;
        private final int projects;
        private final CountingOut out;
        private byte[] chunk;
        private int at;
        private int made;
        private long writtenAtHalf;
        private boolean closed;

        Endless(boolean json, int projects, CountingOut out) {
            this.json = json;
            this.projects = projects;
            this.out = out;
            this.chunk = (json ? "{\"projects\":[{\"name\":\"x\"}" : "<html><body>").getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public int read() {
            if (at == chunk.length) {
                if (made > projects) {
                    return -1;
                }
                chunk = next().getBytes(StandardCharsets.UTF_8);
                at = 0;
            }
            return chunk[at++] & 0xff;
        }

        @Override
        public int read(byte[] target, int off, int len) {
            int first = read();
            if (first < 0) {
                return -1;
            }
            target[off] = (byte) first;
            int more = Math.min(len - 1, chunk.length - at);
            System.arraycopy(chunk, at, target, off + 1, more);
            at += more;
            return 1 + more;
        }

        private String next() {
            made++;
            if (made == projects / 2) {
                writtenAtHalf = out.bytes;
            }
            if (made > projects) {
                return json ? "]}" : "</body></html>";
            }
            String name = "project-" + made;
            return json ? ",{\"name\":\"" + name + "\"}" : "<a href=\"/simple/" + name + "/\">" + name + "</a><br/>\n";
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
