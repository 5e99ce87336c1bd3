package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real SIGHUP to a real process, while clients are connected and download. */
class ReloadIT {
    private static final int MIB = 1024 * 1024;
    private static final long PATIENCE_SECONDS = 30;

    @TempDir
    private Path directory;

    /** A connection that is kept. */
    private static final class Kept implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        Kept(ForebayProcess forebay) throws IOException {
            URI url = URI.create(forebay.url());
            socket = new Socket(InetAddress.getLoopbackAddress(), url.getPort());
            in = socket.getInputStream();
        }

        void send(String path) throws IOException {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: forebay\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        }

        String head() throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int next = in.read();
                assertThat(next).as(head.toString(StandardCharsets.ISO_8859_1)).isNotNegative();
                head.write(next);
            }
            return head.toString(StandardCharsets.ISO_8859_1);
        }

        byte[] read(int count) throws IOException {
            return in.readNBytes(count);
        }

        /** Asks, reads the whole answer and says its status. */
        int status(String path) throws IOException {
            send(path);
            String head = head();
            String lower = head.toLowerCase(Locale.ROOT);
            int length = Integer.parseInt(lower.replaceFirst("(?s).*\r\ncontent-length: *(\\d+)\r\n.*", "$1"));
            assertThat(read(length)).hasSize(length);
            return Integer.parseInt(head.substring(9, 12));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private void hup(ForebayProcess forebay, String expected, int times) throws Exception {
        assertThat(new ProcessBuilder("kill", "-HUP", Long.toString(forebay.pid()))
                        .start()
                        .waitFor())
                .isZero();
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (forebay.said().lines().filter(line -> line.contains(expected)).count() < times) {
            assertThat(System.nanoTime()).as(expected + " in " + forebay.said()).isLessThan(limit);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void hangup_rule_isInForceForOpenConnectionsAndCutsNoDownload() throws Exception {
        try (LocalOrigin origin = LocalOrigin.open()) {
            byte[] wheel = LocalOrigin.likeWheel(new Random(1), 3 * MIB);
            String path = origin.add(wheel, "slow-1.0-py3-none-any.whl");
            try (ForebayProcess forebay =
                            ForebayProcess.start(directory, """
                    [sources.pypi]
                    url = "%s"
                    file-hosts = ["%s"]
                    """.formatted(origin.pypi(), origin.fileHost()), Map.of());
                    Kept client = new Kept(forebay);
                    Kept download = new Kept(forebay)) {
                Path file = directory.resolve("forebay.toml");
                String before = Files.readString(file);
                for (int i = 0; i < 3; i++) {
                    assertThat(client.status("/pypi/latest/simple/six/")).isEqualTo(200);
                }
                assertThat(client.status("/pypi/latest/simple/requests/")).isEqualTo(200);
                origin.bytesPerSecond(MIB);
                download.send("/pypi" + path);
                assertThat(download.head()).startsWith("HTTP/1.1 200 ");

                Files.writeString(
                        file, "[[policy.rules]]\nname = \"no-six\"\npackage = \"six\"\n", StandardOpenOption.APPEND);
                hup(forebay, "Reload: policy.rules: 1 in force", 1);
                assertThat(client.status("/pypi/latest/simple/six/")).isEqualTo(403);
                assertThat(client.status("/pypi/latest/simple/requests/")).isEqualTo(200);
                assertThat(download.read(wheel.length)).isEqualTo(wheel);

                Files.writeString(file, "listen = 7\n");
                hup(forebay, "Reload: nothing is changed: forebay.toml:1: ", 1);
                assertThat(client.status("/pypi/latest/simple/six/")).isEqualTo(403);

                Files.writeString(
                        file, before.replace("[sources.pypi]", "[cache]\nmemory = \"1 MiB\"\n[sources.pypi]"));
                hup(forebay, "Reload: policy.rules: 0 in force", 1);
                hup(forebay, "Reload: cache.memory has changed and takes effect at the next start", 2);
                assertThat(client.status("/pypi/latest/simple/six/")).isEqualTo(200);
            }
        }
    }

    @Test
    void hangup_sources_areOthersFromThenOn_andARunningDownloadEnds() throws Exception {
        try (LocalOrigin one = LocalOrigin.open();
                LocalOrigin two = LocalOrigin.open()) {
            byte[] wheel = LocalOrigin.likeWheel(new Random(1), 3 * MIB);
            byte[] other = LocalOrigin.likeWheel(new Random(2), MIB);
            String slow = one.add(wheel, "slow-1.0-py3-none-any.whl");
            String there = two.add(other, "there-1.0-py3-none-any.whl");
            String text = """
                    [sources.pypi]
                    url = "%s"
                    file-hosts = ["%s"]
                    """;
            try (ForebayProcess forebay =
                            ForebayProcess.start(directory, text.formatted(one.pypi(), one.fileHost()), Map.of());
                    Kept client = new Kept(forebay);
                    Kept download = new Kept(forebay)) {
                Path file = directory.resolve("forebay.toml");
                String before = Files.readString(file);
                assertThat(client.status("/pypi" + there)).as("remembered").isEqualTo(404);
                one.bytesPerSecond(MIB);
                download.send("/pypi" + slow);
                assertThat(download.head()).startsWith("HTTP/1.1 200 ");

                String after = before.replace(one.pypi(), two.pypi()).replace(one.fileHost(), two.fileHost());
                Files.writeString(file, after);
                hup(forebay, "Reload: sources.pypi: file-hosts, url in force", 1);
                assertThat(client.status("/pypi" + there)).isEqualTo(200);
                assertThat(download.read(wheel.length)).isEqualTo(wheel);

                assertThat(client.status("/more/latest/simple/six/")).isEqualTo(404);
                String more =
                        "[sources.more]\ntype = \"pypi\"\nurl = \"%s\"\n[repositories.more]\nsources = [\"more\"]\n"
                                .formatted(one.pypi());
                Files.writeString(file, after + more);
                hup(forebay, "Reload: repositories.more is in force; its sources: more", 1);
                assertThat(client.status("/more/latest/simple/six/")).isEqualTo(200);

                Files.writeString(file, after + more.replace("= [\"more\"]", "= [\"mroe\"]"));
                hup(forebay, "Reload: nothing is changed: forebay.toml:", 1);
                assertThat(client.status("/more/latest/simple/six/")).isEqualTo(200);

                Files.writeString(file, after);
                hup(forebay, "Reload: sources.more is no more", 1);
                assertThat(client.status("/more/latest/simple/six/")).isEqualTo(404);
                assertThat(client.status("/pypi" + there)).isEqualTo(200);
            }
        }
    }

    @Test
    void hangup_ignoredSinceBefore_isSaidAtTheStart() throws Exception {
        try (ForebayProcess forebay = ForebayProcess.start(directory, "", Map.of())) {
            assertThat(forebay.said()).doesNotContain("SIGHUP");
            forebay.close();
            forebay.ignoreHangup();
            forebay.start();
            assertThat(forebay.said()).contains("SIGHUP is ignored and does nothing");
        }
    }

    @Test
    void hangup_accessFormat_isThatOfTheNextLine() throws Exception {
        try (LocalOrigin origin = LocalOrigin.open();
                ForebayProcess forebay = ForebayProcess.start(directory, """
                        [log]
                        access-format = "common"
                        [sources.pypi]
                        url = "%s"
                        """.formatted(origin.pypi()), Map.of());
                Kept client = new Kept(forebay)) {
            Path file = directory.resolve("forebay.toml");
            assertThat(client.status("/pypi/latest/simple/six/?one")).isEqualTo(200);
            // A line is written in the format of the moment it is written in.
            line(forebay, "?one");
            Files.writeString(file, Files.readString(file).replace("common", "json"));
            hup(forebay, "Reload: log.access-format: json in force", 1);
            assertThat(client.status("/pypi/latest/simple/six/?two")).isEqualTo(200);
            assertThat(line(forebay, "?one")).endsWith(" HTTP/1.1\" 200 " + bytes(line(forebay, "?two")));
            assertThat(line(forebay, "?two")).startsWith("{\"time\":").contains("\"repository\":\"pypi\"");
        }
    }

    /** The line of the access log about a target, once it is there. */
    private static String line(ForebayProcess forebay, String target) throws Exception {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            Optional<String> line =
                    forebay.said().lines().filter(text -> text.contains(target)).findFirst();
            if (line.isPresent()) {
                return line.get();
            }
            assertThat(System.nanoTime()).as(target + " in " + forebay.said()).isLessThan(limit);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static String bytes(String json) {
        return json.replaceFirst(".*\"bytes\":(\\d+).*", "$1");
    }
}
