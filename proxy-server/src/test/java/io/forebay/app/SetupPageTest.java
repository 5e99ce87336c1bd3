package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines for clients of Bioconductor, which the server of {@link PagesTest} does not have. */
class SetupPageTest {
    @TempDir
    Path home;

    @Test
    void setup_biocManager_hasTheMirrorAndItsConfigurationOfTheDay() throws Exception {
        try (Running server = new Running(home)) {
            for (String when : new String[] {"latest", "2026-01-31"}) {
                String query = "?client=biocmanager" + (when.equals("latest") ? "" : "&date=" + when);
                Document page = Jsoup.parse(server.get("/-/setup" + query).body());
                String url = server.url() + "/bioconductor/" + when;
                assertThat(page.select("pre code").stream().map(code -> code.wholeText()))
                        .containsExactly(
                                "options(\n  BioC_mirror = \"" + url + "\",\n  BIOCONDUCTOR_CONFIG_FILE = \"" + url
                                        + "/config.yaml\"\n)",
                                "BiocManager::install(\"PACKAGE\")");
            }
        }
    }
}
