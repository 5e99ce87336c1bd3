package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.testing.TestCertificates;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve} with TLS and a port for plain HTTP: a real process, followed by curl. */
class PlainRedirectIT {
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    private Path directory;

    private Process server;
    private int port;
    private int plain;

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.destroy();
            assertThat(server.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    private void start(LocalOrigin origin) throws Exception {
        TestCertificates authority = new TestCertificates();
        X509Bundle certificate = authority.server();
        authority.rootFile(directory);
        Path pem = Files.writeString(directory.resolve("server.pem"), certificate.getCertificatePathPEM());
        Path key = Files.writeString(directory.resolve("server.key"), certificate.getPrivateKeyPEM());
        port = ForebayProcess.freePort();
        plain = ForebayProcess.freePort();
        Path file = Files.writeString(directory.resolve("forebay.toml"), """
                listen = "127.0.0.1:%d"
                data-dir = "%s"
                [tls]
                certificate = "%s"
                key = "%s"
                redirect-from = "127.0.0.1:%d"
                [sources.pypi]
                url = "%s"
                """.formatted(
                        port, directory.resolve("data"), pem, key, plain, origin.pypi()));
        List<String> command = Jvm.command();
        command.addAll(List.of("serve", "--config", file.toString()));
        server = new ProcessBuilder(command)
                .redirectOutput(directory.resolve("stdout.log").toFile())
                .redirectError(directory.resolve("stderr.log").toFile())
                .start();
    }

    /** What curl writes out, once the server listens. */
    private String curl(String format, String... arguments) throws Exception {
        Path said = directory.resolve("curl.out");
        String[] command = {
            "curl",
            "--silent",
            "--noproxy",
            "*",
            "--retry",
            "60",
            "--retry-delay",
            "1",
            "--retry-connrefused",
            "--cacert",
            directory.resolve("root.pem").toString(),
            "--output",
            directory.resolve("body").toString(),
            "--write-out",
            format
        };
        Process curl = new ProcessBuilder(
                        Stream.of(command, arguments).flatMap(Arrays::stream).toList())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertThat(curl.waitFor(2 * PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return Files.readString(said);
    }

    private void awaitLine(String text) throws Exception {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        Path log = directory.resolve("stdout.log");
        while (!Files.readString(log).contains(text)) {
            assertThat(System.nanoTime())
                    .as(text + " in " + Files.readString(log))
                    .isLessThan(limit);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void plainHttp_isSentToHttps_loggedAndCounted() throws Exception {
        try (LocalOrigin origin = LocalOrigin.open()) {
            start(origin);
            String target = "/pypi/latest/simple/six/";
            String secure = "https://127.0.0.1:" + port;
            assertThat(curl("%{http_code} %{redirect_url}", "http://127.0.0.1:" + plain + target + "?a=%2B"))
                    .isEqualTo("308 " + secure + target + "?a=%2B");
            assertThat(curl(
                            "%{http_code} %{scheme} %{num_redirects}",
                            "--location", "http://127.0.0.1:" + plain + target))
                    .matches("200 (?i:https) 1");
            assertThat(Files.readString(directory.resolve("body"))).contains("Links for six");
            assertThat(curl("%{http_code}", "http://127.0.0.1:" + plain + "/", "--header", "Host: a b"))
                    .isEqualTo("400");
            awaitLine("\"GET " + target + "?a=%2B HTTP/1.1\" 308 ");
            awaitLine("\"GET / HTTP/1.1\" 400 ");
            assertThat(curl("%{http_code}", secure + "/metrics")).isEqualTo("200");
            assertThat(Files.readString(directory.resolve("body")))
                    .containsPattern("forebay_requests_total\\{[^}]*repository=\"none\"[^}]*status=\"308\"[^}]*} 2.0");
        }
    }
}
