package io.forebay.model;

import java.util.List;
import java.util.OptionalLong;

/**
 * What is promised of a file before it is fetched. Every part that is known must hold before the file may be a hit.
 *
 * @param checksums in order of trust; empty when none is known
 * @param size in bytes
 */
public record Expectation(List<Checksum> checksums, OptionalLong size) {
    /** Nothing is known. */
    public static final Expectation NONE = new Expectation(List.of(), OptionalLong.empty());

    public Expectation {
        checksums = List.copyOf(checksums);
    }

    /** An expectation of one checksum. */
    public static Expectation of(Checksum checksum) {
        return new Expectation(List.of(checksum), OptionalLong.empty());
    }

    public boolean isNone() {
        return checksums.isEmpty() && size.isEmpty();
    }
}
