package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real nginx in front, which gives clients the server below a path of its own. */
class NginxIT {
    /** Clients that come by nginx connect from here; nginx itself from 127.0.0.1. */
    private static final String CLIENT = "127.0.0.9";

    private static final long PATIENCE_SECONDS = 30;

    @TempDir
    private Path directory;

    private LocalOrigin origin;
    private ForebayProcess forebay;
    private Process nginx;
    private int front;

    @BeforeEach
    void open() throws Exception {
        origin = LocalOrigin.open();
        forebay = ForebayProcess.start(
                directory.resolve("forebay"), """
                [http]
                trusted-proxies = ["127.0.0.1"]
                [sources.pypi]
                url = "%s"
                file-hosts = ["%s"]
                """.formatted(origin.pypi(), origin.fileHost()), Map.of());
        front = ForebayProcess.freePort();
        Path configuration =
                Files.writeString(directory.resolve("nginx.conf"), """
                worker_processes 1;
                daemon off;
                error_log %1$s/error.log;
                pid %1$s/pid;
                events { worker_connections 64; }
                http {
                  access_log off;
                  client_body_temp_path %1$s/body;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                  server {
                    listen 127.0.0.1:%2$d;
                    location /forebay/ {
                      proxy_pass %3$s/;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                      proxy_set_header X-Forwarded-Proto https;
                      proxy_set_header X-Forwarded-Host packages.example.org;
                      proxy_set_header X-Forwarded-Prefix /forebay;
                      proxy_set_header Forwarded "";
                    }
                  }
                }
                """.formatted(directory, front, forebay.url()));
        nginx = new ProcessBuilder("/usr/sbin/nginx", "-p", directory.toString(), "-c", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("nginx.log").toFile())
                .start();
        awaitFront();
    }

    private void awaitFront() throws Exception {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), front)) {
                assertThat(probe.isConnected()).isTrue();
                return;
            } catch (ConnectException e) {
                assertThat(nginx.isAlive() && System.nanoTime() < limit)
                        .as(Files.readString(directory.resolve("nginx.log")))
                        .isTrue();
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    @AfterEach
    void close() throws Exception {
        if (nginx != null) {
            nginx.destroy();
            assertThat(nginx.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
        if (forebay != null) {
            forebay.close();
        }
        origin.close();
    }

    /** Asks from an address of one's own, so that the log can tell who it was. */
    private static String ask(int port, String method, String path, String... fields) throws IOException {
        InetAddress own = InetAddress.getByAddress(new byte[] {127, 0, 0, 9});
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port, own, 0)) {
            String head = method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nConnection: close\r\n"
                    + List.of(fields).stream().map(field -> field + "\r\n").reduce("", String::concat)
                    + "Content-Length: 0\r\n\r\n";
            socket.getOutputStream()
                    .write((method.equals("GET") ? head.replace("Content-Length: 0\r\n", "") : head)
                            .getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void awaitLogged(String line) throws Exception {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!forebay.said().lines().anyMatch(said -> said.contains(line))) {
            assertThat(System.nanoTime()).as(line + " in " + forebay.said()).isLessThan(limit);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void pip_belowAPath_installs() throws Exception {
        Stage.needsClients();
        Client client = new Client(directory.resolve("client"));
        Client.Outcome outcome = client.run(
                "python3-pip",
                "pip",
                "install",
                "--no-cache-dir",
                "--target",
                "lib",
                "--index-url",
                "http://127.0.0.1:" + front + "/forebay/pypi/latest/simple/",
                "requests");
        assertThat(outcome.status()).as(outcome.output()).isZero();
        assertThat(directory.resolve("client/lib/requests/__init__.py")).exists();
    }

    @Test
    void accessLog_forwardedRequests_nameTheClientWhatItSaysItself() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(ask(front, "GET", "/forebay/pypi/latest/simple/requests/", "X-Forwarded-For: 198.51.100.1"))
                    .startsWith("HTTP/1.1 200 ");
            awaitLogged(CLIENT + " - - [");
        }
        assertThat(ask(front, "GET", "/forebay/health/live?by=nginx", "Forwarded: for=198.51.100.2"))
                .startsWith("HTTP/1.1 200 ");
        awaitLogged("/health/live?by=nginx ");
        int direct = Integer.parseInt(forebay.url().replaceFirst(".*:", ""));
        assertThat(ask(direct, "GET", "/health/live?by=hand", "X-Forwarded-For: 198.51.100.3"))
                .startsWith("HTTP/1.1 200 ");
        awaitLogged("/health/live?by=hand ");
        assertThat(forebay.said().lines().filter(line -> line.contains("/health/live?by=")))
                .hasSize(2)
                .allMatch(line -> line.startsWith(CLIENT + " - - ["));
        assertThat(forebay.said()).doesNotContain("198.51.100.");
    }

    @Test
    void setupPage_belowAPath_saysTheAddressThatClientsReach() throws Exception {
        assertThat(ask(front, "GET", "/forebay/-/setup?client=pip"))
                .startsWith("HTTP/1.1 200 ")
                .contains("https://packages.example.org/forebay/pypi/latest/simple")
                .doesNotContain(forebay.url());
        int direct = Integer.parseInt(forebay.url().replaceFirst(".*:", ""));
        assertThat(ask(direct, "GET", "/-/setup?client=pip", "X-Forwarded-Host: evil.example.org"))
                .startsWith("HTTP/1.1 200 ")
                .contains(forebay.url() + "/pypi/latest/simple")
                .doesNotContain("evil.example.org");
    }

    @Test
    void administration_throughNginx_needsAToken() throws Exception {
        assertThat(ask(front, "POST", "/forebay/api/v1/gc")).startsWith("HTTP/1.1 401 ");
        assertThat(ask(front, "POST", "/forebay/api/v1/gc", "X-Forwarded-For: 127.0.0.1", "Host: localhost"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(ask(front, "POST", "/forebay/api/v1/gc", "X-Forwarded-For: 127.0.0.1"))
                .startsWith("HTTP/1.1 401 ");
        int direct = Integer.parseInt(forebay.url().replaceFirst(".*:", ""));
        assertThat(ask(direct, "GET", "/api/v1/audit"))
                .as("what comes from the loopback may come by a proxy that says nothing of it")
                .startsWith("HTTP/1.1 401 ");
        String local = Files.readString(forebay.data().resolve("local-token")).strip();
        assertThat(ask(direct, "GET", "/api/v1/audit", "Authorization: Bearer " + local))
                .startsWith("HTTP/1.1 200 ")
                .contains("\"client\":\"" + CLIENT + "\"")
                .contains("refused");
        awaitLogged(CLIENT + " - local [");
    }
}
