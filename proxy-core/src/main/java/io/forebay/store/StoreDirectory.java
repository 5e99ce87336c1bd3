package io.forebay.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Names of everything under the store's directory: made of counters and digests, never of anything a client said. */
final class StoreDirectory {
    private final Path root;
    private final AtomicLong counter = new AtomicLong();

    StoreDirectory(Path root) {
        this.root = root;
    }

    /**
     * Makes what is missing, and syncs every name that leads here: a crash may have come between the making and the syncing of
     * an earlier start, and a file is only as durable as the directories above it. Nothing of a file system that is read-only is
     * touched. Blocks.
     */
    void make(DiskFiles files) throws IOException {
        if (isReadOnly()) {
            return;
        }
        List<Path> parents = parents();
        for (Path part : List.of(root, packs(), tmp(), blobs())) {
            if (!Files.isDirectory(part)) {
                files.makeDirectory(part);
            }
        }
        for (Path parent : parents) {
            files.forceDirectory(parent);
        }
        files.forceDirectory(root);
        files.forceDirectory(blobs());
    }

    /** The directory above, and further ones up to the first that is there. */
    private List<Path> parents() {
        List<Path> parents = new ArrayList<>();
        Path parent = root.toAbsolutePath().getParent();
        while (parent != null) {
            parents.add(parent);
            parent = Files.isDirectory(parent) ? null : parent.getParent();
        }
        return parents;
    }

    boolean isReadOnly() throws IOException {
        return Files.isDirectory(root) && ReadOnlyDisk.holds(root);
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
