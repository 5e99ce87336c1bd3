package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithUtf8Length;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Names of wheels, source distributions and projects, and versions: one normal form each, which reads back as itself. */
class FileNameFuzz {
    static Stream<Arguments> seeds() {
        return Stream.of(
                arguments("Flask_SQLAlchemy-3.0.0rc1-1-py2.py3-none-any.whl"),
                arguments("zope.interface-5.4.0-post1.tar.gz"),
                arguments("a-1-2.zip"),
                arguments("PyYAML-3.11.win-amd64-py2.7.exe"),
                arguments("python-dateutil-1!2.8.2+local.1.dev0.tar.bz2"),
                arguments("pkg-1.0-1.noarch.rpm"),
                arguments("old-0.1-py2.7.egg"));
    }

    @MethodSource("seeds")
    @DictionaryEntries({
        ".whl",
        ".tar.gz",
        ".egg",
        ".zip",
        ".post",
        ".dev",
        "rc",
        "!",
        "+",
        "-",
        "_",
        ".",
        "-py3-none-any"
    })
    @FuzzTest(maxDuration = "6s")
    void parse_anyName_normalFormIsStable(@NotNull @WithUtf8Length(max = 600) String name) {
        if (ProjectName.isLegal(name)) {
            String normal = ProjectName.normalise(name);
            assertThat(ProjectName.normalise(normal)).isEqualTo(normal);
            assertThat(ProjectName.isLegal(normal)).isTrue();
            assertThat(normal).matches("[a-z0-9]+(-[a-z0-9]+)*");
        }
        Optional<String> version = VersionText.normalise(name);
        version.ifPresent(normal -> {
            assertThat(VersionText.normalise(normal)).contains(normal);
            String key = VersionText.equalityKey(normal);
            assertThat(VersionText.equalityKey(key)).isEqualTo(key);
            assertThat(VersionText.normalise(key)).contains(key);
        });
        FileName.parse(name).ifPresent(FileNameFuzz::readsBack);
    }

    private static void readsBack(FileName file) {
        assertThat(file.project()).matches("[a-z0-9]+(-[a-z0-9]+)*");
        assertThat(file.version()).isNotEmpty();
        Optional<String> normal = VersionText.normalise(file.version());
        if (normal.isEmpty()) {
            return;
        }
        assertThat(normal).contains(file.version());
        String wheel = file.project().replace('-', '_') + "-" + file.version() + "-py3-none-any.whl";
        assertThat(FileName.parse(wheel)).contains(new FileName(file.project(), file.version(), true));
        assertThat(FileName.versionOf(file.project() + "-" + file.version() + ".tar.gz", file.project()))
                .contains(file.version());
    }
}
