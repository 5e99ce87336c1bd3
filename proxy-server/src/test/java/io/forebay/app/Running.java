package io.forebay.app;

import io.forebay.testing.ScriptedOrigin;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A whole server on 127.0.0.1 before a scripted origin, and the command line beside it. */
final class Running implements AutoCloseable {
    final ScriptedOrigin origin = ScriptedOrigin.start();
    private final Path file;
    private final Path data;
    private final HttpClient client = HttpClient.newHttpClient();
    private Optional<DataDirectory> directory = Optional.empty();
    private Optional<RunningServer> server = Optional.empty();
    private Optional<Configured> configured = Optional.empty();

    Running(Path home, String... lines) throws IOException {
        data = home.resolve("data");
        file = home.resolve("forebay.toml");
        List<String> all = new ArrayList<>(List.of(
                "listen = \"127.0.0.1:0\"",
                "data-dir = \"" + data + "\"",
                "[sources.pypi]",
                "url = \"" + origin.url("") + "\"",
                "[sources.cran]",
                "url = \"" + origin.url("") + "\"",
                "[sources.bioconductor]",
                "url = \"" + origin.url("") + "\"",
                "[log]",
                "access = false"));
        all.addAll(List.of(lines));
        Files.createDirectories(home);
        Files.write(file, all);
        start();
    }

    void start() {
        Configured now = new Configured(() -> ConfigurationReader.read(Optional.of(file), Map.of(), List.of()));
        DataDirectory locked = DataDirectory.open(now.configuration().dataDir());
        directory = Optional.of(locked);
        server = Optional.of(Server.start(now, locked));
        configured = Optional.of(now);
    }

    void stop() {
        server.ifPresent(running -> running.stop(Duration.ZERO));
        directory.ifPresent(DataDirectory::close);
        server = Optional.empty();
        directory = Optional.empty();
    }

    /** As a hang-up does. */
    void reload() {
        RunningServer running = server.orElseThrow();
        new Reload(configured.orElseThrow(), log -> {}, running::reroute, running::reloaded).run();
    }

    void reloaded(String subject, String outcome) {
        server.orElseThrow().reloaded(subject, outcome);
    }

    Path data() {
        return data;
    }

    Path file() {
        return file;
    }

    String url() {
        return "http://127.0.0.1:" + server.orElseThrow().address().getPort();
    }

    /** Any request; headers in pairs. */
    HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    HttpResponse<String> get(String path, String... headers) throws Exception {
        return send("GET", path, "", headers);
    }

    /** Asks until the answer comes from the cache: a client has its last byte before the row is written. */
    HttpResponse<String> hit(String path) throws Exception {
        long limit = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        HttpResponse<String> answer = get(path);
        while (!answer.headers().firstValue("cache-status").orElse("").contains("; hit")) {
            if (answer.statusCode() != 200 || System.nanoTime() > limit) {
                throw new AssertionError(path + " is no hit: " + answer);
            }
            answer = get(path);
        }
        return answer;
    }

    static JsonNode json(HttpResponse<String> response) {
        return new JsonMapper().readTree(response.body());
    }

    /** What a command did. */
    record Ran(int status, String out, String err) {}

    /** Runs a command about this server. */
    Ran run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(all.get(0).equals("token") ? 2 : 1, List.of("--url", url()));
        return command(all.toArray(String[]::new));
    }

    /** Runs a command with this server's configuration. */
    Ran runOnData(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(1, List.of("--config", file.toString()));
        return command(all.toArray(String[]::new));
    }

    static Ran command(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Forebay.run(
                new Surroundings(Map.of(), new PrintWriter(out, true), new PrintWriter(err, true), Server::start),
                arguments);
        return new Ran(status, out.toString(), err.toString());
    }

    @Override
    public void close() {
        stop();
        origin.close();
    }
}
