package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.ecosystem.Directory;
import io.forebay.ecosystem.PackageFacts;
import io.forebay.ecosystem.PackageFacts.Needs;
import io.forebay.model.Head;
import io.forebay.model.Part;
import io.forebay.model.ResourceKey;
import io.forebay.model.Source;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RDirectoryTest {
    private static final Source CRAN =
            new Source("cran", "cran", URI.create("https://cran.example.org"), List.of(), Optional.empty());
    private static final byte[] PACKAGES = """
            Package: cli
            Version: 3.6.0
            Depends: R (>= 3.4), methods
            Imports: utils,
                    glue (>= 1.6)
            License: MIT + file LICENSE

            Package: bad<b>
            Version: 1

            Package: cli
            Version: 3.5.9

            Package: zap
            Version: 1.0
            """.getBytes(StandardCharsets.UTF_8);

    private final Directory directory = new REcosystem().directory();

    @Test
    void lists_areThoseOfSourceTrees_oneForAllForms() {
        assertThat(directory.listAt("src/contrib/PACKAGES")).contains("src/contrib/");
        assertThat(directory.listAt("src/contrib/PACKAGES.rds")).contains("src/contrib/");
        assertThat(directory.listAt("packages/3.18/bioc/src/contrib/PACKAGES.gz"))
                .contains("packages/3.18/bioc/src/contrib/");
        assertThat(directory.listAt("bin/windows/contrib/4.3/PACKAGES")).isEmpty();
        assertThat(directory.listAt("xsrc/contrib/PACKAGES")).isEmpty();
        assertThat(directory.listAt("src/contrib/cli_1.0.tar.gz")).isEmpty();
        assertThat(directory.speakingOf("cli", List.of("src/contrib/PACKAGES", "src/contrib/PACKAGES.gz", "x")))
                .containsExactly("src/contrib/PACKAGES.gz");
    }

    @Test
    void names_areReadAndIllegalOnesLeftOut() throws IOException {
        List<String> names = new ArrayList<>();
        directory.names(Head.EMPTY, new ByteArrayInputStream(PACKAGES), names::add);
        assertThat(names).containsExactly("cli", "cli", "zap");
    }

    @Test
    void facts_areOfTheNewestVersion() {
        PackageFacts facts = directory.facts("cli", CRAN, List.of(part())).orElseThrow();
        assertThat(facts.licence()).contains("MIT + file LICENSE");
        assertThat(facts.requires()).contains("R (>= 3.4)");
        assertThat(facts.needs())
                .containsExactly(
                        new Needs("Depends", List.of("methods")),
                        new Needs("Imports", List.of("utils", "glue (>= 1.6)")));
        assertThat(facts.releases()).extracting(PackageFacts.Release::version).containsExactly("3.6.0", "3.5.9");
        assertThat(facts.releases().get(0).files().get(0).path()).isEqualTo("src/contrib/cli_3.6.0.tar.gz");
        assertThat(directory.facts("nothing", CRAN, List.of(part()))).isEmpty();
    }

    private static Part part() {
        return new Part(
                "cran",
                ResourceKey.of("cran", "src/contrib/PACKAGES"),
                URI.create("https://cran.example.org/src/contrib/PACKAGES"),
                Head.EMPTY,
                Instant.EPOCH,
                Map.of(),
                PACKAGES);
    }
}
