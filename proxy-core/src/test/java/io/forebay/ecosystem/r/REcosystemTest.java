package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.Listed;
import io.forebay.model.Nature;
import io.forebay.model.PackageId;
import io.forebay.model.Plan;
import io.forebay.model.ResourceKey;
import java.net.URI;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class REcosystemTest {
    private static final Requests CRAN = Requests.to(Requests.CRAN);

    @ParameterizedTest
    @CsvSource({
        "src/contrib/PACKAGES",
        "src/contrib/PACKAGES.gz",
        "src/contrib/PACKAGES.rds",
        "src/contrib/4.5.0/Recommended/PACKAGES.gz",
        "bin/windows/contrib/4.2/PACKAGES.rds",
        "bin/macosx/contrib/4.2/PACKAGES",
        "bin/macosx/big-sur-arm64/contrib/4.2/PACKAGES.rds",
        "bin/macosx/some/new/depth/contrib/4.9/PACKAGES.gz",
        "packages/3.16/bioc/src/contrib/PACKAGES.rds",
        "packages/3.16/data/annotation/src/contrib/PACKAGES.gz",
        "packages/3.16/data/experiment/src/contrib/PACKAGES",
        "packages/release/workflows/src/contrib/PACKAGES.rds",
        "packages/devel/books/src/contrib/PACKAGES.rds",
        "packages/3.18/container-binaries/bioconductor_docker/src/contrib/PACKAGES.gz"
    })
    @DisplayName("failures 17: the three forms of an index are siblings of one generation")
    void plan_formOfAnIndex_verbatimWithTheOtherTwoAsSiblings(String path) {
        Plan.Verbatim plan = CRAN.verbatim(path);

        assertThat(plan.nature()).isEqualTo(Nature.INDEX);
        assertThat(plan.subject()).isEmpty();
        Candidate index = plan.candidates().get(0);
        assertThat(index.key()).isEqualTo(ResourceKey.of("cran", path));
        assertThat(index.urls()).containsExactly(URI.create("https://cran.example/r/" + path));
        assertThat(index.listing()).isEmpty();
        assertThat(index.promised().isNone()).isTrue();
        String directory = path.substring(0, path.indexOf("PACKAGES"));
        assertThat(index.siblings())
                .extracting(sibling -> sibling.key().path())
                .hasSize(2)
                .doesNotContain(path)
                .isSubsetOf(directory + "PACKAGES", directory + "PACKAGES.gz", directory + "PACKAGES.rds");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "src/contrib/",
                "src/contrib/Meta/archive.rds",
                "src/contrib/Meta/current.rds",
                "src/contrib/Meta/aliases.rds",
                "src/contrib/Meta/rdxrefs.rds",
                "src/contrib/Meta/authors.rds",
                "src/contrib/Archive/",
                "src/contrib/PACKAGES.json",
                "src/contrib/METADATA2.gz",
                "src/contrib/4.5.0/",
                "src/contrib/Symlink",
                "src/contrib/KEEP",
                "src/contrib/README.tar.gz",
                "src/base/R-4/R-4.5.0.tar.gz",
                "doc/manuals/R-exts.html",
                "CRAN_mirrors.csv",
                "web/packages/packages.rds",
                "web/checks/check_results.rds",
                "web/packages/",
                "config.yaml",
                "packages/json/3.18/bioc/packages.json",
                "packages/3.18/bioc/VIEWS",
                "__api__/status",
                "bin/windows/contrib/",
                "bin/windows/base/"
            })
    void plan_anythingElse_verbatimIndexOfNoPackage(String path) {
        Plan.Verbatim plan = CRAN.verbatim(path);

        assertThat(plan.nature()).isEqualTo(Nature.INDEX);
        assertThat(plan.subject()).isEmpty();
        assertThat(plan.candidates())
                .containsExactly(
                        Candidate.of(ResourceKey.of("cran", path), URI.create("https://cran.example/r/" + path)));
    }

    @ParameterizedTest
    @CsvSource({
        "src/contrib/dplyr_1.0.10.tar.gz, dplyr, 1.0.10",
        "src/contrib/XML_3.99-0.13.tar.gz, XML, 3.99-0.13",
        "src/contrib/R.methodsS3_1.8.2.tar.gz, R.methodsS3, 1.8.2",
        "src/contrib/numDeriv_2016.8-1.1.tar.gz, numDeriv, 2016.8-1.1",
        "src/contrib/sourcetools_0.1.7-1.tar.gz, sourcetools, 0.1.7-1",
        "src/contrib/ModelMetrics_1.2.2.2.tar.gz, ModelMetrics, 1.2.2.2",
        "packages/3.16/bioc/src/contrib/labalpha_1.1.tar.gz, labalpha, 1.1",
        "src/contrib/4.5.0/Recommended/MASS_7.3-65.tar.gz, MASS, 7.3-65",
        "src/contrib/Archive/dplyr/dplyr_1.0.0.tar.gz, dplyr, 1.0.0",
        "bin/windows/contrib/4.2/dplyr_1.1.0.zip, dplyr, 1.1.0",
        "bin/macosx/big-sur-arm64/contrib/4.2/dplyr_1.1.0.tgz, dplyr, 1.1.0",
        "bin/macosx/contrib/4.2/dplyr_1.1.0.tgz, dplyr, 1.1.0",
        "packages/3.16/data/annotation/src/contrib/org.Hs.eg.db_3.16.0.tar.gz, org.Hs.eg.db, 3.16.0",
        "packages/3.18/container-binaries/image/src/contrib/limma_3.58.1.tar.gz, limma, 3.58.1",
        "__linux__/jammy/latest/src/contrib/dplyr_1.1.0.tar.gz, dplyr, 1.1.0",
        "bin/linux/noble-x86_64/4.5/src/contrib/dplyr_1.1.0.tar.gz, dplyr, 1.1.0",
        "bin/linux/4.4-jammy/contrib/4.4/dplyr_1.1.0.tar.gz, dplyr, 1.1.0"
    })
    void plan_packageFile_artifactOfThePackage(String path, String name, String version) {
        Plan.Verbatim plan = CRAN.verbatim(path);

        assertThat(plan.nature()).isEqualTo(Nature.ARTIFACT);
        assertThat(plan.subject()).contains(PackageId.of("r", name, version));
        assertThat(plan.candidates().get(0).urls().get(0)).isEqualTo(URI.create("https://cran.example/r/" + path));
    }

    @ParameterizedTest
    @CsvSource({
        "'',",
        "packages/3.16/bioc/",
        "packages/3.16/data/experiment/",
        "packages/3.18/container-binaries/image/"
    })
    @DisplayName("failures 20: src/contrib and its Archive are one object that moves")
    void plan_currentAndArchived_oneKeyAskedPlaceFirst(String prefix) {
        String root = (prefix == null ? "" : prefix) + "src/contrib/";
        String current = root + "dplyr_1.0.0.tar.gz";
        String archived = root + "Archive/dplyr/dplyr_1.0.0.tar.gz";
        URI currentUrl = URI.create("https://cran.example/r/" + current);
        URI archivedUrl = URI.create("https://cran.example/r/" + archived);

        Candidate asCurrent = CRAN.verbatim(current).candidates().get(0);
        Candidate asArchived = CRAN.verbatim(archived).candidates().get(0);

        assertThat(asCurrent.key()).isEqualTo(asArchived.key()).isEqualTo(ResourceKey.of("cran", current));
        assertThat(asCurrent.urls()).containsExactly(currentUrl, archivedUrl);
        assertThat(asArchived.urls()).containsExactly(archivedUrl, currentUrl);
        Listed listed = asArchived.listing().orElseThrow();
        assertThat(listed.packageName()).isEqualTo("dplyr");
        assertThat(listed.file()).isEqualTo("dplyr_1.0.0.tar.gz");
        assertThat(listed.forms())
                .extracting(form -> form.key().path())
                .containsExactly(root + "PACKAGES.gz", root + "PACKAGES", root + "PACKAGES.rds");
    }

    @ParameterizedTest
    @CsvSource({
        "src/contrib/4.5.0/Recommended/MASS_7.3-65.tar.gz, src/contrib/PACKAGES.gz, 4.5.0/Recommended/MASS_7.3-65.tar.gz",
        "src/contrib/4.5.0/Other/MASS_7.3-65.tar.gz, src/contrib/PACKAGES.gz, 4.5.0/Other/MASS_7.3-65.tar.gz",
        "src/contrib/Archive/dplyr/plyr_1.0.0.tar.gz, src/contrib/PACKAGES.gz, Archive/dplyr/plyr_1.0.0.tar.gz",
        "bin/windows/contrib/4.2/dplyr_1.1.0.zip, bin/windows/contrib/4.2/PACKAGES.gz, dplyr_1.1.0.zip",
        "bin/macosx/big-sur-arm64/contrib/4.2/x2_1.0.tgz, bin/macosx/big-sur-arm64/contrib/4.2/PACKAGES.gz, x2_1.0.tgz"
    })
    void plan_fileElsewhere_ownKeyOnePlaceListedBelowItsIndex(String path, String index, String file) {
        Candidate candidate = CRAN.verbatim(path).candidates().get(0);

        assertThat(candidate.key()).isEqualTo(ResourceKey.of("cran", path));
        assertThat(candidate.urls()).containsExactly(URI.create("https://cran.example/r/" + path));
        Listed listed = candidate.listing().orElseThrow();
        assertThat(listed.forms().get(0).key().path()).isEqualTo(index);
        assertThat(listed.file()).isEqualTo(file);
    }

    @ParameterizedTest
    @CsvSource({
        "src/contrib/Archive/dplyr/, dplyr",
        "src/contrib/Archive/dplyr, dplyr",
        "src/contrib/Archive/dplyr/README, dplyr",
        "web/packages/data.table/, data.table",
        "web/packages/data.table, data.table",
        "web/packages/data.table/index.html, data.table",
        "web/packages/dplyr/vignettes/two-table.html, dplyr",
        "package=dplyr, dplyr",
        "src/contrib/dplyr_devel.tar.gz, dplyr",
        "src/contrib/dplyr_1.0.tar.xz, dplyr",
        "src/contrib/dplyr_2024.tar.gz, dplyr"
    })
    @DisplayName("failures 31: pages and odd files of a package pass the same gate as its files")
    void plan_pageOfAPackage_indexOfThatPackage(String path, String name) {
        Plan.Verbatim plan = CRAN.verbatim(path);

        assertThat(plan.nature()).isEqualTo(Nature.INDEX);
        assertThat(plan.subject()).contains(PackageId.of("r", name));
        assertThat(plan.candidates().get(0).urls()).containsExactly(URI.create("https://cran.example/r/" + path));
    }

    @Test
    @DisplayName("failures 31: a slash behind a file's name does not lead around the gate")
    void plan_slashBehindAPackageFile_pageOfThatVersion() {
        Plan.Verbatim plan = CRAN.verbatim("src/contrib/dplyr_1.0.tar.gz/");

        assertThat(plan.nature()).isEqualTo(Nature.INDEX);
        assertThat(plan.subject()).contains(PackageId.of("r", "dplyr", "1.0"));
    }

    @ParameterizedTest
    @CsvSource({
        "src/contrib/evil%20name_1.tar.gz, evil name",
        "src/contrib/1abc_1.0.tar.gz, 1abc",
        "src/contrib/a_1.0.tar.gz, a",
        "src/contrib/x-y_1.0.tar.gz, x-y",
        "src/contrib/dots._1.0.tar.gz, dots.",
        "src/contrib/Archive/%C3%A9e/%C3%A9e_1.0.tar.gz, ée",
        "bin/windows/contrib/4.2/.._1.0.zip, .."
    })
    @DisplayName("failures 15: an illegal name is refused by name")
    void plan_illegalNameOfAPackageFile_badRequestNamingIt(String path, String name) {
        assertThatThrownBy(() -> CRAN.plan(path))
                .isInstanceOfSatisfying(ForebayException.class, failure -> assertThat(failure.kind())
                        .isEqualTo(ForebayException.Kind.BAD_REQUEST))
                .hasMessage("not a name of an R package: " + name);
    }

    @Test
    void plan_charactersThatNeedIt_arePercentEncodedOnce() {
        Candidate candidate = CRAN.verbatim("doc/a%20b%25c/%C3%A9+%3F%23[x].html")
                .candidates()
                .get(0);

        assertThat(candidate.urls())
                .containsExactly(URI.create("https://cran.example/r/doc/a%20b%25c/%C3%A9+%3F%23%5Bx%5D.html"));
    }

    @Test
    void plan_queryOfAnOrdinaryPath_isDropped() {
        assertThat(CRAN.plan("src/contrib/PACKAGES.rds?nocache=1")).isEqualTo(CRAN.plan("src/contrib/PACKAGES.rds"));
        assertThat(CRAN.plan("src/contrib/PACKAGES?arch=?&r_version")).isEqualTo(CRAN.plan("src/contrib/PACKAGES"));
        assertThat(CRAN.plan("src/contrib/?C=M;O=D")).isEqualTo(CRAN.plan("src/contrib/"));
    }

    @Test
    void plan_userAgentOfAnOrdinaryPath_isNeitherKeyNorSent() {
        assertThat(CRAN.as("R (4.2.2 x86_64-pc-linux-gnu x86_64 linux-gnu)").plan("src/contrib/dplyr_1.0.tar.gz"))
                .usingRecursiveComparison()
                .ignoringFieldsOfTypes(PackagesListingReader.class)
                .isEqualTo(CRAN.plan("src/contrib/dplyr_1.0.tar.gz"));
    }

    @Test
    void plan_dateWithTemplate_indexHasTheSourcesOwnSnapshotWithSiblings() {
        Plan.Verbatim plan = Requests.to(Requests.DATED).on("2024-03-01").verbatim("src/contrib/PACKAGES.rds");

        Candidate index = plan.candidates().get(0);
        assertThat(plan.snapshot().date()).isPresent();
        assertThat(index.urls())
                .containsExactly(URI.create("https://ppm.example/cran/latest/src/contrib/PACKAGES.rds"));
        Candidate dated = index.dated().orElseThrow();
        assertThat(dated.key()).isEqualTo(new ResourceKey("ppm", "src/contrib/PACKAGES.rds", "2024-03-01"));
        assertThat(dated.urls())
                .containsExactly(URI.create("https://ppm.example/cran/2024-03-01/src/contrib/PACKAGES.rds"));
        assertThat(dated.siblings())
                .extracting(sibling -> sibling.urls().get(0).toString())
                .containsExactly(
                        "https://ppm.example/cran/2024-03-01/src/contrib/PACKAGES.gz",
                        "https://ppm.example/cran/2024-03-01/src/contrib/PACKAGES");
        assertThat(dated.siblings()).allMatch(sibling -> sibling.key().variant().equals("2024-03-01"));
    }

    @Test
    void plan_dateWithTemplate_artifactIsAskedThereLastUnderItsOneKey() {
        Candidate file = Requests.to(Requests.DATED)
                .on("2024-03-01")
                .verbatim("src/contrib/dplyr_1.1.0.tar.gz")
                .candidates()
                .get(0);

        assertThat(file.key()).isEqualTo(ResourceKey.of("ppm", "src/contrib/dplyr_1.1.0.tar.gz"));
        assertThat(file.urls())
                .extracting(URI::toString)
                .containsExactly(
                        "https://ppm.example/cran/latest/src/contrib/dplyr_1.1.0.tar.gz",
                        "https://ppm.example/cran/latest/src/contrib/Archive/dplyr/dplyr_1.1.0.tar.gz",
                        "https://ppm.example/cran/2024-03-01/src/contrib/dplyr_1.1.0.tar.gz");
        assertThat(file.listing().orElseThrow().forms())
                .allMatch(form -> form.dated().isPresent());
    }

    @Test
    void plan_dateWithoutTemplate_nothingDated() {
        Candidate index = CRAN.on("2024-03-01")
                .verbatim("src/contrib/PACKAGES")
                .candidates()
                .get(0);

        assertThat(index.dated()).isEmpty();
        assertThat(index.siblings()).allMatch(sibling -> sibling.dated().isEmpty());
    }

    @Test
    void name_is_r() {
        assertThat(new REcosystem().name()).isEqualTo("r");
        assertThat(REcosystem.TYPES).containsExactlyInAnyOrder("cran", "bioconductor");
    }
}
