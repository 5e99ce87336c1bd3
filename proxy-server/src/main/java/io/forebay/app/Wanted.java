package io.forebay.app;

import java.util.Optional;
import java.util.Set;

/**
 * A package that a file names.
 *
 * @param ecosystem {@code python} or {@code r}
 * @param repository where the file says it is from; empty when it does not
 * @param version exactly this one; empty for the newest
 * @param hashes SHA-256 of files, in hexadecimal digits, that alone are meant; empty for all of the version
 */
record Wanted(
        String ecosystem, Optional<String> repository, String name, Optional<String> version, Set<String> hashes) {
    Wanted {
        hashes = Set.copyOf(hashes);
    }
}
