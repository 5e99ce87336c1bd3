package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of projects, versions and files. */
class NamesTest {
    @ParameterizedTest
    @DisplayName("failures 15: one normaliser")
    @CsvSource({
        "flask, flask",
        "Flask, flask",
        "Lab.Under_Score, lab-under-score",
        "a-_.b, a-b",
        "a--b, a-b",
        "zope.interface, zope-interface",
        "A, a",
        "0, 0",
        "ruamel.yaml.clib, ruamel-yaml-clib",
        "typing_extensions, typing-extensions"
    })
    void normalise_anySpelling_isOne(String spelling, String normal) {
        assertThat(ProjectName.isLegal(spelling)).isTrue();
        assertThat(ProjectName.normalise(spelling)).isEqualTo(normal);
    }

    @Test
    @DisplayName("failures 15: one normaliser, equal to PEP 503's own formula on random names")
    void normalise_randomNames_equalsFormula() {
        Random random = new Random(503);
        for (int i = 0; i < 5_000; i++) {
            StringBuilder name = new StringBuilder("x");
            for (int n = random.nextInt(12); n > 0; n--) {
                name.append("aB0-_.".charAt(random.nextInt(6)));
            }
            name.append('Y');
            String formula = name.toString().replaceAll("[-_.]+", "-").toLowerCase(Locale.ROOT);
            assertThat(ProjectName.normalise(name.toString())).isEqualTo(formula);
            assertThat(ProjectName.normalise(formula)).isEqualTo(formula);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "-a", "a-", ".a", "a b", "a/b", "ä", "a\u0000", "a\n", "a%20", "..", "a+b", "ſ", "\u212a"})
    void isLegal_illegalName_isFalse(String name) {
        assertThat(ProjectName.isLegal(name)).isFalse();
    }

    @Test
    void isLegal_endlessName_isFalse() {
        assertThat(ProjectName.isLegal("a".repeat(200))).isTrue();
        assertThat(ProjectName.isLegal("a".repeat(201))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "1.0, 1.0", "v1.0, 1.0", "01.02, 1.2", "1.0-beta1, 1.0b1", "1.0ALPHA, 1.0a0", "1.0c2, 1.0rc2",
                "1.0.preview.3, 1.0rc3",
        "1.0-1, 1.0.post1", "1.0.r4, 1.0.post4", "1.0rev, 1.0.post0", "1.0dev, 1.0.dev0", "0!1.0, 1.0", "1!2, 1!2",
                "1.0+Ubuntu-1_x, 1.0+ubuntu.1.x",
        "1.0a1.post2.dev3+l.01, 1.0a1.post2.dev3+l.1", "2004b_2, 2004b2"
    })
    void version_anySpelling_isNormal(String spelling, String normal) {
        assertThat(VersionText.normalise(spelling)).hasValue(normal);
        assertThat(VersionText.normalise(normal)).hasValue(normal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1.0-x", "1..0", "1.0+", "latest", "1.0 2", "-1", "1.0_1"})
    void version_noVersion_isEmpty(String text) {
        assertThat(VersionText.normalise(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1.0, 1.0.0",
        "1, 1.0.0",
        "1.0rc1, 1rc1",
        "1.0.post1, 1.post1",
        "1!2.0, 1!2",
        "1.10, 1.10.0",
        "0, 0.0",
        "1.0+a.0, 1+a.0"
    })
    void version_equalByPep440_haveOneKey(String one, String other) {
        assertThat(VersionText.equalityKey(one)).isEqualTo(VersionText.equalityKey(other));
    }

    @ParameterizedTest
    @CsvSource({"1.1, 1.10", "10, 1", "1.0+a, 1.0", "1.0.1, 1.0", "1.0+a.0, 1.0+a"})
    void version_differentByPep440_haveTwoKeys(String one, String other) {
        assertThat(VersionText.equalityKey(one)).isNotEqualTo(VersionText.equalityKey(other));
    }

    @ParameterizedTest
    @CsvSource({
        "flask-3.0.0-py3-none-any.whl, flask, 3.0.0, true",
        "Foo_Bar.x-1.0-1-py2.py3-none-any.whl, foo-bar-x, 1.0, true",
        "lablocal-1.0+cpu-py3-none-any.whl, lablocal, 1.0+cpu, true",
        "torch-2.1.0+cu118_x-cp311-cp311-linux_x86_64.whl, torch, 2.1.0+cu118.x, true",
        "python-dateutil-2.8.2.tar.gz, python-dateutil, 2.8.2, false",
        "python_dateutil-2.8.2.tar.gz, python-dateutil, 2.8.2, false",
        "foo-1.0-beta1.zip, foo, 1.0b1, false",
        "foo-1.0-1.tar.gz, foo, 1.0.post1, false",
        "foo-2-1.0.tar.bz2, foo-2, 1.0, false",
        "pytz-2004b_2.tar.gz, pytz, 2004b2, false",
        "foo-1.0-dev-r123.tar.gz, foo, 1.0-dev-r123, false",
        "setuptools-0.6c11-py2.7.egg, setuptools, 0.6rc11, false",
        "a_b-1.0.egg, a-b, 1.0, false",
        "pywin32-214.win32-py2.7.exe, pywin32, 214, false",
        "my-ext-1.2.win-amd64-py2.7.msi, my-ext, 1.2, false",
        "dumb-1.0.linux-x86_64.tar.gz, dumb, 1.0, false",
        "my-tool-1.0-1.noarch.rpm, my-tool, 1.0, false",
        "A.B-1.TGZ, a-b, 1, false",
        "foo.win-1.0.tar.gz, foo-win, 1.0, false",
        "dumb-1.0.macosx-10.9-x86_64.zip, dumb, 1.0, false",
        "old-1.0-x.linux-i686.tar.gz, old, 1.0-x, false",
        "flask-03.0-py3-none-any.whl, flask, 3.0, true"
    })
    void fileName_distribution_tellsProjectAndVersion(String name, String project, String version, boolean wheel) {
        assertThat(FileName.parse(name)).hasValue(new FileName(project, version, wheel));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "flask.whl",
                "flask-1.0.whl",
                "a-b-c-d-e-f-g.whl",
                "-1.0-py3-none-any.whl",
                "x--py3-none-any.whl",
                "readme.txt",
                "foo.tar.gz",
                "foo-bar.tar.gz",
                "-1.0.tar.gz",
                "x.egg",
                ".whl",
                "ä-1.0.tar.gz",
                "foo-1.0.tar.gz.asc",
                "foo.rpm"
            })
    void fileName_notOfADistribution_tellsNothing(String name) {
        assertThat(FileName.parse(name)).isEmpty();
    }

    @Test
    void fileName_endless_tellsNothing() {
        assertThat(FileName.parse("a-" + "1.".repeat(100_000) + "0.tar.gz")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "foo-2-1.tar.gz, foo-2, 1",
        "foo-2-1.tar.gz, foo, 2.post1",
        "x_y-1.0.tar.gz, x-y, 1.0",
        "a.b-c-3.zip, a-b-c, 3"
    })
    void versionOf_projectKnown_isNotMisledByItsName(String name, String project, String version) {
        assertThat(FileName.versionOf(name, project)).isEqualTo(Optional.of(version));
    }
}
