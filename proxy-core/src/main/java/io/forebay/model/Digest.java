package io.forebay.model;

import java.util.HexFormat;

/**
 * The name of a blob: the SHA-256 of its bytes. Immutable. There is one for each blob of a store in memory, so it is kept as the
 * four numbers that it is and written out when it is asked for.
 */
public final class Digest {
    private static final int HEX_LENGTH = 64;
    private static final int WORD = 16;

    private final long first;
    private final long second;
    private final long third;
    private final long fourth;

    /**
     * Reads a digest.
     *
     * @param hex anything but 64 lower-case hexadecimal digits is an {@link IllegalArgumentException}
     */
    public Digest(String hex) {
        if (!isHex(hex, HEX_LENGTH)) {
            throw new IllegalArgumentException("not a SHA-256 digest: " + hex);
        }
        first = word(hex, 0);
        second = word(hex, 1);
        third = word(hex, 2);
        fourth = word(hex, 3);
    }

    private static long word(String hex, int number) {
        return Long.parseUnsignedLong(hex, number * WORD, (number + 1) * WORD, 16);
    }

    static boolean isHex(String text, int length) {
        if (text.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    /** 64 lower-case hexadecimal digits. */
    public String hex() {
        HexFormat format = HexFormat.of();
        return format.toHexDigits(first)
                + format.toHexDigits(second)
                + format.toHexDigits(third)
                + format.toHexDigits(fourth);
    }

    /** The first 64 bits: what tells almost all blobs apart. */
    public long prefix() {
        return first;
    }

    /** The same value as a checksum. */
    public Checksum checksum() {
        return new Checksum(Algorithm.SHA256, hex());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Digest that
                && first == that.first
                && second == that.second
                && third == that.third
                && fourth == that.fourth;
    }

    /** Every part of a digest is as good as a hash of the whole. */
    @Override
    public int hashCode() {
        return Long.hashCode(first);
    }

    @Override
    public String toString() {
        return "sha256:" + hex();
    }
}
