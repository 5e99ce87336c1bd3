package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.testing.ScriptedOrigin.Reply;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The index of an R source where a rule is in force, by what the source offers. */
class FilteredIndexTest {
    private static final String INDEX = "Package: good\nVersion: 1.0\n\nPackage: evil\nVersion: 1.0\n";
    private static final String[] RULE = {"[[policy.rules]]", "name = \"no\"", "package = \"evil\""};
    private static final String CONTRIB = "/src/contrib/";

    @TempDir
    Path home;

    private final HttpClient client = HttpClient.newHttpClient();

    @ParameterizedTest
    @ValueSource(strings = {"PACKAGES", "PACKAGES.gz"})
    void index_sourceWithOneForm_isFilteredInAllForms(String offered) throws Exception {
        byte[] plain = INDEX.getBytes(StandardCharsets.US_ASCII);
        try (Running server = new Running(home, RULE)) {
            server.origin.on(CONTRIB + offered, Reply.of(200, offered.endsWith(".gz") ? gzip(plain) : plain));
            assertForms(server);
        }
    }

    @Test
    void index_sourceWithRdsAlone_isFilteredInAllForms() throws Exception {
        byte[] rds;
        try (Running server = new Running(home.resolve("writer"), RULE)) {
            server.origin.on(CONTRIB + "PACKAGES", Reply.of(200, INDEX.getBytes(StandardCharsets.US_ASCII)));
            rds = get(server, "PACKAGES.rds");
        }
        try (Running server = new Running(home.resolve("reader"), RULE)) {
            server.origin.on(CONTRIB + "PACKAGES.rds", Reply.of(200, rds));
            assertForms(server);
        }
    }

    @Test
    void index_sourceWithNone_isMissing() throws Exception {
        try (Running server = new Running(home, RULE)) {
            assertThat(server.get("/cran" + CONTRIB + "PACKAGES").statusCode()).isEqualTo(404);
        }
    }

    private void assertForms(Running server) throws Exception {
        assertThat(new String(get(server, "PACKAGES"), StandardCharsets.US_ASCII))
                .contains("Package: good")
                .doesNotContain("evil");
        for (String form : new String[] {"PACKAGES.gz", "PACKAGES.rds"}) {
            assertThat(new String(gunzip(get(server, form)), StandardCharsets.ISO_8859_1))
                    .as(form)
                    .contains("good")
                    .doesNotContain("evil");
        }
    }

    private byte[] get(Running server, String form) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + "/cran" + CONTRIB + form))
                .build();
        HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).as(form).isEqualTo(200);
        return answer.body();
    }

    private static byte[] gzip(byte[] body) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(body);
        }
        return out.toByteArray();
    }

    private static byte[] gunzip(byte[] body) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
            return in.readAllBytes();
        }
    }
}
