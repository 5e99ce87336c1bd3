package io.forebay.catalog;

import io.forebay.model.ResourceKey;

/**
 * Fingerprints of every key that has a row, so that what was never stored is known without asking the database: a miss costs no
 * read. 64 bits a key: a wrong "perhaps" costs one read, a wrong "no" cannot be.
 *
 * <p>Only where one process writes the database. Safe for use by many threads; the lock is held for one look-up.
 */
final class KnownKeys {
    /** 32 MiB of memory; with more keys the database is asked each time. */
    static final int KEYS_MAX = 2 << 20;

    private static final int FIRST_CAPACITY = 1 << 10;

    private long[] slots = new long[FIRST_CAPACITY];
    private int size;
    private boolean overfull;
    private volatile boolean complete;

    /** Every row that was there at the start has been added. */
    void complete() {
        complete = true;
    }

    /** Whether a key certainly has no row. */
    boolean isUnknown(ResourceKey key) {
        if (!complete) {
            return false;
        }
        long print = print(key);
        synchronized (this) {
            return !overfull && slots[slot(slots, print)] == 0;
        }
    }

    /**
     * Adds a key; to be called before its row can be found.
     *
     * @return whether the key certainly had no row and nobody else has added it
     */
    boolean add(ResourceKey key) {
        long print = print(key);
        synchronized (this) {
            int at = slot(slots, print);
            if (overfull || slots[at] != 0) {
                return false;
            }
            slots[at] = print;
            size++;
            grow();
            return complete;
        }
    }

    private void grow() {
        if (size > KEYS_MAX) {
            overfull = true;
            slots = new long[1];
        } else if (2 * size > slots.length) {
            long[] larger = new long[2 * slots.length];
            for (long print : slots) {
                if (print != 0) {
                    larger[slot(larger, print)] = print;
                }
            }
            slots = larger;
        }
    }

    /** Where the print stands, or the empty slot where it would. */
    private static int slot(long[] slots, long print) {
        int at = (int) print & (slots.length - 1);
        while (slots[at] != 0 && slots[at] != print) {
            at = (at + 1) & (slots.length - 1);
        }
        return at;
    }

    /** FNV-1a over the characters, mixed as in SplitMix64; never 0, which marks an empty slot. */
    static long print(ResourceKey key) {
        long hash = 0xcbf29ce484222325L;
        hash = fold(hash, key.source());
        hash = fold(hash, key.path());
        hash = fold(hash, key.variant());
        hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
        hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
        hash ^= hash >>> 31;
        return hash == 0 ? 1 : hash;
    }

    private static long fold(long hash, String text) {
        long folded = hash;
        for (int i = 0; i < text.length(); i++) {
            folded = (folded ^ text.charAt(i)) * 0x100000001b3L;
        }
        return (folded ^ 0xffff) * 0x100000001b3L;
    }
}
