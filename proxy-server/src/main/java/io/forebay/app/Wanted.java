package io.forebay.app;

import java.util.Optional;
import java.util.Set;

/**
 * A package that a file names.
 *
 * @param ecosystem {@code python} or {@code r}
 * @param repository where the file says it is from; empty when it does not
 * @param version exactly this one; empty for the newest
 * @param range of Python versions, of which the newest is meant; empty for all
 * @param extras of a Python package, whose needs are meant as well
 * @param hashes SHA-256 of files, in hexadecimal digits, that alone are meant; empty for all of the version
 */
record Wanted(
        String ecosystem,
        Optional<String> repository,
        String name,
        Optional<String> version,
        String range,
        Set<String> extras,
        Set<String> hashes) {
    Wanted {
        extras = Set.copyOf(extras);
        hashes = Set.copyOf(hashes);
    }
}
