package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An air-gapped twin: the jar exports beside a running server, the jar imports, the twin serves with every origin gone. */
class TwinIT {
    private static final int SIZE = 3 << 20;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    /** What a command said and how it ended. */
    private record Ran(int status, String said) {}

    private Ran command(Path configuration, String... arguments) throws Exception {
        List<String> command = Jvm.command();
        command.add(arguments[0]);
        command.addAll(List.of("--config", configuration.toString()));
        command.addAll(List.of(arguments).subList(1, arguments.length));
        Path said = Files.createTempFile(directory, "said", "");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.exitValue(), Files.readString(said));
    }

    private HttpResponse<byte[]> get(ForebayProcess of, String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(of.url() + path)).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static boolean isHit(HttpResponse<?> answer) {
        return answer.headers().firstValue("Cache-Status").orElse("").contains("hit");
    }

    private byte[] hit(ForebayProcess of, String path) throws Exception {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        HttpResponse<byte[]> answer = get(of, path);
        while (!isHit(answer)) {
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(System.nanoTime())
                    .as(path + " is no hit: " + answer.headers())
                    .isLessThan(limit);
            answer = get(of, path);
        }
        return answer.body();
    }

    @Test
    void twin_withoutAnyOrigin_answersTheSameFromHits() throws Exception {
        Map<String, byte[]> served = new LinkedHashMap<>();
        Path export = directory.resolve("export");
        try (LocalOrigin origin = LocalOrigin.open()) {
            String wheel =
                    "/pypi" + origin.add(LocalOrigin.likeWheel(new Random(1), SIZE), "large-1.0-py3-none-any.whl");
            String small =
                    "/pypi" + origin.add(LocalOrigin.likeWheel(new Random(2), 5_000), "small-1.0-py3-none-any.whl");
            try (ForebayProcess first = ForebayProcess.start(directory.resolve("a"), origin, "index-ttl = \"1d\"")) {
                for (String path : List.of(
                        wheel,
                        small,
                        "/pypi/latest/simple/six/",
                        "/pypi/latest/simple/requests/",
                        "/cran/latest/src/contrib/PACKAGES.gz",
                        "/cran/latest/src/contrib/PACKAGES")) {
                    served.put(path, hit(first, path));
                }
                Ran ran = command(directory.resolve("a/forebay.toml"), "export", "--json", export.toString());
                assertThat(ran.said()).contains("\"lost_blobs\":0");
                assertThat(ran.status()).isZero();
            }
            origin.stop();
            Process sums = new ProcessBuilder("sha256sum", "--quiet", "-c", "SHA256SUMS")
                    .directory(export.toFile())
                    .inheritIO()
                    .start();
            assertThat(sums.waitFor()).isZero();
            try (ForebayProcess twin = ForebayProcess.start(directory.resolve("b"), origin, "index-ttl = \"1d\"")) {
                flipped_isRefusedByName(twin, export, served.get(wheel));
                Ran ran = command(directory.resolve("b/forebay.toml"), "import", "--json", export.toString());
                assertThat(ran.status()).as(ran.said()).isZero();
                for (Map.Entry<String, byte[]> each : served.entrySet()) {
                    HttpResponse<byte[]> answer = get(twin, each.getKey());
                    assertThat(answer.statusCode()).as(each.getKey()).isEqualTo(200);
                    assertThat(isHit(answer))
                            .as(each.getKey() + " " + answer.headers())
                            .isTrue();
                    assertThat(answer.body()).as(each.getKey()).isEqualTo(each.getValue());
                }
                assertThat(get(twin, "/pypi/latest/simple/urllib3/").statusCode())
                        .as("what was not carried over")
                        .isEqualTo(503);
            }
        }
    }

    private void flipped_isRefusedByName(ForebayProcess twin, Path export, byte[] body) throws Exception {
        String name = Digests.sha256(body);
        Path blob = export.resolve("blobs").resolve(name.substring(0, 2)).resolve(name);
        byte[] flipped = body.clone();
        flipped[SIZE / 2] ^= 4;
        Files.write(blob, flipped);
        Ran ran = command(directory.resolve("b/forebay.toml"), "import", export.toString());
        assertThat(ran.status()).isEqualTo(2);
        assertThat(ran.said()).hasLineCount(1).contains(name).contains("damaged");
        assertThat(new String(get(twin, "/api/v1/status").body(), StandardCharsets.UTF_8))
                .contains("\"blobs\":0");
        Files.write(blob, body);
    }
}
