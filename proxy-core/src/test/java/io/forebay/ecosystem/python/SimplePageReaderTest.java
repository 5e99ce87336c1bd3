package io.forebay.ecosystem.python;

import static io.forebay.ecosystem.python.Fixtures.FILES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.Listing;
import io.forebay.model.ResourceKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a page promises of its files. */
@DisplayName("reliability 33: what the index promises of a file")
class SimplePageReaderTest {
    private static final String SHA = "a".repeat(64);
    private static final String MD5 = "d".repeat(32);

    private static Listing read(String contentType, String body) {
        Head head = new Head(Optional.of(contentType), Optional.empty(), Optional.empty(), Optional.empty(), Map.of());
        return SimplePageReader.INSTANCE.read(
                ResourceKey.of("pypi", "simple/demo/"), head, body.getBytes(StandardCharsets.UTF_8));
    }

    private static Expectation expected(OptionalLong size, Checksum... checksums) {
        return new Expectation(List.of(checksums), size);
    }

    @Test
    void read_json_promisesHashesAndSize() {
        Listing listing = read(Fixtures.JSON, """
                {"files": [
                 {"filename": "other-name", "url": "%sx/demo-1.0%%2Bcpu.zip", "size": 17,
                  "hashes": {"md5": "%s", "sha256": "%s", "crc32": "00", "sha512": "short"},
                  "data-dist-info-metadata": {"sha256": "%s"}},
                 {"filename": "demo-2.zip", "url": "%sx/demo-2.zip#frag", "hashes": {}},
                 {"filename": "demo-3.zip", "url": "%sx/demo-3.zip?a=b", "hashes": {}, "size": 3, "core-metadata": true},
                 {"filename": "demo-3.zip", "url": "%sy/demo-3.zip", "hashes": {}, "size": 4}]}
                """.formatted(
                        FILES, MD5, SHA.toUpperCase(Locale.ROOT), "b".repeat(64), FILES, FILES, FILES));
        assertThat(listing.owns("demo")).isTrue();
        assertThat(listing.expectation("demo-1.0+cpu.zip"))
                .hasValue(expected(
                        OptionalLong.of(17), new Checksum(Algorithm.SHA256, SHA), new Checksum(Algorithm.MD5, MD5)));
        assertThat(listing.expectation("demo-1.0+cpu.zip.metadata"))
                .hasValue(Expectation.of(new Checksum(Algorithm.SHA256, "b".repeat(64))));
        assertThat(listing.expectation("demo-2.zip")).isEmpty();
        assertThat(listing.expectation("demo-3.zip")).hasValue(expected(OptionalLong.of(3)));
        assertThat(listing.expectation("demo-3.zip.metadata")).isEmpty();
        assertThat(listing.expectation("demo-9.zip")).isEmpty();
        assertThat(listing.weight()).isBetween(500L, 5_000L);
    }

    @Test
    void read_sizesThatAreNone_promiseNothing() {
        Listing listing = read(Fixtures.JSON, """
                {"files": [
                 {"filename": "demo-1.zip", "url": "%1$sx/demo-1.zip", "hashes": {}, "size": 0},
                 {"filename": "demo-2.zip", "url": "%1$sx/demo-2.zip", "hashes": {}, "size": -1},
                 {"filename": "demo-3.zip", "url": "%1$sx/demo-3.zip", "hashes": {}, "size": 1.5},
                 {"filename": "demo-4.zip", "url": "%1$sx/demo-4.zip", "hashes": {}, "size": "7"},
                 {"filename": "demo-5.zip", "url": "%1$sx/demo-5.zip", "hashes": {}, "size": {"a": [1]}}]}
                """.formatted(FILES));
        assertThat(listing.expectation("demo-1.zip")).hasValue(expected(OptionalLong.of(0)));
        for (int i = 2; i < 6; i++) {
            assertThat(listing.expectation("demo-" + i + ".zip")).isEmpty();
        }
    }

    @Test
    void read_html_promisesHashesOfFragmentAndMetadata() {
        Listing listing = read("text/html", """
                <a href="../../x/demo-1.zip#sha256=%s&amp;egg=x" data-core-metadata="sha256=%s">a</a>
                <a href="demo-2.zip#md5=%s">b</a><a href="demo-3.zip">c</a>
                """.formatted(SHA, "b".repeat(64), MD5));
        assertThat(listing.expectation("demo-1.zip")).hasValue(Expectation.of(new Checksum(Algorithm.SHA256, SHA)));
        assertThat(listing.expectation("demo-1.zip.metadata"))
                .hasValue(Expectation.of(new Checksum(Algorithm.SHA256, "b".repeat(64))));
        assertThat(listing.expectation("demo-2.zip")).hasValue(Expectation.of(new Checksum(Algorithm.MD5, MD5)));
        assertThat(listing.expectation("demo-3.zip")).isEmpty();
    }

    @Test
    @DisplayName(
            "reliability 34: a page to log in to, a portal's links, nothing: no index; an empty one says what it is")
    void read_htmlWithoutFiles_isAnIndexOnlyWhenItSaysSo() {
        for (String portal :
                List.of("<html><body>Please log in</body></html>", "<a href=\"/terms.html\">Terms</a>", "")) {
            assertThatThrownBy(() -> read("text/html", portal)).hasMessageContaining("does not say it is an index");
        }
        read("text/html", "<meta name=\"pypi:repository-version\" content=\"1.0\"><h1>Links for demo</h1>");
        read(Fixtures.JSON, "{\"meta\": {\"api-version\": \"1.0\"}, \"name\": \"demo\", \"files\": []}");
        read("text/html", "<a href=\"demo-1.0.tar.gz\">demo-1.0.tar.gz</a>");
    }

    @Test
    void read_notAPage_isOriginInvalid() {
        assertThatThrownBy(() -> read(Fixtures.JSON, "{\"files\": 1}"))
                .isInstanceOfSatisfying(
                        ForebayException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ORIGIN_INVALID));
    }

    @Test
    void read_tooManyFiles_isOriginInvalid() {
        String file = "{\"filename\":\"a\",\"url\":\"a\",\"size\":1},";
        String page = "{\"files\":[" + file.repeat(FileLimit.FILES_MAX + 1) + "{\"filename\":\"a\",\"url\":\"a\"}]}";
        assertThatThrownBy(() -> read(Fixtures.JSON, page))
                .isInstanceOfSatisfying(
                        ForebayException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ORIGIN_INVALID));
    }
}
