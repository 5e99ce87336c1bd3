package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages before an index of 30,000 names: as small as before one of a few. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManyPackagesTest {
    private static final int NAMES = 30_000;
    private static final int ROWS_MAX = 50;
    private static final int BYTES_MAX = 64 << 10;

    private Running server;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        server = new Running(home);
        server.origin.otherwise(Reply.of(404, new byte[0]));
        String projects = IntStream.range(0, NAMES)
                .mapToObj(i -> "{\"name\":\"package-" + i + "\"}")
                .collect(Collectors.joining(","));
        byte[] list = ("{\"meta\":{\"api-version\":\"1.1\"},\"projects\":[" + projects + "]}")
                .getBytes(StandardCharsets.UTF_8);
        server.origin.on("/simple/", Reply.of(200, list, "content-type: application/vnd.pypi.simple.v1+json"));
        server.hit("/pypi/latest/simple/");
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/-/packages", "/-/packages?q=package", "/-/packages?q=1", "/-/activity"})
    void page_manyNames_isSmall(String path) throws Exception {
        String body = server.get(path).body();
        assertThat(body.length()).isLessThan(BYTES_MAX);
        assertThat(Jsoup.parse(body).select("li a.name, .matches li").size()).isLessThanOrEqualTo(ROWS_MAX);
    }

    @Test
    void search_manyNames_findsAnyOfThem() throws Exception {
        assertThat(Jsoup.parse(server.get("/-/packages").body())
                        .select("#results")
                        .text())
                .matches("30.000 names are known here\\.");
        Document found = Jsoup.parse(server.get("/-/packages?q=package-29999").body());
        assertThat(found.select(".name").eachText()).containsExactly("package-29999");
        assertThat(Jsoup.parse(server.get("/-/packages?q=package").body()).select(".name"))
                .hasSize(ROWS_MAX);
    }
}
