package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.PositionalParamSpec;

/** What every command has in common, those of later days included. */
class EveryCommandTest {
    @TempDir
    Path home;

    private Path wrong;
    private Path names;
    private Map<String, String> before = Map.of();

    @BeforeEach
    void write() throws IOException {
        wrong = Files.writeString(
                home.resolve("wrong.toml"), "data-dir = \"%s\"\nlisen = \"x\"\n".formatted(home.resolve("data")));
        names = Files.writeString(home.resolve("names.txt"), "demo\n");
        before = files();
    }

    static List<String> commands() {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return leaves(Forebay.commands(new Surroundings(Map.of(), nowhere, nowhere, Server::start)), "");
    }

    private static List<String> leaves(CommandLine line, String path) {
        if (line.getSubcommands().isEmpty()) {
            return List.of(path);
        }
        return line.getSubcommands().entrySet().stream()
                .filter(entry ->
                        !entry.getValue().getCommandSpec().usageMessage().hidden())
                .flatMap(entry -> leaves(entry.getValue(), (path + " " + entry.getKey()).strip()).stream())
                .toList();
    }

    /** The command with words for all that it must be given. */
    private List<String> words(String command) {
        CommandLine line = Forebay.commands(new Surroundings(
                Map.of(), new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), Server::start));
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        for (String word : command.split(" ")) {
            line = line.getSubcommands().get(word);
        }
        for (PositionalParamSpec parameter : line.getCommandSpec().positionalParameters()) {
            words.add(
                    switch (parameter.paramLabel()) {
                        case "DIR" -> home.resolve("directory").toString();
                        case "FILE" -> names.toString();
                        default -> "demo";
                    });
        }
        return words;
    }

    private static Running.Ran run(List<String> words, String... more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return Running.command(all.toArray(String[]::new));
    }

    private Map<String, String> files() throws IOException {
        try (Stream<Path> all = Files.walk(home)) {
            Map<String, String> files = new java.util.TreeMap<>();
            for (Path file : all.toList()) {
                files.put(file.toString(), Files.isRegularFile(file) ? Files.readString(file) : "");
            }
            return files;
        }
    }

    private void isRefused(Running.Ran ran, String... words) throws IOException {
        assertThat(ran.err()).startsWith("forebay: ").hasLineCount(1).contains(words);
        assertThat(ran.status()).isEqualTo(2);
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void commands_areAllOfThem() {
        assertThat(commands()).hasSizeGreaterThan(14).contains("serve", "verify", "token create");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void help_isZeroAndNamesTheCommand(String command) {
        Running.Ran ran = run(List.of(command.split(" ")), "--help");
        assertThat(ran.status()).isZero();
        assertThat(ran.out()).startsWith("Usage: forebay " + command + " ");
        assertThat(ran.err()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void unknownOption_isTwoAndOneLine(String command) throws IOException {
        isRefused(run(words(command), "--nonsense"), "'--nonsense'", "forebay " + command + " --help");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void wrongConfiguration_isTwoAndOneLineThatNamesThePlace(String command) throws IOException {
        isRefused(
                run(words(command), "--config", wrong.toString()),
                wrong + ":2: unknown key lisen (did you mean listen?)");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void missingConfiguration_isTwoAndOneLineThatNamesIt(String command) throws IOException {
        Path missing = home.resolve("missing.toml");
        isRefused(run(words(command), "--config", missing.toString()), missing + ": no such file");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void wordTooMany_isTwoAndOneLine(String command) throws IOException {
        if (!command.equals("warm")) {
            isRefused(run(words(command), "extra"), "forebay " + command + " --help");
        }
    }

    @Test
    void commandsOnData_whereThereIsNone_makeNone() throws IOException {
        Path file = Files.writeString(
                home.resolve("right.toml"),
                "listen = \"127.0.0.1:1\"\ndata-dir = \"%s\"\n".formatted(home.resolve("data")));
        before = files();
        for (String command : List.of("verify", "gc", "backup", "export")) {
            isRefused(run(words(command), "--config", file.toString()), home.resolve("data") + " is no directory");
        }
    }
}
