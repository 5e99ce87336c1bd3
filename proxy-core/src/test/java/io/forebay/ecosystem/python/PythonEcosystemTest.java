package io.forebay.ecosystem.python;

import static io.forebay.ecosystem.python.Fixtures.HEX60;
import static io.forebay.ecosystem.python.Fixtures.PYPI;
import static io.forebay.ecosystem.python.Fixtures.source;
import static io.forebay.ecosystem.python.Fixtures.target;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Algorithm;
import io.forebay.model.Candidate;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Listed;
import io.forebay.model.Nature;
import io.forebay.model.PackageId;
import io.forebay.model.Plan;
import io.forebay.model.ResourceKey;
import io.forebay.model.Snapshot;
import io.forebay.model.Source;
import io.forebay.model.Target;
import java.net.URI;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What paths mean. */
class PythonEcosystemTest {
    private static final PythonEcosystem PYTHON = new PythonEcosystem();
    private static final Source OTHER = source("other", "http://127.0.0.1:8080/root/+simple");
    private static final String WHEEL = "packages/18/a0/" + HEX60 + "/lablocal-1.0+cpu-py3-none-any.whl";

    private static Plan plan(String path) {
        return PYTHON.plan(target(path), List.of(PYPI));
    }

    private static Plan.Verbatim verbatim(String path, Source... sources) {
        return (Plan.Verbatim) PYTHON.plan(target(path), sources.length == 0 ? List.of(PYPI) : List.of(sources));
    }

    @ParameterizedTest
    @DisplayName("failures 15: 301 only for names and a missing slash")
    @CsvSource({
        "simple, simple/",
        "simple/flask, flask/",
        "simple/Flask, flask/",
        "simple/Flask/, ../flask/",
        "simple/Lab.Under_Score/, ../lab-under-score/",
        "simple/a--b, a-b/",
        "simple/Flask/?format=application/vnd.pypi.simple.v1+json, ../flask/?format=application/vnd.pypi.simple.v1+json"
    })
    void plan_otherSpelling_isRedirected(String path, String location) {
        assertThat(plan(path)).isEqualTo(new Plan.Redirect(location));
    }

