package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.ecosystem.Directory;
import io.forebay.ecosystem.PackageFacts;
import io.forebay.ecosystem.PackageFacts.Needs;
import io.forebay.model.Head;
import io.forebay.model.Part;
import io.forebay.model.ResourceKey;
import io.forebay.model.Source;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonDirectoryTest {
    private static final Source PYPI = new Source(
            "pypi",
            "pypi",
            URI.create("https://pypi.example.org"),
            List.of(URI.create("https://files.example.org")),
            Optional.empty());

    private final Directory directory = new PythonEcosystem().directory();

    @Test
    void paths_ofPagesAndOfTheList_areKnown() {
        assertThat(directory.ownerOf("simple/flask/")).contains("flask");
        assertThat(directory.ownerOf("simple/")).isEmpty();
        assertThat(directory.ownerOf("packages/a/b/c/flask-1.whl")).isEmpty();
        assertThat(directory.listAt("simple/")).contains("simple/");
        assertThat(directory.listAt("simple/flask/")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            application/vnd.pypi.simple.v1+json | {"meta":{},"projects":[{"name":"Flask"},{"name":"<b>"},{"name":"a_b"}]}
            text/html | <a href="/simple/flask/">Flask</a><a href="/simple/x/">&lt;b&gt;</a><a href="a-b/">a_b</a>
            """)
    void names_ofEitherForm_areNormalAndLegal(String type, String list) throws IOException {
        Head head = new Head(Optional.of(type), Optional.empty(), Optional.empty(), Optional.empty(), Map.of());
        List<String> names = new ArrayList<>();
        directory.names(head, new ByteArrayInputStream(list.getBytes(StandardCharsets.UTF_8)), names::add);
        assertThat(names).contains("flask", "a-b").noneMatch(name -> name.contains("<"));
    }

    @Test
    void facts_comeFromThePageAndItsNewestWheelsMetadata() {
        PackageFacts facts = directory.facts("flask", PYPI, List.of(page("""
                {"meta":{"api-version":"1.1"},"name":"flask","files":[
                 {"filename":"flask-2.0.tar.gz","url":"https://files.example.org/packages/a/flask-2.0.tar.gz","hashes":{},
                  "size":7,"upload-time":"2024-01-02T03:04:05Z","yanked":"broken"},
                 {"filename":"flask-10.0-py3-none-any.whl","url":"https://files.example.org/packages/b/flask-10.0-py3-none-any.whl",
                  "hashes":{},"requires-python":">=3.9"},
                 {"filename":"flask-3.0.tar.gz","url":"https://elsewhere.example.org/flask-3.0.tar.gz","hashes":{}}]}"""))).orElseThrow();
        assertThat(facts.releases())
                .containsExactly(
                        new PackageFacts.Release(
                                "10.0",
                                Optional.empty(),
                                false,
                                List.of(new PackageFacts.File(
                                        "flask-10.0-py3-none-any.whl",
                                        "packages/b/flask-10.0-py3-none-any.whl",
                                        OptionalLong.empty()))),
                        new PackageFacts.Release(
                                "2.0",
                                Optional.of(Instant.parse("2024-01-02T03:04:05Z")),
                                true,
                                List.of(new PackageFacts.File(
                                        "flask-2.0.tar.gz", "packages/a/flask-2.0.tar.gz", OptionalLong.of(7)))));
        assertThat(facts.requires()).contains("Python >=3.9");
        assertThat(directory.describing(facts)).containsExactly("packages/b/flask-10.0-py3-none-any.whl.metadata");

        PackageFacts described = directory.described(facts, """
                Metadata-Version: 2.1
                Name: Flask
                Summary: A framework
                License: UNKNOWN
                Classifier: License :: OSI Approved :: BSD License
                Requires-Dist: click>=8
                Requires-Dist: asgiref; extra == "async"

                License: of the description, which counts for nothing
                """.getBytes(StandardCharsets.UTF_8));
        assertThat(described.summary()).contains("A framework");
        assertThat(described.licence()).contains("BSD License");
        assertThat(described.needs())
                .containsExactly(
                        new Needs("Requires", List.of("click>=8")),
                        new Needs("With extras", List.of("asgiref; extra == \"async\"")));
        assertThat(described.releases()).isEqualTo(facts.releases());
    }

    private static Part page(String json) {
        Head head = new Head(
                Optional.of("application/vnd.pypi.simple.v1+json"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of());
        return new Part(
                "pypi",
                ResourceKey.of("pypi", "simple/flask/"),
                URI.create("https://pypi.example.org/simple/flask/"),
                head,
                Instant.EPOCH,
                Map.of(),
                json.getBytes(StandardCharsets.UTF_8));
    }
}
