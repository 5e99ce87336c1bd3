package io.forebay.model;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A hash function by which an index or a path promises what a file's bytes are. */
public enum Algorithm {
    MD5(32),
    SHA1(40),
    SHA224(56),
    SHA256(64),
    SHA384(96),
    SHA512(128),
    /** BLAKE2b with a digest of 32 bytes: what the path of a file on PyPI's file host is made of. */
    BLAKE2B_256(64);

    private static final Map<String, Algorithm> BY_NAME = Stream.of(values())
            .collect(Collectors.toUnmodifiableMap(
                    algorithm -> algorithm.name().toLowerCase(Locale.ROOT), Function.identity()));

    private final int hexLength;

    Algorithm(int hexLength) {
        this.hexLength = hexLength;
    }

    /** Length of a value written in hexadecimal digits. */
    public int hexLength() {
        return hexLength;
    }

    /** The algorithm of a name as Python's hashlib writes it ({@code sha256}), in any case. */
    public static Optional<Algorithm> ofName(String name) {
        Algorithm usual = BY_NAME.get(name);
        return Optional.ofNullable(
                usual == null ? BY_NAME.get(name.toLowerCase(Locale.ROOT).replace("-", "")) : usual);
    }
}
