package io.forebay.cache;

import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Stands while the newest entries in memory are those that the answer was made of, and fresh. */
final class HotStanding implements Standing {
    private final Catalog catalog;
    private final List<Entry> entries;
    private final CacheOptions options;
    private final InstantSource clock;
    private final boolean immutable;

    HotStanding(Catalog catalog, List<Entry> entries, CacheOptions options, InstantSource clock, boolean immutable) {
        this.catalog = catalog;
        this.entries = entries;
        this.options = options;
        this.clock = clock;
        this.immutable = immutable;
    }

    @Override
    public boolean holds() {
        Instant now = immutable ? Instant.MIN : clock.instant();
        for (Entry entry : entries) {
            Optional<Entry> hot = catalog.hot(entry.key());
            if (hot.isEmpty() || !hot.get().digest().equals(entry.digest())) {
                return false;
            }
            if (!immutable && CacheDecision.of(hot, now, options) != CacheDecision.SERVE) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Duration age() {
        Instant now = clock.instant();
        Duration age = Duration.ZERO;
        for (Entry entry : entries) {
            Duration one = CacheDecision.age(catalog.hot(entry.key()).orElse(entry), now);
            age = one.compareTo(age) > 0 ? one : age;
        }
        return age;
    }

    @Override
    public CacheStatus status() {
        return immutable
                ? CacheStatus.hit(PackageCache.FOR_EVER.toSeconds())
                : CacheStatus.hit(options.indexTtl().minus(age()).toSeconds());
    }
}
