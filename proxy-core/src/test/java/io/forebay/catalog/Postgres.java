package io.forebay.catalog;

import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.ConnectionFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PostgreSQL server of the test's own on loopback, from Debian's packages; ended by its process id. */
final class Postgres implements AutoCloseable {
    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
    private static final long START_MILLIS_MAX = 30_000;

    private final Process server;
    private final Path directory;
    private final int port;

    private Postgres(Process server, Path directory, int port) {
        this.server = server;
        this.directory = directory;
        this.port = port;
    }

    /** Where the programs are; empty when no server is installed. */
    static Optional<Path> programs() throws IOException {
        if (!Files.isDirectory(VERSIONS)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(VERSIONS)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin ->
                            Files.isExecutable(bin.resolve("postgres")) && Files.isExecutable(bin.resolve("initdb")))
                    .max(Comparator.comparingInt(bin ->
                            Integer.parseInt(bin.getParent().getFileName().toString())));
        }
    }

    static Postgres start(Path programs) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("forebay-postgres");
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        List<String> user = unprivileged(directory);
        Path data = directory.resolve("data");
        Process initdb = run(
                directory,
                user,
                programs.resolve("initdb").toString(),
                "-D",
                data.toString(),
                "-U",
                "forebay",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync");
        if (!initdb.waitFor(60, TimeUnit.SECONDS) || initdb.exitValue() != 0) {
            throw new IOException("initdb: " + Files.readString(directory.resolve("log")));
        }
        Process server = run(
                directory,
                user,
                programs.resolve("postgres").toString(),
                "-D",
                data.toString(),
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "fsync=off");
        Postgres postgres = new Postgres(server, directory, port);
        postgres.awaitReady();
        return postgres;
    }

    ConnectionFactory connections() {
        return new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
                .host("127.0.0.1")
                .port(port)
                .username("forebay")
                .database("postgres")
                .build());
    }

    @Override
    public void close() throws IOException, InterruptedException {
        // SIGTERM lets the server end when its last client has gone.
        // it.
        server.destroy();
        if (!server.waitFor(20, TimeUnit.SECONDS)) {
            server.descendants().forEach(ProcessHandle::destroyForcibly);
            server.destroyForcibly().waitFor();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS_MAX);
        while (!Files.readString(directory.resolve("log")).contains("ready to accept connections")) {
            if (!server.isAlive() || System.nanoTime() > deadline) {
                String log = Files.readString(directory.resolve("log"));
                close();
                throw new IOException("postgres: " + log);
            }
            server.waitFor(50, TimeUnit.MILLISECONDS);
        }
    }

    /** PostgreSQL refuses to run as root. */
    private static List<String> unprivileged(Path directory) throws IOException, InterruptedException {
        if (!"root".equals(System.getProperty("user.name"))) {
            return List.of();
        }
        new ProcessBuilder("chown", "postgres", directory.toString()).start().waitFor();
        return List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups");
    }

    private static Process run(Path directory, List<String> user, String... command) throws IOException {
        List<String> words = new ArrayList<>(user);
        words.addAll(List.of(command));
        return new ProcessBuilder(words)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
    }
}
