package io.forebay.model;

/**
 * The name of a blob: the SHA-256 of its bytes.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) {
    /** Anything but 64 lower-case hexadecimal digits is an {@link IllegalArgumentException}. */
    public Digest {
        if (!isHex(hex, 64)) {
            throw new IllegalArgumentException("not a SHA-256 digest: " + hex);
        }
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

    /** The same value as a checksum. */
    public Checksum checksum() {
        return new Checksum(Algorithm.SHA256, hex);
    }

    @Override
    public String toString() {
        return "sha256:" + hex;
    }
}
