package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pages for people name exists. */
class ReadmeTest {
    /** The module's directory is where Surefire runs tests. */
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)[^)]*\\)");
    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`|(?m)^ {4}(\\S.*)$");
    private static final Pattern FILE =
            Pattern.compile("(?:scripts|docs|\\.ci|r2dbc-sqlite|proxy-core|proxy-server|load-tests)/[\\w./-]*[\\w-]");
    private static final Pattern KEY =
            Pattern.compile("(?:admin|cache|http|upstream|database|sources|repositories|policy|log)\\.[a-z.*-]*[a-z]");
    private static final Pattern VARIABLE = Pattern.compile("FOREBAY_[A-Z_]+");
    private static final Pattern TEST_CLASS = Pattern.compile("\\b[A-Z]\\w+Test\\b");

    @TempDir
    Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"})
    void page_linksAndFiles_exist(String page) throws IOException {
        Set<String> missing = new TreeSet<>();
        String text = page(page);
        matches(LINK, text)
                .filter(link -> !link.contains("://"))
                .filter(link -> !Files.exists(ROOT.resolve(link)))
                .forEach(missing::add);
        code(text)
                .flatMap(code -> matches(FILE, code))
                .filter(file -> !file.contains("/target/"))
                .filter(file -> !Files.exists(ROOT.resolve(file)))
                .forEach(missing::add);
        assertThat(missing).as("named in " + page).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"})
    void page_commands_areExecutable(String page) throws IOException {
        assertThat(code(page(page)).flatMap(code -> matches(Pattern.compile("scripts/[a-z-]+"), code)))
                .allSatisfy(script -> assertThat(ROOT.resolve(script)).isExecutable());
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"})
    void page_keysAndVariables_exist(String page) throws IOException {
        List<String> keys = Keys.all().stream().map(Key::pattern).toList();
        List<String> code = code(page(page)).toList();
        assertThat(code.stream().flatMap(span -> matches(KEY, span)).filter(key -> !key.endsWith(".example.org")))
                .allSatisfy(key -> assertThat(keys).contains(key));
        assertThat(code.stream().flatMap(span -> matches(VARIABLE, span))).allSatisfy(variable -> assertThat(
                        Environment.of(Map.of(variable, ""), Map.of()).settings())
                .hasSize(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "CONTRIBUTING.md"})
    void page_testsItNames_exist(String page) throws IOException {
        Set<String> tests = new TreeSet<>();
        for (String module : List.of("r2dbc-sqlite", "proxy-core", "proxy-server")) {
            Path sources = ROOT.resolve(module).resolve("src/test/java");
            if (Files.isDirectory(sources)) {
                try (Stream<Path> files = Files.walk(sources)) {
                    files.map(file -> file.getFileName().toString().replace(".java", ""))
                            .forEach(tests::add);
                }
            }
        }
        assertThat(code(page(page))
                        .flatMap(code -> matches(TEST_CLASS, code))
                        .filter(name -> !name.equals("SomethingTest")))
                .allSatisfy(name -> assertThat(tests).contains(name));
    }

    @Test
    void readme_configurations_areAccepted() throws IOException {
        List<String> blocks = matches(Pattern.compile("(?s)```toml\n(.*?)```"), page("README.md"))
                .toList();
        assertThat(blocks).isNotEmpty();
        for (String block : blocks) {
            Path file = Files.writeString(temporary.resolve("forebay.toml"), block);
            assertThatCode(() -> ConfigurationReader.read(Optional.of(file), Map.of(), List.of()))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void readme_linesForClients_areThoseTheServerPrints() throws IOException {
        Configuration defaults =
                ConfigurationReader.read(Optional.empty(), Map.of(), List.of()).configuration();
        ClientSetup setup = ClientSetup.of(
                defaults,
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), defaults.listen().port()));
        String readme = page("README.md");
        assertThat(setup.lines().subList(1, setup.lines().size()))
                .hasSize(3)
                .map(line -> line.replaceFirst("^ *\\S+ +(\\[global] )?", ""))
                .allSatisfy(line -> assertThat(readme).contains("`" + line + "`"));
    }

    private static String page(String name) throws IOException {
        return Files.readString(ROOT.resolve(name));
    }

    private static Stream<String> code(String text) {
        return matches(CODE, text);
    }

    /** What the first group that took part in each match holds, or the whole match when there are no groups. */
    private static Stream<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(found -> {
            for (int group = 1; group <= found.groupCount(); group++) {
                if (found.group(group) != null) {
                    return found.group(group);
                }
            }
            return found.group();
        });
    }
}