    @ParameterizedTest
    @DisplayName("failures 15: an illegal name is 400 and named")
    @ValueSource(
            strings = {
                "simple/-x/",
                "simple/a b/",
                "simple/ä/",
                "simple/x%20/",
                "simple/..x/",
                "-x/json",
                "integrity/-x/1/f/provenance"
            })
    void plan_illegalName_isBadRequest(String path) {
        String name = path.replace("simple/", "").replace("integrity/", "").split("/", -1)[0];
        assertThatThrownBy(() -> plan(path)).isInstanceOfSatisfying(ForebayException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.BAD_REQUEST);
            assertThat(e.getMessage()).contains(name);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "legacy/",
                "simple/a/b",
                "simple/a/b/",
                "packages",
                "packages/",
                "packages/a/",
                "files",
                "files/pypi.org",
                "files/pypi.org/",
                "files/evil.org/x-1.zip",
                "files/user@pypi.org/x-1.zip",
                "nothing",
                "flask/1.0/x",
                "pypi",
                "pypi/flask",
                "integrity/x/1/f",
                "a/b/c/d"
            })
    void plan_pathWithoutMeaning_isNotFound(String path) {
        assertThatThrownBy(() -> plan(path)).isInstanceOfSatisfying(ForebayException.class, e -> assertThat(e.kind())
                .isEqualTo(Kind.NOT_FOUND));
    }

    @Test
    void plan_project_isRenderedFromTheFirstSourceThatHasIt() {
        Plan.Rendered page = (Plan.Rendered) PYTHON.plan(target("simple/flask/"), List.of(PYPI, OTHER));
        assertThat(page.selection()).isEqualTo(Plan.Selection.FIRST);
        assertThat(page.subject()).hasValue(PackageId.of("python", "flask"));
        assertThat(page.parts())
                .extracting(Candidate::key)
                .containsExactly(ResourceKey.of("pypi", "simple/flask/"), ResourceKey.of("other", "simple/flask/"));
        assertThat(page.parts())
                .extracting(part -> part.urls().get(0).toString())
                .containsExactly("https://pypi.org/simple/flask/", "http://127.0.0.1:8080/root/+simple/flask/");
        assertThat(page.parts().get(0).requestHeaders())
                .containsEntry(
                        "accept",
                        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1");
    }

    @Test
    void plan_sourceUrlWithSimple_isAccepted() {
        Source simple = source("s", "https://index.org/root/simple");
        Plan.Rendered page = (Plan.Rendered) PYTHON.plan(target("simple/x/"), List.of(simple));
        assertThat(page.parts().get(0).urls()).containsExactly(URI.create("https://index.org/root/simple/x/"));
        Plan.Rendered json = (Plan.Rendered) PYTHON.plan(target("x/json"), List.of(simple));
        assertThat(json.parts().get(0).urls()).containsExactly(URI.create("https://index.org/root/pypi/x/json"));
    }

    @Test
    void plan_depth_isInTheRenderer() {
        Plan.Rendered named = (Plan.Rendered) plan("simple/x/");
        Plan.Rendered latest = (Plan.Rendered) PYTHON.plan(target("simple/x/", Optional.empty(), false), List.of(PYPI));
        assertThat(named.renderer().id()).contains(" ../../../ ");
        assertThat(latest.renderer().id()).contains(" ../../ ").doesNotContain("../../../");
        assertThat(((Plan.Rendered) plan("x/1.0/json")).renderer().id()).contains(" ../../../ ");
        assertThat(((Plan.Rendered) plan("pypi/x/json")).renderer().id()).contains(" ../../../ ");
        assertThat(((Plan.Rendered) plan("x/json")).renderer().id())
                .contains(" ../../ ")
                .doesNotContain("../../../");
    }

    @Test
    void plan_datedSource_isAskedAtItsOwnSnapshot() {
        Source dated = new Source(
                "ppm",
                "pypi",
                URI.create("https://p3m.dev/pypi/latest"),
                List.of(),
                Optional.of("https://p3m.dev/pypi/{date}"));
        Snapshot day = Snapshot.of(LocalDate.parse("2025-03-04"));
        Target target = new Target(
                "p", day, true, List.of("simple", "x"), true, Optional.empty(), Optional.empty(), Optional.empty());
        Plan.Rendered page = (Plan.Rendered) PYTHON.plan(target, List.of(dated));
        assertThat(page.snapshot()).isEqualTo(day);
        Candidate own = page.parts().get(0).dated().orElseThrow();
        assertThat(own.urls()).containsExactly(URI.create("https://p3m.dev/pypi/2025-03-04/simple/x/"));
        assertThat(own.key()).isEqualTo(new ResourceKey("ppm", "simple/x/", "2025-03-04"));
    }

    @Test
    @DisplayName("failures 16: the list of all projects is streamed")
    void plan_projects_isStreamed() {
        Plan.Streamed list = (Plan.Streamed) PYTHON.plan(target("simple/"), List.of(PYPI, OTHER));
        assertThat(list.candidates())
                .extracting(candidate -> candidate.urls().get(0).toString())
                .containsExactly("https://pypi.org/simple/", "http://127.0.0.1:8080/root/+simple/");
        assertThat(list.renderer().contentType()).isEqualTo("text/html; charset=utf-8");
        Plan.Streamed json =
                (Plan.Streamed) PYTHON.plan(target("simple/", Optional.of(Fixtures.JSON), true), List.of(PYPI));
        assertThat(json.renderer().contentType()).isEqualTo(Fixtures.JSON);
    }

    @Test
    void plan_file_isSelfDescribing() {
        Plan.Verbatim file = verbatim(WHEEL);
        assertThat(file.nature()).isEqualTo(Nature.ARTIFACT);
        assertThat(file.snapshot()).isEqualTo(Snapshot.LATEST);
        assertThat(file.subject()).hasValue(PackageId.of("python", "lablocal", "1.0+cpu"));
        assertThat(file.derivation()).isEmpty();
        Candidate candidate = file.candidates().get(0);
        assertThat(candidate.key()).isEqualTo(ResourceKey.of("pypi", WHEEL));
        assertThat(candidate.urls())
                .containsExactly(URI.create("https://files.pythonhosted.org/" + WHEEL.replace("+", "%2B")));
        assertThat(candidate.promised()).isEqualTo(Expectation.of(new Checksum(Algorithm.BLAKE2B_256, "18a0" + HEX60)));
        Listed listing = candidate.listing().orElseThrow();
        assertThat(listing.packageName()).isEqualTo("lablocal");
        assertThat(listing.file()).isEqualTo("lablocal-1.0+cpu-py3-none-any.whl");
        assertThat(listing.forms())
                .extracting(Candidate::key)
                .containsExactly(ResourceKey.of("pypi", "simple/lablocal/"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "packages/any/depth/file-1.0.zip",
                "packages/18/A0/" + HEX60 + "/file-1.0.zip",
                "packages/18/a0/" + HEX60 + "0/file-1.0.zip",
                "packages/18/a0/x/" + HEX60 + "/file-1.0.zip",
                "packages/file-1.0.zip",
                "packages/18/a0/" + HEX60 + "/file-1.0.zip.asc"
            })
    void plan_fileOfOtherShape_worksWithoutPromise(String path) {
        Plan.Verbatim file = verbatim(path);
        assertThat(file.subject()).hasValue(PackageId.of("python", "file", "1.0"));
        assertThat(file.candidates().get(0).promised()).isEqualTo(Expectation.NONE);
        assertThat(file.candidates().get(0).key().path()).isEqualTo(path);
    }

    @Test
    void plan_fileOfNoProject_hasNoSubjectAndNoListing() {
        Plan.Verbatim file = verbatim("packages/18/a0/" + HEX60 + "/readme.txt");
        assertThat(file.subject()).isEmpty();
        assertThat(file.candidates().get(0).listing()).isEmpty();
        assertThat(file.candidates().get(0).promised().checksums()).hasSize(1);
    }

    @Test
    void plan_severalSources_eachIsAskedAtItsFirstHost() {
        Plan.Verbatim file = verbatim("packages/x/a-1.zip", PYPI, OTHER);
        assertThat(file.candidates())
                .extracting(candidate -> candidate.urls().get(0).toString())
                .containsExactly(
                        "https://files.pythonhosted.org/packages/x/a-1.zip",
                        "http://127.0.0.1:8080/packages/x/a-1.zip");
        assertThat(file.candidates()).extracting(Candidate::source).containsExactly("pypi", "other");
    }

    @Test
    @DisplayName("failures 29: files only of hosts that a source lists")
    void plan_fileOnNamedHost_isFetchedFromItsSource() {
        Source cdn = source("cdn", "https://index.org", "https://index.org", "http://cdn.org:8080");
        Plan.Verbatim file = verbatim("files/CDN.org:8080/a b/x-1.zip", PYPI, cdn);
        assertThat(file.candidates()).hasSize(1);
        Candidate candidate = file.candidates().get(0);
        assertThat(candidate.key()).isEqualTo(ResourceKey.of("cdn", "//cdn.org:8080/a b/x-1.zip"));
        assertThat(candidate.urls()).containsExactly(URI.create("http://cdn.org:8080/a%20b/x-1.zip"));
        assertThat(verbatim("files/pypi.org/x-1.zip").candidates().get(0).urls())
                .containsExactly(URI.create("https://pypi.org/x-1.zip"));
        Candidate signed =
                verbatim("files/pypi.org/x-1.zip?sig=a b").candidates().get(0);
        assertThat(signed.urls()).containsExactly(URI.create("https://pypi.org/x-1.zip?sig=a%20b"));
        assertThat(signed.key()).isEqualTo(new ResourceKey("pypi", "//pypi.org/x-1.zip", "?sig=a%20b"));
    }

    @Test
    void plan_fileByEitherPath_hasOneKey() {
        assertThat(verbatim("files/files.pythonhosted.org/" + WHEEL)
                        .candidates()
                        .get(0))
                .isEqualTo(verbatim(WHEEL).candidates().get(0));
    }

    @Test
    @DisplayName("failures 31: metadata is of the same package as its file; failures 11: cut out of the wheel")
    void plan_metadata_isGatedLikeItsFileAndDerivedFromIt() {
        Plan.Verbatim metadata = verbatim(WHEEL + ".metadata");
        assertThat(metadata.subject()).isEqualTo(verbatim(WHEEL).subject());
        Candidate candidate = metadata.candidates().get(0);
        assertThat(candidate.key()).isEqualTo(ResourceKey.of("pypi", WHEEL + ".metadata"));
        assertThat(candidate.urls().get(0).toString()).endsWith("lablocal-1.0%2Bcpu-py3-none-any.whl.metadata");
        assertThat(candidate.promised()).isEqualTo(Expectation.NONE);
        assertThat(candidate.listing().orElseThrow().file()).isEqualTo("lablocal-1.0+cpu-py3-none-any.whl.metadata");
        Plan.Derivation derivation = metadata.derivation().orElseThrow();
        assertThat(derivation.from().candidates().get(0))
                .isEqualTo(verbatim(WHEEL).candidates().get(0));
        assertThat(derivation.extractor()).isInstanceOf(WheelMetadata.class);
    }

    @Test
    void plan_metadataOfSdist_hasNoDerivation() {
        Plan.Verbatim metadata = verbatim("packages/x/a-1.tar.gz.metadata");
        assertThat(metadata.derivation()).isEmpty();
        assertThat(metadata.subject()).hasValue(PackageId.of("python", "a", "1"));
    }

    @ParameterizedTest
    @CsvSource({
        "flask/json, https://pypi.org/pypi/flask/json, ''", "Flask/json, https://pypi.org/pypi/flask/json, ''",
        "pypi/flask/json, https://pypi.org/pypi/flask/json, ''",
                "flask/1.0+x/json, https://pypi.org/pypi/flask/1.0%2Bx/json, 1.0+x",
        "pypi/flask/1.0/json/, https://pypi.org/pypi/flask/1.0/json, 1.0"
    })
    void plan_json_isRendered(String path, String url, String version) {
        Plan.Rendered document = (Plan.Rendered) plan(path);
        assertThat(document.parts().get(0).urls()).containsExactly(URI.create(url));
        assertThat(document.subject())
                .hasValue(new PackageId("python", "flask", Optional.of(version).filter(text -> !text.isEmpty())));
    }

    @Test
    void plan_provenance_isVerbatim() {
        Plan.Verbatim document = verbatim("integrity/Demo/1.0/demo-1.0.tar.gz/provenance");
        assertThat(document.nature()).isEqualTo(Nature.INDEX);
        assertThat(document.candidates().get(0).urls())
                .containsExactly(URI.create("https://pypi.org/integrity/demo/1.0/demo-1.0.tar.gz/provenance"));
        assertThat(document.subject()).hasValue(PackageId.of("python", "demo", "1.0"));
    }
}
