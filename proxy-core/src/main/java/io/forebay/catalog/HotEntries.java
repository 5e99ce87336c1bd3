package io.forebay.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.model.ResourceKey;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The newest revisions in memory.
 *
 * <p>A read of the database may end after a write that it did not see. So a reader takes the key's stamp before it asks and
 * its answer is kept only if the stamp is still the same; each write changes the stamp. Keys share stamps: a shared one costs
 * at most one answer not kept. Stamps change and are compared inside the map's own lock of the key.
 */
final class HotEntries {
    /** A power of two, far above the number of threads that write at once. */
    private static final int STAMPS = 1024;

    private final Cache<ResourceKey, Entry> entries;
    private final AtomicLongArray stamps = new AtomicLongArray(STAMPS);

    HotEntries(int limit) {
        entries = Caffeine.newBuilder().maximumSize(limit).build();
    }

    Optional<Entry> get(ResourceKey key) {
        return Optional.ofNullable(entries.getIfPresent(key));
    }

    long stamp(ResourceKey key) {
        return stamps.get(slot(key));
    }

    /** What was read, unless the key was written since the stamp was taken. */
    void fill(Entry read, long stamp) {
        entries.asMap().computeIfAbsent(read.key(), key -> stamp(key) == stamp ? read : null);
    }

    /** What was written. */
    void put(Entry written) {
        entries.asMap().compute(written.key(), (key, before) -> {
            stamps.incrementAndGet(slot(key));
            return written;
        });
    }

    void validated(ResourceKey key, Instant instant) {
        entries.asMap().compute(key, (same, before) -> {
            stamps.incrementAndGet(slot(same));
            return before == null ? null : before.validatedAt(instant);
        });
    }

    void remove(ResourceKey key) {
        entries.asMap().compute(key, (same, before) -> {
            stamps.incrementAndGet(slot(same));
            return null;
        });
    }

    /** After pending evictions. */
    long size() {
        entries.cleanUp();
        return entries.estimatedSize();
    }

    private static int slot(ResourceKey key) {
        int hash = key.hashCode();
        return (hash ^ (hash >>> 16)) & (STAMPS - 1);
    }
}
