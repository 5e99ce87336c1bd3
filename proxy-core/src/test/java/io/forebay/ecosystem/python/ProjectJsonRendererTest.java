package io.forebay.ecosystem.python;

import static io.forebay.ecosystem.python.Fixtures.FILES;
import static io.forebay.ecosystem.python.Fixtures.PYPI;
import static io.forebay.ecosystem.python.Fixtures.before;
import static io.forebay.ecosystem.python.Fixtures.everything;
import static io.forebay.ecosystem.python.Fixtures.gated;
import static io.forebay.ecosystem.python.Fixtures.part;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.View;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** PyPI's own JSON of a project. */
class ProjectJsonRendererTest {
    private static final String DOCUMENT = """
            {"info": {"name": "demo", "version": "2.0", "urls": ["https://e.org"], "n": 1.50}, "last_serial": 7,
             "releases": {"1.0": [ {"filename": "demo-1.0.tar.gz", "url": "%sa/demo-1.0.tar.gz", "digests": {"sha256": "x"},
                                    "upload_time_iso_8601": "2024-01-02T03:04:05.000000Z"} ,
                                   {"url": "https://elsewhere.org/packages/demo-1.0.zip", "filename": "demo-1.0.zip"}],
                          "1.5": [],
                          "2.0": [{"filename": "demo-2.0.tar.gz", "url": "%sb/demo-2.0%%2Bä.tar.gz"}]},
             "urls": [{"filename": "demo-2.0.tar.gz", "url": "%sb/demo-2.0.tar.gz", "size": 3}], "vulnerabilities": []}
            """.formatted(FILES, FILES, FILES);

    private static String render(String body, View view) {
        byte[] page = new ProjectJsonRenderer("demo", "../../", new PypiOrigins(List.of(PYPI)))
                .render(List.of(part("application/json", body)), view)
                .body();
        return new String(page, StandardCharsets.UTF_8);
    }

    private static JsonNode json(String page) {
        return new ObjectMapper().readTree(page);
    }

    @Test
    void render_everything_onlyUrlsOnListedHostsDiffer() {
        String expected = DOCUMENT.replace(FILES, "../../packages/").replace("ä", "%C3%A4");
        String page = render(DOCUMENT, everything());
        assertThat(json(page)).isEqualTo(json(expected));
        assertThat(page).contains("1.50").contains("https://elsewhere.org/packages/demo-1.0.zip");
    }

    @Test
    @DisplayName("failures 31: what the gate refuses is not in the JSON either")
    void render_gate_leavesFilesOut() {
        View only2 = gated(id -> id.version().equals(Optional.of("2.0")));
        JsonNode page = json(render(DOCUMENT, only2));
        assertThat(page.get("releases").toString()).contains("demo-2.0").doesNotContain("demo-1.0");
        assertThat(page.get("releases").get("1.0").isEmpty()).isTrue();
        assertThat(page.get("urls")).hasSize(1);
        View old = gated(id -> id.version().equals(Optional.of("1.0")));
        JsonNode other = json(render(DOCUMENT, old));
        assertThat(other.get("releases").get("1.0")).hasSize(2);
        assertThat(other.get("urls").isEmpty()).isTrue();
    }

    @Test
    void render_dated_worksFromTheFirstRevisionOn() {
        assertThat(json(render(DOCUMENT, before("2026-05-02T00:00:00Z"))).get("urls"))
                .hasSize(1);
        assertThatThrownBy(() -> render(DOCUMENT, before("2026-05-01T00:00:00Z")))
                .isInstanceOfSatisfying(
                        ForebayException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND));
    }

    @Test
    void render_emptyLists_stay() {
        String body = "{\"urls\": [ ], \"releases\": {\"1\": [\n]}}";
        assertThat(json(render(body, everything()))).isEqualTo(json(body));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"urls\":[1]}",
                "{\"urls\":[{]}",
                "{}{}",
                "<html>",
                "{\"urls\":[{\"url\":\"a\",\"url\":\"b\"}]}"
            })
    void render_noSuchDocument_isOriginInvalid(String body) {
        assertThatThrownBy(() -> render(body, everything()))
                .isInstanceOfSatisfying(
                        ForebayException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ORIGIN_INVALID));
    }
}
