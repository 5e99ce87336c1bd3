package io.forebay.store;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Names of everything under the store's directory: made of counters and digests, never of anything a client said. */
final class StoreDirectory {
    private final Path root;
    private final AtomicLong counter = new AtomicLong();

    StoreDirectory(Path root) {
        this.root = root;
    }

    Path root() {
        return root;
    }

    Path lock() {
        return root.resolve("lock");
    }

    Path blobs() {
        return root.resolve("blobs");
    }

    Path packs() {
        return root.resolve("packs");
    }

    Path parts() {
        return root.resolve("parts");
    }

    Path tmp() {
        return root.resolve("tmp");
    }

    Path pack(int number) {
        return packs().resolve(number + ".pack");
    }

    /** A name that no other file has until the next start, which removes them all. */
    Path temporary() {
        return tmp().resolve(Long.toString(counter.incrementAndGet()));
    }
}
