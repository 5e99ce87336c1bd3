package io.forebay.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;

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

    private final Cache<ResourceKey, Held> entries;
    private final Consumer<ResourceKey> uses;
    private final AtomicLongArray stamps = new AtomicLongArray(STAMPS);

    /** Counts up once an hour; set from outside, so that a hit asks no clock. */
    private volatile int hour;

    HotEntries(int limit) {
        this(limit, key -> {});
    }

    /** @param uses told of an artifact that is asked for, at most once an hour for each while it stays in memory */
    HotEntries(int limit, Consumer<ResourceKey> uses) {
        this.entries =
                Caffeine.newBuilder().maximumSize(limit).executor(Runnable::run).build();
        this.uses = uses;
    }

    void hour(int now) {
        hour = now;
    }

    Optional<Entry> get(ResourceKey key) {
        Held held = entries.getIfPresent(key);
        if (held == null) {
            return Optional.empty();
        }
        if (held.usedHour != hour) {
            used(held);
        }
        return held.entry;
    }

    /** Two threads may both tell of it: the later write says the same. */
    private void used(Held held) {
        held.usedHour = hour;
        Entry entry = held.entry.orElseThrow();
        if (entry.nature() == Nature.ARTIFACT) {
            uses.accept(entry.key());
        }
    }

    long stamp(ResourceKey key) {
        return stamps.get(slot(key));
    }

    /** What was read, unless the key was written since the stamp was taken. */
    void fill(Entry read, long stamp) {
        Held held = new Held(read, hour - 1);
        entries.asMap().computeIfAbsent(read.key(), key -> stamp(key) == stamp ? held : null);
        used(held);
    }

    /** What was written. */
    void put(Entry written) {
        entries.asMap().compute(written.key(), (key, before) -> {
            stamps.incrementAndGet(slot(key));
            return new Held(written, hour);
        });
    }

    void validated(ResourceKey key, Instant instant) {
        entries.asMap().compute(key, (same, before) -> {
            stamps.incrementAndGet(slot(same));
            return before == null ? null : new Held(before.entry.orElseThrow().validatedAt(instant), before.usedHour);
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

    /** An entry, as the answer that a hit gives, and when its last use was told. */
    private static final class Held {
        private final Optional<Entry> entry;
        private volatile int usedHour;

        Held(Entry entry, int usedHour) {
            this.entry = Optional.of(entry);
            this.usedHour = usedHour;
        }
    }

    private static int slot(ResourceKey key) {
        int hash = key.hashCode();
        return (hash ^ (hash >>> 16)) & (STAMPS - 1);
    }
}
