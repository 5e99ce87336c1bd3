package io.forebay.model;

import java.util.Optional;

/** What an index says of packages and files. Immutable, safe for use by many threads. */
public interface Listing {
    /** Whether the index has the package: its source owns the name then. */
    boolean owns(String packageName);

    /** What the index promises of a file; empty when it does not list the file. */
    Optional<Expectation> expectation(String file);

    /** Whether the index lists nothing, though it could: one that had packages does not become such a one. */
    default boolean isEmpty() {
        return false;
    }

    /** How much memory the listing takes, in bytes, roughly. */
    long weight();
}
