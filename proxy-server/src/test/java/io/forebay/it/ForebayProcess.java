package io.forebay.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The real jar as a process of its own, with a written configuration whose sources are the local origin. Its data directory
 * and port stay the same from one start to the next. One thread owns it.
 */
final class ForebayProcess implements AutoCloseable {
    private static final Duration READY_MAX = Duration.ofSeconds(60);
    private static final Duration STOP_MAX = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(50);

    private final Path directory;
    private final int port;
    private final List<String> jvm;
    private final Map<String, String> environment;
    private boolean hangupIgnored;
    private final HttpClient http = HttpClient.newHttpClient();
    private Process process;

    /**
     * Starts and waits until the server says that it is ready.
     *
     * @param directory for the configuration, the data and what the process says
     * @param cache lines of the {@code [cache]} table
     * @param jvm options of the virtual machine
     */
    static ForebayProcess start(Path directory, LocalOrigin origin, String cache, String... jvm)
            throws IOException, InterruptedException {
        Files.createDirectories(directory);
        int port = freePort();
        Files.writeString(directory.resolve("forebay.toml"), toml(directory, port, origin, cache));
        ForebayProcess forebay = new ForebayProcess(directory, port, Arrays.asList(jvm), Map.of());
        forebay.start();
        return forebay;
    }

    /**
     * Starts with a configuration of one's own.
     *
     * @param tables the configuration without address and data directory; begins with a table
     * @param environment variables of the process
     */
    static ForebayProcess start(Path directory, String tables, Map<String, String> environment, String... jvm)
            throws IOException, InterruptedException {
        Files.createDirectories(directory);
        int port = freePort();
        Files.writeString(directory.resolve("forebay.toml"), """
                listen = "127.0.0.1:%d"
                data-dir = "%s"
                """.formatted(port, directory.resolve("data")) + tables);
        ForebayProcess forebay = new ForebayProcess(directory, port, Arrays.asList(jvm), environment);
        forebay.start();
        return forebay;
    }

    private ForebayProcess(Path directory, int port, List<String> jvm, Map<String, String> environment) {
        this.directory = directory;
        this.port = port;
        this.jvm = List.copyOf(jvm);
        this.environment = Map.copyOf(environment);
    }

    private static String toml(Path directory, int port, LocalOrigin origin, String cache) {
        return """
                listen = "127.0.0.1:%d"
                data-dir = "%s"

                [cache]
                %s

                [sources.cran]
                type = "cran"
                url = "%s"

                [sources.bioconductor]
                type = "bioconductor"
                url = "%s"

                [sources.pypi]
                type = "pypi"
                url = "%s"
                file-hosts = ["%s"]
                """.formatted(
                        port,
                        directory.resolve("data"),
                        cache,
                        origin.cran(),
                        origin.bioconductor(),
                        origin.pypi(),
                        origin.fileHost());
    }

    /** The jar that the build leaves, or another one: {@code -Dforebay.jar=FILE}. */
    static Path jar() {
        Path jar = Fixtures.root().resolve(System.getProperty("forebay.jar", "proxy-server/target/forebay.jar"));
        if (!Files.exists(jar)) {
            throw new IllegalStateException("proxy-server/target/forebay.jar is not built: mvn package");
        }
        return jar;
    }

    /** From the next start on, as nohup does it. */
    void ignoreHangup() {
        hangupIgnored = true;
    }

    /** Starts and waits until the server says that it is ready. */
    void start() throws IOException, InterruptedException {
        start("/health/ready");
    }

    /** Starts and waits until the page answers with 200: a server without a disk to write on lives and is not ready. */
    void start(String page) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        // What starts the tests may ignore it, and hand that down.
        command.addAll(List.of("env", hangupIgnored ? "--ignore-signal=HUP" : "--default-signal=HUP"));
        command.addAll(Jvm.command(jvm.toArray(String[]::new)));
        command.addAll(List.of("serve", "--config", "forebay.toml"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("stdout.log").toFile()))
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("stderr.log").toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("FOREBAY_") || name.matches("(?i).*_proxy"));
        builder.environment().putAll(environment);
        process = builder.start();
        long deadline = System.nanoTime() + READY_MAX.toNanos();
        while (!well(page)) {
            if (!process.isAlive()) {
                throw new IllegalStateException("Forebay ended with " + process.exitValue() + ": " + said());
            }
            if (System.nanoTime() > deadline) {
                kill();
                throw new IllegalStateException("Forebay was not ready after " + READY_MAX + ": " + said());
            }
            Thread.sleep(POLL.toMillis());
        }
    }

    private boolean well(String page) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url() + page))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    Path data() {
        return directory.resolve("data");
    }

    long pid() {
        return process.pid();
    }

    boolean alive() {
        return process.isAlive();
    }

    /** What it wrote to both streams, over all starts. */
    String said() {
        StringBuilder all = new StringBuilder();
        for (String name : List.of("stdout.log", "stderr.log")) {
            Path log = directory.resolve(name);
            try {
                all.append(Files.exists(log) ? new String(Files.readAllBytes(log), StandardCharsets.UTF_8) : "");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return all.toString();
    }

    /** As {@code kill -9} does it: the process gets no chance to tidy up. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Asks it to end, as systemd does, and does not wait. */
    void terminate() {
        process.destroy();
    }

    /** Its exit status, once it has ended. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("Forebay did not end within " + STOP_MAX);
        }
        return process.exitValue();
    }

    /** Asks it to end and waits. */
    @Override
    public void close() throws InterruptedException {
        if (process == null) {
            return;
        }
        process.destroy();
        if (!process.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
            kill();
            throw new IllegalStateException("Forebay did not end within " + STOP_MAX);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
