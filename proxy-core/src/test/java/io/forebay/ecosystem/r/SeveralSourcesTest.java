package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import io.forebay.model.Listing;
import io.forebay.model.PackageId;
import io.forebay.model.Part;
import io.forebay.model.Plan;
import io.forebay.model.Rendition;
import io.forebay.model.ResourceKey;
import io.forebay.model.View;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SeveralSourcesTest {
    private static final Requests BOTH = Requests.to(Requests.PRIVATE, Requests.CRAN);
    private static final View ALL = new View(Optional.empty(), View.Gate.open());
    private static final String PRIVATE = "Package: secret\nVersion: 0.1\n\nPackage: shared\nVersion: 1.0\n";
    private static final String PUBLIC = """
            Package: dplyr
            Version: 1.1.0
            Depends: R (>= 3.5.0),
              methods

            Package: secret
            Version: 99.0

            Package: MASS
            Version: 7.3-58

            Package: MASS
            Version: 7.3-65
            Path: 4.5.0/Recommended
            """;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "src/contrib/PACKAGES",
                "src/contrib/PACKAGES.gz",
                "src/contrib/PACKAGES.rds",
                "bin/windows/contrib/4.2/PACKAGES.rds"
            })
    void plan_indexOfSeveralSources_renderedFromOneFormOfEach(String path) {
        Plan.Rendered plan = BOTH.rendered(path);

        String form = path.substring(0, path.indexOf("PACKAGES")) + "PACKAGES.gz";
        assertThat(plan.selection()).isEqualTo(Plan.Selection.ALL);
        assertThat(plan.subject()).isEmpty();
        assertThat(plan.parts())
                .extracting(Candidate::key)
                .containsExactly(ResourceKey.of("private", form), ResourceKey.of("cran", form));
        assertThat(plan.parts()).allMatch(part -> part.siblings().size() == 2);
    }

    @Test
    void plan_indexOfOneSource_renderedOnlyIfPolicyFiltersIt() {
        Requests one = Requests.to(Requests.CRAN);

        assertThat(one.plan("src/contrib/PACKAGES")).isInstanceOf(Plan.Verbatim.class);
        assertThat(one.filtered().rendered("src/contrib/PACKAGES").parts()).hasSize(1);
        assertThat(one.filtered().plan("src/contrib/Meta/archive.rds")).isInstanceOf(Plan.Verbatim.class);
    }

    @Test
    void plan_otherPagesOfSeveralSources_firstThatHasThem() {
        assertThat(BOTH.verbatim("src/contrib/Meta/archive.rds").candidates())
                .extracting(Candidate::source)
                .containsExactly("private", "cran");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "src/contrib/dplyr_1.1.0.tar.gz",
                "src/contrib/Archive/dplyr/",
                "src/contrib/dplyr_1.1.0.tar.gz.sig",
                "__linux__/jammy/latest/src/contrib/dplyr_1.1.0.tar.gz"
            })
    @DisplayName("failures 30: every file and page of a package says in which index its name is owned")
    void plan_fileOfSeveralSources_eachWithItsListing(String path) {
        List<Candidate> candidates = BOTH.verbatim(path).candidates();

        assertThat(candidates).extracting(Candidate::source).containsExactly("private", "cran");
        assertThat(candidates).allSatisfy(candidate -> {
            assertThat(candidate.listing().orElseThrow().packageName()).isEqualTo("dplyr");
            assertThat(candidate.listing().orElseThrow().forms()).hasSize(3).allMatch(form -> form.source()
                    .equals(candidate.source()));
        });
    }

    @Test
    @DisplayName("failures 30: the first source that has a name owns all its versions")
    void render_twoSources_firstThatHasANameOwnsIt() {
        assertThat(render(ALL, PRIVATE, PUBLIC)).isEqualTo("""
                        Package: secret
                        Version: 0.1

                        Package: shared
                        Version: 1.0

                        Package: dplyr
                        Version: 1.1.0
                        Depends: R (>= 3.5.0),
                                methods

                        Package: MASS
                        Version: 7.3-58

                        Package: MASS
                        Version: 7.3-65
                        Path: 4.5.0/Recommended
                        """);
    }

    @Test
    @DisplayName(
            "failures 31: the index shows nothing that the gate forbids, nor another source's package of that name")
    void render_gateForbids_versionOrNameIsGone() {
        assertThat(render(
                        view((name, version) -> !name.equals("secret") && !version.equals("7.3-65")), PRIVATE, PUBLIC))
                .contains("Package: MASS\nVersion: 7.3-58", "Package: shared", "Package: dplyr")
                .doesNotContain("secret", "7.3-65");
    }

    @Test
    @DisplayName("failures 30: a forbidden private version does not open its name to the public source")
    void render_gateForbidsTheOwnersVersion_nobodyElsesTakesItsPlace() {
        assertThat(render(view((name, version) -> !version.equals("0.1")), PRIVATE, PUBLIC))
                .contains("Package: shared", "Package: dplyr")
                .doesNotContain("secret", "99.0");
    }

    @Test
    void render_columnThatIsNoFieldName_isLeftOut() {
        ByteArrayOutputStream rds = new ByteArrayOutputStream();
        String[] tags = {"Package", "Title: x\nVersion", "Has Space"};
        RdsWriter.write(List.of(new PackageRow(tags, new String[] {"aa", "6.0", "y"})), List.of(tags), rds);

        assertThat(new String(
                        new PackagesRenderer(PackagesForm.PLAIN)
                                .render(List.of(part(0, rds.toByteArray())), ALL)
                                .body(),
                        StandardCharsets.ISO_8859_1))
                .isEqualTo("Package: aa\n");
    }

    @Test
    void write_moreCellsThanAnyIndexHas_originInvalid() {
        String[] tags =
                IntStream.range(0, DcfReader.MAX_TAGS).mapToObj(i -> "F" + i).toArray(String[]::new);
        List<PackageRow> rows = new ArrayList<>(
                Collections.nCopies(50_000, new PackageRow(new String[] {"Package"}, new String[] {"aa"})));
        rows.add(new PackageRow(tags, tags));

        assertThatThrownBy(() -> new PackagesWriter(rows).write(PackagesForm.RDS))
                .isInstanceOfSatisfying(ForebayException.class, failure -> assertThat(failure.kind())
                        .isEqualTo(ForebayException.Kind.ORIGIN_INVALID));
    }

    @Test
    void render_gateForbidsAll_emptyIndex() {
        assertThat(render(view((name, version) -> false), PRIVATE)).isEmpty();
    }

    @Test
    void render_fieldsInAnyOrder_standardOrderThenByName() {
        assertThat(render(ALL, "Zeta: 1\nMD5sum: x\nVersion: 1\nAlpha: 2\nPackage: aa\nImports: bb\n"))
                .isEqualTo("Package: aa\nVersion: 1\nImports: bb\nMD5sum: x\nAlpha: 2\nZeta: 1\n");
    }

    @ParameterizedTest
    @EnumSource(PackagesForm.class)
    void render_twice_sameBytes(PackagesForm form) {
        Rendition one = new PackagesRenderer(form).render(parts(PRIVATE, PUBLIC), ALL);
        Rendition two = new PackagesRenderer(form).render(parts(PRIVATE, PUBLIC), ALL);

        assertThat(one.body()).isEqualTo(two.body());
        assertThat(one.contentType()).isEqualTo(form.contentType());
        assertThat(DcfReaderTest.maps(PackagesReader.read(one.body(), tag -> true)))
                .isEqualTo(DcfReaderTest.maps(PackagesReader.read(
                        render(ALL, PRIVATE, PUBLIC).getBytes(StandardCharsets.ISO_8859_1), tag -> true)));
    }

    @Test
    void render_asManyPackagesAsCranHas_eachFormHasThemAll() {
        StringBuilder index = new StringBuilder();
        for (int i = 0; i < 22_000; i++) {
            index.append("Package: pkg")
                    .append(i)
                    .append("\nVersion: 1.")
                    .append(i)
                    .append("\nImports: methods,\n  pkg");
            index.append(i / 2)
                    .append("\nMD5sum: ")
                    .append(String.format("%032x", i))
                    .append("\n\n");
        }
        for (PackagesForm form : PackagesForm.values()) {
            Part whole = part(
                    0,
                    new PackagesRenderer(form)
                            .render(parts(PRIVATE, index.toString()), ALL)
                            .body());

            Listing listing = PackagesListingReader.of(Tree.SOURCE).read(whole.key(), whole.head(), whole.body());

            assertThat(listing.owns("secret")).isTrue();
            for (int i = 0; i < 22_000; i++) {
                assertThat(listing.expectation("pkg" + i + "_1." + i + ".tar.gz")
                                .orElseThrow()
                                .checksums()
                                .get(0)
                                .hex())
                        .isEqualTo(String.format("%032x", i));
            }
        }
    }

    @Test
    void render_gzip_headerHasNoTime() {
        byte[] body = new PackagesRenderer(PackagesForm.GZIP)
                .render(parts(PUBLIC), ALL)
                .body();

        assertThat(Arrays.copyOf(body, 10)).isEqualTo(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, -1});
    }

    @Test
    void render_lineEndsInAValueOfAMatrix_makeNoFieldOfTheirOwn() {
        PackageRow row = new PackageRow(
                new String[] {"Package", "Title"}, new String[] {"aa", "x\nVersion: 6\r\n\rPackage: evil\n"});
        byte[] rds = new PackagesWriter(List.of(row)).write(PackagesForm.RDS);

        String text = new String(
                new PackagesRenderer(PackagesForm.PLAIN)
                        .render(List.of(part(0, rds)), ALL)
                        .body(),
                StandardCharsets.ISO_8859_1);

        assertThat(DcfReader.read(text.getBytes(StandardCharsets.ISO_8859_1), tag -> true))
                .singleElement()
                .satisfies(read -> assertThat(read.value("Package")).contains("aa"))
                .satisfies(read -> assertThat(read.value("Version")).isEmpty());
    }

    @Test
    void render_latin1Bytes_survive() {
        String text = "Package: aa\nAuthor: Ren\u00e9\n";

        assertThat(render(ALL, text)).isEqualTo(text);
    }

    @Test
    void render_aPartThatIsNoIndex_originInvalid() {
        assertThatThrownBy(() -> render(ALL, PRIVATE, "<html>\n<body>moved</body>\n"))
                .isInstanceOfSatisfying(ForebayException.class, failure -> assertThat(failure.kind())
                        .isEqualTo(ForebayException.Kind.ORIGIN_INVALID));
    }

    @Test
    void id_differsByForm() {
        assertThat(List.of(PackagesForm.values()).stream()
                        .map(form -> new PackagesRenderer(form).id())
                        .distinct())
                .hasSize(3);
    }

    private static View view(BiPredicate<String, String> allowed) {
        return new View(Optional.empty(), new View.Gate() {
            @Override
            public boolean allows(PackageId id) {
                assertThat(id.ecosystem()).isEqualTo("r");
                return allowed.test(id.name(), id.version().orElseThrow());
            }

            @Override
            public boolean isAbout(String ecosystem, String packageName) {
                return true;
            }

            @Override
            public String epoch() {
                return "1";
            }
        });
    }

    private static String render(View view, String... indexes) {
        return new String(
                new PackagesRenderer(PackagesForm.PLAIN)
                        .render(parts(indexes), view)
                        .body(),
                StandardCharsets.ISO_8859_1);
    }

    private static List<Part> parts(String... indexes) {
        return IntStream.range(0, indexes.length)
                .mapToObj(i -> part(i, indexes[i].getBytes(StandardCharsets.ISO_8859_1)))
                .toList();
    }

    private static Part part(int source, byte[] body) {
        return new Part(
                "s" + source,
                ResourceKey.of("s" + source, "src/contrib/PACKAGES.gz"),
                URI.create("http://s.example/src/contrib/PACKAGES.gz"),
                Head.EMPTY,
                Instant.EPOCH,
                Map.of(),
                body);
    }
}
