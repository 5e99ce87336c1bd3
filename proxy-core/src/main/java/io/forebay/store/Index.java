package io.forebay.store;

import io.forebay.model.Digest;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Which blobs are there and where: all of it in memory, about 300 bytes for each. Read by every thread; changed by the pack
 * writer, except that a place found damaged is removed by whoever finds it.
 */
final class Index {
    private final Map<Digest, Location> locations = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();

    Optional<Location> find(Digest digest) {
        return Optional.ofNullable(locations.get(digest));
    }

    boolean contains(Digest digest) {
        return locations.containsKey(digest);
    }

    /** Answers what stood there before. */
    Optional<Location> put(Digest digest, Location location) {
        return counted(locations.put(digest, location), location);
    }

    Optional<Location> remove(Digest digest) {
        return counted(locations.remove(digest), null);
    }

    /** False when another place, or none, stands there now. */
    boolean remove(Digest digest, Location expected) {
        boolean removed = locations.remove(digest, expected);
        if (removed) {
            counted(expected, null);
        }
        return removed;
    }

    /** False when another place, or none, stands there now. */
    boolean replace(Digest digest, Location expected, Location location) {
        boolean replaced = locations.replace(digest, expected, location);
        if (replaced) {
            counted(expected, location);
        }
        return replaced;
    }

    private Optional<Location> counted(@Nullable Location before, @Nullable Location after) {
        bytes.addAndGet(size(after) - size(before));
        return Optional.ofNullable(before);
    }

    private static long size(@Nullable Location location) {
        return location == null || location.size() == Location.UNKNOWN ? 0 : location.size();
    }

    Set<Digest> digests() {
        return locations.keySet();
    }

    long count() {
        return locations.size();
    }

    /** Sum of the sizes that are known. */
    long bytes() {
        return bytes.get();
    }
}
