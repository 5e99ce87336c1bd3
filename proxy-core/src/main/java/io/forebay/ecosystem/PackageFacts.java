package io.forebay.ecosystem;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of a package, for people. Texts are as the index has them: whoever shows them escapes them.
 *
 * @param requires what the newest release runs on, such as {@code Python >=3.8} or {@code R (>= 3.5)}
 * @param needs kinds of dependencies of the newest release, each with what is needed
 * @param releases newest first
 */
public record PackageFacts(
        String name,
        Optional<String> summary,
        Optional<String> licence,
        Optional<String> requires,
        List<Needs> needs,
        List<Release> releases) {
    public PackageFacts {
        needs = List.copyOf(needs);
        releases = List.copyOf(releases);
    }

    /** One kind of dependencies. */
    public record Needs(String kind, List<String> packages) {
        public Needs {
            packages = List.copyOf(packages);
        }
    }

    /**
     * One version.
     *
     * @param uploaded when its first file was
     * @param withdrawn whether every file of it is (yanked, PEP 592)
     */
    public record Release(String version, Optional<Instant> uploaded, boolean withdrawn, List<File> files) {
        public Release {
            files = List.copyOf(files);
        }
    }

    /**
     * A file of a version.
     *
     * @param path of its key within the source
     */
    public record File(String name, String path, OptionalLong size) {}
}
