package io.forebay.cache;

import java.util.List;
import java.util.Locale;

/**
 * The first bytes that a file's name promises. An HTML login page, a captive portal or an empty answer with status 200 is told
 * apart from a package by them where no checksum is known.
 */
final class Magic {
    /** No known magic is longer. */
    static final int MAX_BYTES = 6;

    private static final byte[] GZIP = {0x1f, (byte) 0x8b};
    private static final byte[] ZIP = {'P', 'K'};
    private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};
    private static final byte[] BZIP2 = {'B', 'Z', 'h'};
    /** Uncompressed R serialization: XDR, ASCII, native binary. */
    private static final byte[] RDS_XDR = {'X', '\n'};

    private static final byte[] RDS_ASCII = {'A', '\n'};
    private static final byte[] RDS_NATIVE = {'B', '\n'};

    private final List<byte[]> prefixes;

    private Magic(List<byte[]> prefixes) {
        this.prefixes = prefixes;
    }

    /** What the last segment of a path promises. */
    static Magic of(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        if (name.endsWith(".gz") || name.endsWith(".tgz")) {
            return new Magic(List.of(GZIP));
        }
        if (name.endsWith(".whl") || name.endsWith(".zip") || name.endsWith(".egg")) {
            return new Magic(List.of(ZIP));
        }
        if (name.endsWith(".xz")) {
            return new Magic(List.of(XZ));
        }
        if (name.endsWith(".bz2")) {
            return new Magic(List.of(BZIP2));
        }
        if (name.endsWith(".rds")) {
            return new Magic(List.of(GZIP, XZ, BZIP2, RDS_XDR, RDS_ASCII, RDS_NATIVE));
        }
        return new Magic(List.of());
    }

    /** Whether bytes can be the beginning of such a file. */
    boolean agrees(byte[] first, int length) {
        if (prefixes.isEmpty()) {
            return true;
        }
        for (byte[] prefix : prefixes) {
            if (length >= prefix.length && startsWith(first, prefix)) {
                return true;
            }
        }
        return false;
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        for (int i = 0; i < prefix.length; i++) {
            if (bytes[i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }
}
