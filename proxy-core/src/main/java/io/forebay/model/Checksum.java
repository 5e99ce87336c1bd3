package io.forebay.model;

import java.util.Locale;

/**
 * A promised or computed hash value.
 *
 * @param hex lower-case hexadecimal digits, as many as the algorithm has
 */
public record Checksum(Algorithm algorithm, String hex) {
    /** Takes digits in either case; anything else is an {@link IllegalArgumentException}. */
    public Checksum {
        hex = hex.toLowerCase(Locale.ROOT);
        if (!Digest.isHex(hex, algorithm.hexLength())) {
            throw new IllegalArgumentException("not a " + algorithm + " value: " + hex);
        }
    }

    @Override
    public String toString() {
        return algorithm.name().toLowerCase(Locale.ROOT) + ":" + hex;
    }
}
