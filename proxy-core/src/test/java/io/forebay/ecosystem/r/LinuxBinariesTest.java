package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import io.forebay.model.Source;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinuxBinariesTest {
    private static final String PAK = "R (4.2.2 x86_64-pc-linux-gnu x86_64 linux-gnu)";
    private static final String FILE = "__linux__/jammy/latest/src/contrib/dplyr_1.1.0.tar.gz";
    private static final Requests CRAN = Requests.to(Requests.CRAN);

    @ParameterizedTest
    @ValueSource(
            strings = {
                PAK,
                "renv (1.2.4); R (4.2.2 x86_64-pc-linux-gnu x86_64 linux-gnu)",
                "R/4.2.2 R (4.2.2 x86_64-pc-linux-gnu x86_64 linux-gnu)"
            })
    void plan_platformInTheUserAgent_isVariantAndSentUpstream(String userAgent) {
        Candidate file = only(CRAN.as(userAgent), FILE);

        assertThat(file.key()).isEqualTo(new ResourceKey("cran", FILE, "R 4.2 x86_64 linux-gnu"));
        assertThat(file.requestHeaders()).isEqualTo(Map.of("user-agent", PAK));
        assertThat(file.urls()).containsExactly(URI.create("https://cran.example/r/" + FILE));
        assertThat(file.listing()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "R (4.2.3 x86_64-pc-linux-gnu x86_64 linux-gnu), true",
        "R (4.3.2 x86_64-pc-linux-gnu x86_64 linux-gnu), false",
        "R (4.2.2 aarch64-unknown-linux-gnu aarch64 linux-gnu), false",
        "libcurl/7.88.1, false"
    })
    void plan_otherPlatforms_otherVariantsButForPatchReleases(String userAgent, boolean same) {
        ResourceKey one = only(CRAN.as(PAK), FILE).key();
        ResourceKey other = only(CRAN.as(userAgent), FILE).key();

        assertThat(one.equals(other)).isEqualTo(same);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "libcurl/7.88.1",
                "curl/7.88.1",
                "R (4.2.2 x86_64-pc-linux-gnu\tx86_64 linux-gnu)",
                "FooR (4.2.2 x86_64-pc-linux-gnu x86_64 linux-gnu)",
                "R (4.2.2 <script> x86_64 linux-gnu)"
            })
    void plan_noPlatformInTheUserAgent_nothingVaries(String userAgent) {
        Candidate file = only(CRAN.as(userAgent), FILE);

        assertThat(file.key()).isEqualTo(ResourceKey.of("cran", FILE));
        assertThat(file.requestHeaders()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "__linux__/jammy/latest/src/contrib/PACKAGES.gz",
                "bin/linux/noble-x86_64/4.5/src/contrib/PACKAGES",
                "bin/linux/4.4-jammy/contrib/4.4/PACKAGES.rds"
            })
    void plan_indexOfBinaries_variesWithItsSiblings(String path) {
        Candidate index = only(CRAN.as(PAK), path);

        assertThat(index.key().variant()).isEqualTo("R 4.2 x86_64 linux-gnu");
        assertThat(index.siblings())
                .hasSize(2)
                .allMatch(sibling -> sibling.key().variant().equals("R 4.2 x86_64 linux-gnu")
                        && sibling.requestHeaders().equals(Map.of("user-agent", PAK)));
    }

    @Test
    void plan_sourceWhoseUrlIsADistribution_variesToo() {
        Requests requests = Requests.to(Requests.source("ppm", "https://ppm.example/cran/__linux__/jammy/latest"))
                .as(PAK);

        Candidate file = only(requests, "src/contrib/dplyr_1.1.0.tar.gz");

        assertThat(file.key().variant()).isEqualTo("R 4.2 x86_64 linux-gnu");
        assertThat(file.urls())
                .containsExactly(
                        URI.create("https://ppm.example/cran/__linux__/jammy/latest/src/contrib/dplyr_1.1.0.tar.gz"));
        assertThat(file.listing()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "__linux__/noble/2024-03-01/src/contrib/PACKAGES, https://ppm.example/cran/__linux__/noble/2024-03-01/src/contrib/PACKAGES",
        "__api__/status, https://ppm.example/__api__/status",
        "src/contrib/PACKAGES, https://ppm.example/cran/latest/src/contrib/PACKAGES"
    })
    void plan_sourceWhoseUrlIsASnapshot_treesAndStatusLieBesideIt(String path, String url) {
        assertThat(only(Requests.to(Requests.DATED), path).urls()).containsExactly(URI.create(url));
    }

    @Test
    void plan_dateOfAnIndexOfBinaries_bothInTheVariant() {
        Source source = new Source(
                "ppm",
                "cran",
                URI.create("https://ppm.example/cran/__linux__/jammy/latest"),
                List.of(),
                Optional.of("https://ppm.example/cran/__linux__/jammy/{date}/"));
        Requests requests = Requests.to(source).as(PAK).on("2024-03-01");

        Candidate dated = only(requests, "src/contrib/PACKAGES.gz").dated().orElseThrow();

        assertThat(dated.key().variant()).isEqualTo("R 4.2 x86_64 linux-gnu 2024-03-01");
        assertThat(dated.requestHeaders()).containsEntry("user-agent", PAK);
        assertThat(dated.urls())
                .containsExactly(
                        URI.create("https://ppm.example/cran/__linux__/jammy/2024-03-01/src/contrib/PACKAGES.gz"));
    }

    @Test
    void plan_queryNamesThePlatform_partOfKeyAndUrlInOneOrder() {
        Candidate one = only(CRAN, FILE + "?r_version=4.4&arch=x86_64");
        Candidate other = only(CRAN, FILE + "?arch=x86_64&x=1&r_version=4.4");

        assertThat(one.key()).isEqualTo(other.key());
        assertThat(one.key().path()).isEqualTo(FILE + "?arch=x86_64&r_version=4.4");
        assertThat(one.urls())
                .isEqualTo(other.urls())
                .containsExactly(URI.create("https://cran.example/r/" + FILE + "?arch=x86_64&r_version=4.4"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"?arch=..%2F", "?r_version=4.4;x", "?arch", "?arch="})
    void plan_queryThatNamesNoPlatform_badRequest(String query) {
        assertThatThrownBy(() -> CRAN.plan(FILE + query))
                .isInstanceOfSatisfying(ForebayException.class, failure -> assertThat(failure.kind())
                        .isEqualTo(ForebayException.Kind.BAD_REQUEST));
    }

    private static Candidate only(Requests requests, String path) {
        List<Candidate> candidates = requests.verbatim(path).candidates();
        assertThat(candidates).hasSize(1);
        assertThat(requests.verbatim(path).nature())
                .isEqualTo(path.contains("dplyr_") ? Nature.ARTIFACT : Nature.INDEX);
        return candidates.get(0);
    }
}
