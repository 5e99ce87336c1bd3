package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command line: exit status, and one line on standard error when something is wrong. */
class ForebayTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void version_isZero() {
        assertThat(run(Map.of(), "--version")).isZero();
        assertThat(out.toString()).startsWith("forebay ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "serve --help", "check-config --help"})
    void help_isZeroAndOnStandardOutput(String line) {
        assertThat(run(Map.of(), line.split(" "))).isZero();
        assertThat(out.toString()).contains("Usage: forebay");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void manual_tellsOfEveryCommand() throws IOException {
        assertThat(run(Map.of(), "--help")).isZero();
        List<String> commands = out.toString()
                .lines()
                .dropWhile(line -> !line.startsWith("Commands:"))
                .skip(1)
                .filter(line -> line.matches("  [a-z].*"))
                .map(line -> line.strip().split("[ ,]")[0])
                .toList();
        assertThat(commands).hasSizeGreaterThan(10).contains("serve", "import");
        String manual = Files.readString(Path.of("..", "packaging", "forebay.1"));
        assertThat(commands).allSatisfy(command -> assertThat(manual)
                .containsPattern("(?m)^\\.TP\\n\\.BI? \"?" + command.replace("-", "\\\\-") + "\\b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "srve", "serve --lisen x", "check-config --config", "serve extra"})
    void wrongUse_isTwo(String line) {
        assertThat(run(Map.of(), line.isEmpty() ? new String[0] : line.split(" ")))
                .isEqualTo(2);
        assertThat(err.toString()).isNotBlank();
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void checkConfig_wrongFile_isOneLineAndTwo() throws IOException {
        Path file = Files.writeString(directory.resolve("f.toml"), "lisen = \"x\"\n");
        assertThat(run(Map.of(), "check-config", "--config", file.toString())).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo(
                        "forebay: " + file + ":1: unknown key lisen (did you mean listen?)" + System.lineSeparator());
    }

    @Test
    void checkConfig_text_isTomlThatGivesTheSame() throws IOException {
        Path file = Files.writeString(directory.resolve("f.toml"), "[cache]\nmemory = \"1 MiB\"\n");
        assertThat(run(Map.of("FOREBAY_HTTP_MAX_CONNECTIONS", "7"), "check-config", "--config", file.toString()))
                .isZero();
        assertThat(out.toString().lines())
                .anyMatch(line -> line.matches("cache.memory = \"1 MiB\" +# " + file + ":2"))
                .anyMatch(line -> line.matches("http.max-connections = 7 +# FOREBAY_HTTP_MAX_CONNECTIONS"))
                .anyMatch(line -> line.matches("listen = \"127.0.0.1:4242\" +# default"));
        Path again = Files.writeString(directory.resolve("again.toml"), out.toString());
        Configuration printed = ConfigurationReader.read(java.util.Optional.of(again), Map.of(), List.of())
                .configuration();
        assertThat(printed.http().maxConnections()).isEqualTo(7);
        assertThat(printed.cache().memory()).isEqualTo(new ByteSize(1 << 20));
    }

    @Test
    void checkConfig_json_masksSecrets() {
        Map<String, String> environment = Map.of("FOREBAY_SOURCES_CRAN_TOKEN", "hunter2", "FOREBAY_X", "");
        assertThat(run(environment, "check-config", "--json", "--config", emptyFile()))
                .isZero();
        JsonNode json = new JsonMapper().readTree(out.toString());
        assertThat(json.get("warnings").get(0).stringValue()).startsWith("FOREBAY_X ");
        assertThat(json.get("settings").size()).isGreaterThan(60);
        assertThat(out.toString()).contains("\"********\"").doesNotContain("hunter2");
    }

    @Test
    void checkConfig_jsonWrong_holdsTheProblem() {
        assertThat(run(Map.of("FOREBAY_LISTEN", "x"), "check-config", "--json", "--config", emptyFile()))
                .isEqualTo(2);
        assertThat(new JsonMapper().readTree(out.toString()).get("problem").stringValue())
                .startsWith("FOREBAY_LISTEN: listen: ");
    }

    @Test
    void serve_wrongOption_namesIt() {
        assertThat(run(Map.of(), "serve", "--config", emptyFile(), "--listen", "x"))
                .isEqualTo(2);
        assertThat(err.toString())
                .startsWith("forebay: --listen: listen: \"x\" is not an address")
                .hasLineCount(1);
    }

    @Test
    void serve_portInUse_isOneLineAndGivesTheDirectoryBack() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String listen = "127.0.0.1:" + taken.getLocalPort();
            assertThat(run(Map.of(), serve(listen))).isEqualTo(1);
            assertThat(err.toString())
                    .isEqualTo("forebay: cannot listen on " + listen + ": another program listens there"
                            + System.lineSeparator());
        }
        DataDirectory.open(directory.resolve("data")).close();
    }

    @Test
    void serve_tlsKeyThatCannotBeUsed_isOneLineAndTwoWithFileAndKey() throws IOException {
        Path certificate = Files.writeString(directory.resolve("c.pem"), "no certificate");
        Path key = directory.resolve("k.pem");
        Path file = Files.writeString(
                directory.resolve("f.toml"),
                "data-dir = \"%s\"\n[tls]\ncertificate = \"%s\"\nkey = \"%s\"\n"
                        .formatted(directory.resolve("data"), certificate, key));
        for (String command : List.of("serve", "check-config")) {
            err.getBuffer().setLength(0);
            assertThat(run(Map.of(), command, "--config", file.toString())).isEqualTo(2);
            assertThat(err.toString())
                    .isEqualTo("forebay: " + file + ":4: tls.key: " + key + " cannot be read" + System.lineSeparator());
        }
        Files.writeString(key, "no key");
        err.getBuffer().setLength(0);
        assertThat(run(Map.of(), "serve", "--config", file.toString())).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("forebay: " + file + ":4: tls.key: " + key + " is not the key of the certificate in ")
                .hasLineCount(1);
        DataDirectory.open(directory.resolve("data")).close();
    }

    @Test
    void serve_authorityOfASourceThatIsNone_isOneLineAndTwoWithFileAndKey() throws IOException {
        Path ca = Files.writeString(directory.resolve("ca.pem"), "no certificate");
        Path file = Files.writeString(
                directory.resolve("f.toml"),
                "listen = \"127.0.0.1:0\"\ndata-dir = \"%s\"\n[sources.cran]\nurl = \"https://127.0.0.1:9\"\nca = \"%s\"\n"
                        .formatted(directory.resolve("data"), ca));
        assertThat(run(Map.of(), "serve", "--config", file.toString())).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("forebay: " + file + ":5: sources.cran.ca: ")
                .hasLineCount(1);
        DataDirectory.open(directory.resolve("data")).close();
    }

    @Test
    void serve_unknownHost_isOneLine() {
        assertThat(run(Map.of(), serve("host.invalid:0"))).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("forebay: cannot listen on host.invalid:0: ")
                .hasLineCount(1);
    }

    @Test
    void serve_dataDirectoryInUse_isOneLine() {
        try (DataDirectory other = DataDirectory.open(directory.resolve("data"))) {
            assertThat(run(Map.of(), serve("127.0.0.1:0"))).isEqualTo(1);
            assertThat(err.toString())
                    .startsWith("forebay: data-dir " + other.path() + " is in use by another Forebay")
                    .hasLineCount(1);
        }
    }

    @Test
    void serve_dataDirectoryIsAFile_isOneLine() throws IOException {
        Files.createFile(directory.resolve("data"));
        assertThat(run(Map.of(), serve("127.0.0.1:0"))).isEqualTo(1);
        assertThat(err.toString())
                .endsWith(" is not a directory" + System.lineSeparator())
                .hasLineCount(1);
    }

    private String[] serve(String listen) {
        return new String[] {
            "serve",
            "--config",
            emptyFile(),
            "--listen",
            listen,
            "--data-dir",
            directory.resolve("data").toString()
        };
    }

    private String emptyFile() {
        try {
            return Files.writeString(directory.resolve("empty.toml"), "").toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private int run(Map<String, String> environment, String... arguments) {
        return Forebay.run(
                new Surroundings(environment, new PrintWriter(out, true), new PrintWriter(err, true), Server::start),
                arguments);
    }
}
