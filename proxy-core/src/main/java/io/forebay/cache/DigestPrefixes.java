package io.forebay.cache;

import io.forebay.model.Digest;
import java.util.Arrays;

/**
 * A set of digests by their first 64 bits: 8 bytes each instead of some 200, so that a million cost no more than a page. Two that
 * share them are taken for one: a blob too many is kept then, never one too few. Used by one thread, filled before it is asked.
 */
final class DigestPrefixes {
    private long[] prefixes = new long[1024];
    private int size;
    private boolean sorted;

    void add(Digest digest) {
        if (size == prefixes.length) {
            prefixes = Arrays.copyOf(prefixes, size * 2);
        }
        prefixes[size++] = prefix(digest);
        sorted = false;
    }

    boolean contains(Digest digest) {
        if (!sorted) {
            Arrays.sort(prefixes, 0, size);
            sorted = true;
        }
        return Arrays.binarySearch(prefixes, 0, size, prefix(digest)) >= 0;
    }

    private static long prefix(Digest digest) {
        return digest.prefix();
    }
}
