package io.forebay.store;

import io.forebay.model.Digest;
import java.util.HashMap;
import java.util.Map;

/** The newest tombstone of each blob that was ever deleted. Used by one thread. */
final class Tombstones {
    private record Place(int pack, long offset) {}

    private final Map<Digest, Place> newest = new HashMap<>();

    /** Packs come in order. */
    void add(int pack, PackEntry entry) {
        if (entry.type() == PackEntry.Type.TOMBSTONE) {
            newest.put(entry.digest(), new Place(pack, entry.offset()));
        }
    }

    /** Whether the record was written before its blob was deleted. */
    boolean covers(int pack, PackEntry entry) {
        Place place = newest.get(entry.digest());
        return place != null && (pack < place.pack() || (pack == place.pack() && entry.offset() < place.offset()));
    }
}
