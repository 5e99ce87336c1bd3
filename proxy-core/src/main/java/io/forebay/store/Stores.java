package io.forebay.store;

import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;

/** The parts of one store that its workers share. */
record Stores(
        StoreDirectory directory,
        DiskFiles files,
        DiskThreads threads,
        Index index,
        LargeFiles large,
        ConcurrentNavigableMap<Integer, Pack> packs) {
    /** Counts the record of a blob that is no longer there as dead; the pack that it is in, if it has one. */
    Optional<Pack> died(Location location) {
        if (location instanceof Location.Packed packed) {
            packed.pack().addDead(packed.entry().length());
            return Optional.of(packed.pack());
        }
        Location.Large large = (Location.Large) location;
        Optional<Pack> pack = Optional.ofNullable(packs.get(large.pack()));
        pack.ifPresent(found -> found.addDead(large.recordBytes()));
        return pack;
    }
}
