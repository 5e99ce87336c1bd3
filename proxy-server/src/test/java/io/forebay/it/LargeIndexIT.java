package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A project of 20,000 files, whose page is 10 MiB of JSON, on a server with the memory of a small machine. */
class LargeIndexIT {
    private static final int FILES = 20_000;
    private static final int CLIENTS = 6;
    private static final int ASKED_MAX = 200;
    private static final int PAUSE_MILLIS = 100;

    /** An eighth of a machine of 1 GiB, which is what such a machine would get. */
    private static final String[] SMALL_MEMORY = {"-Xmx128m", "-XX:MaxDirectMemorySize=128m"};

    private static final String JSON = "application/vnd.pypi.simple.v1+json";
    private static final String HTML = "text/html";
    private static final Pattern LINK = Pattern.compile("<a href=");

    @TempDir
    private Path directory;

    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final HttpClient http = HttpClient.newBuilder()
            .executor(workers)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private HttpServer origin;
    private String address;

    @BeforeEach
    void open() throws IOException {
        origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        origin.setExecutor(workers);
        address = "http://127.0.0.1:" + origin.getAddress().getPort();
        byte[] page = page().getBytes(StandardCharsets.UTF_8);
        assertThat(page.length).isGreaterThan(10 << 20);
        origin.createContext("/simple/huge/", exchange -> {
            try (exchange) {
                exchange.getResponseHeaders().set("Content-Type", JSON);
                exchange.getResponseHeaders().set("ETag", "\"1\"");
                exchange.sendResponseHeaders(200, page.length);
                exchange.getResponseBody().write(page);
            }
        });
        origin.start();
    }

    @AfterEach
    void close() {
        origin.stop(0);
        workers.shutdownNow();
    }

    private String page() {
        StringBuilder page = new StringBuilder("{\"meta\":{\"api-version\":\"1.1\"},\"name\":\"huge\",\"files\":[");
        for (int i = 0; i < FILES; i++) {
            String name = "huge-1." + i + "-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
            String hash = "%064x".formatted(i);
            page.append(i == 0 ? "" : ",")
                    .append("{\"filename\":\"%s\",\"url\":\"%s/packages/aa/bb/%s/%s\",\"hashes\":{\"sha256\":\"%s\"},"
                            .formatted(name, address, hash.substring(4), name, hash))
                    .append("\"requires-python\":\">=3.9\",\"size\":%d,\"upload-time\":\"2024-05-01T10:00:00.000000Z\","
                            .formatted(1_000_000 + i))
                    .append("\"core-metadata\":{\"sha256\":\"%s\"},\"yanked\":false}".formatted(hash));
        }
        return page.append("],\"versions\":[\"1.0\"]}").toString();
    }

    @Test
    @DisplayName("a page of 20,000 files is rendered, as JSON, HTML and gzip, within the heap of a machine of 1 GiB")
    void largeProject_smallHeap_isServedInEveryForm() throws Exception {
        String tables = """
                [sources.cran]
                enabled = false
                [sources.bioconductor]
                enabled = false
                [sources.pypi]
                url = "%s"
                file-hosts = ["%s"]
                """.formatted(address, address);
        try (ForebayProcess forebay =
                ForebayProcess.start(directory.resolve("forebay"), tables, Map.of(), SMALL_MEMORY)) {
            List<CompletableFuture<Told>> asked = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                for (String form : List.of(JSON, HTML)) {
                    for (String coding : List.of("identity", "gzip")) {
                        asked.add(CompletableFuture.supplyAsync(() -> asked(forebay, form, coding), workers));
                    }
                }
            }
            for (CompletableFuture<Told> one : asked) {
                one.join();
            }
            for (String form : List.of(JSON, HTML)) {
                Told told = asked(forebay, form, "gzip");
                // Compressing ten megabytes takes longer than the page itself: who asks first does not wait for it.
                for (int i = 0; i < ASKED_MAX && !told.coded(); i++) {
                    Thread.sleep(PAUSE_MILLIS);
                    told = asked(forebay, form, "gzip");
                }
                assertThat(told.coded()).as(forebay::said).isTrue();
                System.out.printf(
                        "LargeIndexIT: from memory, %s: %d ms, as gzip %d ms%n",
                        form, asked(forebay, form, "identity").millis(), told.millis());
            }
            assertThat(forebay.alive()).as(forebay::said).isTrue();
        }
    }

    /** How long an answer took, and whether it came as gzip. */
    private record Told(long millis, boolean coded) {}

    /** An answer that was seen to be whole. */
    private Told asked(ForebayProcess forebay, String form, String coding) {
        try {
            long begun = System.nanoTime();
            HttpResponse<byte[]> response = http.send(
                    HttpRequest.newBuilder(URI.create(forebay.url() + "/pypi/latest/simple/huge/"))
                            .header("Accept", form)
                            .header("Accept-Encoding", coding)
                            .build(),
                    BodyHandlers.ofByteArray());
            long took = (System.nanoTime() - begun) / 1_000_000;
            assertThat(response.statusCode()).as(forebay::said).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith(form);
            boolean coded = response.headers().firstValue("Content-Encoding").equals(Optional.of("gzip"));
            byte[] body = coded
                    ? new GZIPInputStream(new ByteArrayInputStream(response.body())).readAllBytes()
                    : response.body();
            assertThat(coded && !coding.equals("gzip")).isFalse();
            assertThat(files(form, body)).isEqualTo(FILES);
            return new Told(took, coded);
        } catch (IOException e) {
            throw new AssertionError(forebay.said(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static long files(String form, byte[] body) {
        if (form.equals(JSON)) {
            JsonNode files = new JsonMapper().readTree(body).path("files");
            return files.size();
        }
        return LINK.matcher(new String(body, StandardCharsets.UTF_8)).results().count();
    }
}
