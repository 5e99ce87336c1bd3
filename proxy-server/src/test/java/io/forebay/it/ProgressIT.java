package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the real program draws on a real terminal, before a server that works until the bar was seen to move. */
class ProgressIT {
    private static final String CLEARED = "\r\u001b[K";
    private static final int PACKAGES = 40;

    private static final int STEPS = 1_000;

    private static final long STEP_MILLIS = 50;

    /** Longer together than a bar keeps silent at first. */
    private static final int STEPS_UNSEEN = 30;

    private static final long RUN_SECONDS_MAX = 60;

    @TempDir
    private Path directory;

    private final CountDownLatch seen = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;
    private volatile int steps = STEPS_UNSEEN;

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void close() {
        seen.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify", "backup"})
    void terminal_barOfALongCommand_isRedrawnAndCleared(String command) throws Exception {
        String said =
                onTerminal(command, Pattern.quote("\r" + command + " [") + "[# ]{30}] \\d+% \\d+/1000 \\w+\u001b\\[K");
        assertThat(said).contains(CLEARED + "blobs").doesNotContain("\n" + command + " [");
    }

    @Test
    void terminal_barsOfWarm_areRedrawnAndCleared() throws Exception {
        String said = onTerminal("warm", "\rlook up \\[[# ]{30}] \\d+% \\d+/" + PACKAGES + " packages\u001b\\[K");
        assertThat(said).contains(CLEARED + PACKAGES + " packages, " + PACKAGES + " files");
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify", "warm"})
    void noTerminal_longCommand_printsNoBar(String command) throws Exception {
        Process process = new ProcessBuilder(command(command))
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).doesNotContain("\r", "\u001b", "%").contains(command.equals("warm") ? " files, " : "blobs");
    }

    @Test
    void terminal_errorsGoElsewhere_printsNoBar() throws Exception {
        Process process = terminal(String.join(" ", command("verify")) + " 2>/dev/null");
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).doesNotContain("\u001b", "%").contains("blobs");
    }

    /** Runs a command until two drawings of its bar were seen, lets the work end, and gives all that came. */
    private String onTerminal(String command, String bar) throws Exception {
        steps = STEPS;
        Process process = terminal(String.join(" ", command(command)));
        StringBuilder said = new StringBuilder();
        Pattern twice = Pattern.compile("(?s)" + bar + ".*" + bar);
        try (InputStream in = process.getInputStream()) {
            byte[] some = new byte[8_192];
            for (int count = in.read(some); count >= 0; count = in.read(some)) {
                said.append(new String(some, 0, count, StandardCharsets.UTF_8));
                if (twice.matcher(said).find()) {
                    seen.countDown();
                }
            }
        }
        assertThat(process.waitFor(RUN_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said.toString()).isZero();
        assertThat(said.toString()).containsPattern(twice);
        return said.toString();
    }

    /** In a terminal of its own, which util-linux makes. */
    private static Process terminal(String command) throws IOException {
        return new ProcessBuilder("script", "--quiet", "--return", "--command", command, "/dev/null")
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .start();
    }

    private List<String> command(String command) throws IOException {
        List<String> line = Jvm.command();
        line.addAll(List.of(
                command, "--url", "http://127.0.0.1:" + server.getAddress().getPort()));
        switch (command) {
            case "backup" -> line.add("/srv/elsewhere");
            case "warm" -> {
                StringBuilder names = new StringBuilder();
                for (int i = 0; i < PACKAGES; i++) {
                    names.append("name").append(i).append('\n');
                }
                line.add(Files.writeString(directory.resolve("list.txt"), names).toString());
            }
            default -> {}
        }
        return line;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        try (exchange) {
            if (exchange.getRequestMethod().equals("POST")) {
                work(exchange);
            } else if (path.equals("/api/v1/repositories")) {
                send(exchange, "[{\"name\":\"py\",\"ecosystem\":\"python\"}]");
            } else if (path.contains("/simple/")) {
                Thread.sleep(STEP_MILLIS);
                String name = path.replaceAll(".*/simple/|/", "");
                send(exchange, """
                        {"meta":{"api-version":"1.1"},"name":"%1$s","versions":["1.0"],"files":[
                        {"filename":"%1$s-1.0.tar.gz","url":"/py/files/%1$s-1.0.tar.gz","hashes":{}}]}
                        """.formatted(name));
            } else {
                send(exchange, "bytes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/vnd.pypi.simple.v1+json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    private void work(HttpExchange exchange) throws IOException, InterruptedException {
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (int done = 1; done < steps && seen.getCount() > 0; done++) {
                out.write(("{\"done\":" + done + ",\"total\":" + STEPS + "}\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
                Thread.sleep(STEP_MILLIS);
            }
            out.write("{\"result\":{\"blobs\":1000}}\n".getBytes(StandardCharsets.UTF_8));
        }
    }
}
