package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithLength;
import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import io.forebay.model.Part;
import io.forebay.model.ResourceKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An origin's page in JSON, whatever it holds: refused, or one set of files in every form that is made of it. */
class JsonPageFuzz {
    private static final PypiOrigins ORIGINS = new PypiOrigins(List.of(Fixtures.PYPI));

    static Stream<Arguments> seeds() {
        return Stream.of(
                page(
                        "{\"meta\":{\"api-version\":\"1.1\",\"_last-serial\":7},\"name\":\"demo\",\"files\":[{\"filename\":"
                                + "\"demo-1.0.tar.gz\",\"url\":\"https://files.pythonhosted.org/packages/aa/demo-1.0.tar.gz#x\","
                                + "\"hashes\":{\"sha256\":\"00112233\"},\"requires-python\":\">=3.8\",\"yanked\":\"bad\",\"size\":12,"
                                + "\"upload-time\":\"2024-01-02T03:04:05.678Z\",\"core-metadata\":{\"sha256\":\"aa\"},"
                                + "\"dist-info-metadata\":true,\"provenance\":null,\"gpg-sig\":false}],\"versions\":[\"1.0\"]}"),
                page(
                        "{\"files\":[{\"url\":\"../../packages/demo-1.zip\",\"filename\":\"demo-1.zip\",\"requires-python\":\">=3\\f\\u001f"
                                + "\\u007f\\u0085\\ud83d\\ude00\\uda00x\\ude00 \",\"yanked\":\"\\r\\n\\t\\u0000\"}]}"),
                page(
                        "{\"files\":[{\"url\":\"../../packages/demo-1-py3-none-any.whl\",\"filename\":\"demo-1-py3-none-any.whl\","
                                + "\"yanked\":true,\"core-metadata\":false,\"extra\":[{\"a\":[1,2.5e3]}]}],\"project-status\":"
                                + "{\"status\":\"archived\",\"reason\":\"\\u00e9\"},\"alternate-locations\":[\"x\"]}"));
    }

    private static Arguments page(String text) {
        return arguments((Object) text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("seeds")
    @DictionaryEntries({
        "\"files\":[",
        "\"filename\":\"",
        "\"url\":\"",
        "\"core-metadata\":",
        "\"yanked\":",
        "true",
        "null",
        "\\u00",
        "{}"
    })
    @FuzzTest(maxDuration = "6s")
    void read_anything_refusedOrOneSetOfFiles(byte @NotNull @WithLength(max = 4096) [] body) {
        List<PageFile> files = new ArrayList<>();
        PageHead head;
        try {
            head = JsonPage.read(body, files::add);
        } catch (ForebayException e) {
            assertThat(e.kind()).isEqualTo(ForebayException.Kind.ORIGIN_INVALID);
            return;
        }
        byte[] once = PageCopies.json(head, files);
        List<PageFile> again = new ArrayList<>();
        PageHead headAgain = JsonPage.read(once, again::add);
        assertThat(names(again)).isEqualTo(names(files));
        assertThat(PageCopies.json(headAgain, again)).isEqualTo(once);

        List<PageFile> json = new ArrayList<>();
        JsonPage.read(rendered(SimpleForm.JSON_V1, body), json::add);
        List<PageFile> html = new ArrayList<>();
        HtmlPage.read(rendered(SimpleForm.HTML_V1, body), Optional.empty(), Fixtures.BASE, html::add);
        assertThat(links(json)).isEqualTo(links(html));
        assertThat(json).allSatisfy(file -> assertThat(file.url()).startsWith("../../"));
        assertThat(names(files)).containsAll(names(json));
    }

    private static byte[] rendered(SimpleForm form, byte[] body) {
        Head head =
                new Head(Optional.of(Fixtures.JSON), Optional.empty(), Optional.empty(), Optional.empty(), Map.of());
        Part part = new Part(
                "pypi", ResourceKey.of("pypi", "simple/demo/"), Fixtures.BASE, head, Fixtures.SEEN, Map.of(), body);
        return new SimplePageRenderer("demo", form, "../../", ORIGINS)
                .render(List.of(part), Fixtures.everything())
                .body();
    }

    private static List<String> names(List<PageFile> files) {
        return files.stream().map(PageFile::name).toList();
    }

    private static List<String> links(List<PageFile> files) {
        return files.stream()
                .map(file -> ResolvedLink.resolve(Fixtures.BASE, file.url())
                        + " "
                        + file.yanked().map(JsonPageFuzz::text)
                        + file.requiresPython().map(JsonPageFuzz::text))
                .toList();
    }

    /** With what {@link HtmlText} writes for what HTML cannot carry: control characters, halves of pairs. */
    private static String text(String value) {
        return value.replaceAll("[\\x00-\\x08\\x0b-\\x1f\\x7f\\p{Cs}]", "\ufffd")
                .strip();
    }
}
