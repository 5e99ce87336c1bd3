package io.forebay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No library of the runnable jar is of a version that an advisory of the reviewed list names. */
class AdvisoriesTest {
    /** Whoever takes a library of one of these groups in is asked to look for its advisories. */
    private static final Set<String> REVIEWED = Set.of(
            "ch.qos.logback",
            "com.fasterxml.jackson.core",
            "com.github.ben-manes.caffeine",
            "com.google.errorprone",
            "info.picocli",
            "io.forebay",
            "io.micrometer",
            "io.netty",
            "io.projectreactor",
            "io.projectreactor.addons",
            "io.projectreactor.netty",
            "io.prometheus",
            "io.r2dbc",
            "org.bouncycastle",
            "org.hdrhistogram",
            "org.jsoup",
            "org.jspecify",
            "org.reactivestreams",
            "org.slf4j",
            "org.tukaani",
            "org.xerial",
            "tools.jackson.core",
            "tools.jackson.dataformat");

    @Test
    void runtimeDependencies_ofTheJar_inNoAdvisory() throws IOException {
        List<RuntimeDependency> libraries = RuntimeDependency.all();

        assertThat(libraries).hasSizeGreaterThan(20);
        for (Advisory advisory : Advisory.all()) {
            assertThat(libraries)
                    .as("%s, %s: %s %s", advisory.id(), advisory.severity(), advisory.about(), advisory.source())
                    .noneMatch(advisory::concerns);
        }
    }

    @Test
    void runtimeDependencies_groups_areReviewed() throws IOException {
        assertThat(RuntimeDependency.all()).extracting(RuntimeDependency::group).isSubsetOf(REVIEWED);
    }

    @ParameterizedTest
    @CsvSource({
        "io.netty, netty-codec-http, 4.2.17.Final, CVE-2026-89044",
        "io.netty, netty-codec-http2, 4.1.123.Final, CVE-2025-55163",
        "org.bouncycastle, bcprov-jdk18on, 1.84, CVE-2026-59650",
        "org.xerial, sqlite-jdbc, 3.41.2.1, CVE-2023-32697",
        "ch.qos.logback, logback-core, 1.5.22, CVE-2026-1225",
        "ch.qos.logback, logback-classic, 1.5.34, CVE-2026-13006",
        "tools.jackson.core, jackson-core, 3.1.0, GHSA-2m67-wjpj-xhg9",
        "org.jsoup, jsoup, 1.23.2, CVE-2026-75140"
    })
    void advisories_versionKnownToBeBad_found(String group, String artifact, String version, String id)
            throws IOException {
        RuntimeDependency library = new RuntimeDependency(group, artifact, version);

        assertThat(Advisory.all())
                .filteredOn(advisory -> advisory.concerns(library))
                .extracting(Advisory::id)
                .contains(id);
    }

    @ParameterizedTest
    @CsvSource({
        "'[1.0,1.5.25)', 1.5.25, false",
        "'[1.0,1.5.25)', 1.5.24, true",
        "'[1.0,1.5.25)', 1.5.3, true",
        "'[1.0,1.5.25)', 1.5.100, false",
        "'[1.0,1.23.2]', 1.23.2, true",
        "'(1.0,2.0)', 1.0, false",
        "'[1.0,2.0)', 1, true",
        "'[4.2.0,4.2.18.Final)', 4.2.18.Final, false",
        "'[4.2.0,4.2.18.Final)', 4.1.999.Final, false"
    })
    void range_ofVersions_endsAsItsBracketsSay(String range, String version, boolean inside) {
        assertThat(Advisory.Range.parse(range).contains(version)).isEqualTo(inside);
    }

    @Test
    void range_thatIsNone_refused() {
        assertThatThrownBy(() -> Advisory.Range.parse("< 1.5")).isInstanceOf(IllegalArgumentException.class);
    }
}
