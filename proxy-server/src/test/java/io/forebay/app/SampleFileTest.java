package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.policy.Rule;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The sample file and the defaults are one. */
class SampleFileTest {
    private static final Path SAMPLE = sample();

    @Test
    void sample_read_equalsTheDefaults() {
        Configuration sample = read(Optional.of(SAMPLE));
        Configuration defaults = read(Optional.empty());
        assertThat(sample)
                .usingRecursiveComparison()
                .ignoringFields("explained")
                .isEqualTo(defaults);
        assertThat(values(sample)).isEqualTo(values(defaults));
    }

    @Test
    void sample_everyKey_isInIt() throws Exception {
        List<String> given = TomlFile.read(SAMPLE).stream()
                .map(Setting::path)
                .map(path -> path.replaceFirst("^(sources|repositories)\\.[a-z]+\\.", "$1.*."))
                .toList();
        String text = Files.readString(SAMPLE);
        String rule = text.substring(text.indexOf("#[[policy.rules]]"), text.indexOf("[policy]"));
        for (Key<?> key : Keys.all()) {
            if (key.pattern().startsWith("policy.rules.*.")) {
                String name = key.pattern().substring("policy.rules.*.".length());
                assertThat(rule).containsPattern("(?m)^#" + name + " = ");
            } else {
                assertThat(given).contains(key.pattern());
            }
        }
    }

    @Test
    void sample_exampleOfARule_isOne() throws Exception {
        String text = Files.readString(SAMPLE);
        String rule = text.substring(text.indexOf("#[[policy.rules]]"), text.indexOf("[policy]"))
                .replaceAll("(?m)^#", "");
        Path file = Files.createTempFile("rule", ".toml");
        try {
            Files.writeString(file, rule);
            Configuration configuration = read(Optional.of(file));
            assertThat(configuration.rules())
                    .containsExactly(new Rule("no-evil", "*", "evil", "*", Rule.Action.BLOCK, ""));
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void sample_everyKey_hasACommentInItsSection() throws Exception {
        List<String> bare = new ArrayList<>();
        boolean commented = false;
        for (String line : Files.readAllLines(SAMPLE)) {
            if (line.isBlank()) {
                commented = false;
            } else if (line.startsWith("#")) {
                commented = true;
            } else if (!line.startsWith("[") && !commented) {
                bare.add(line);
            }
        }
        assertThat(bare)
                .as("keys without a comment that were not explained in the table before")
                .allMatch(line -> line.matches("(enabled|type|url|file-hosts|sources|description) = .*"));
    }

    private static List<String> values(Configuration configuration) {
        return configuration.explained().stream()
                .map(line -> line.setting().path() + " = " + line.setting().raw())
                .toList();
    }

    private static Configuration read(Optional<Path> file) {
        return ConfigurationReader.read(file, Map.of(), List.of()).configuration();
    }

    private static Path sample() {
        try {
            return Path.of(Objects.requireNonNull(SampleFileTest.class.getResource("/forebay.toml"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
