package io.forebay.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which directories lie on a file system that takes no writes, as one that met an error may be mounted. */
public final class ReadOnlyDisk {
    private ReadOnlyDisk() {}

    /**
     * Whether a directory that is there takes no writes. The JDK reads the options of a mount further up where a directory is a
     * mount of its own from the same file system, and a service under {@code ProtectSystem=strict} has such a directory below a
     * root that is read-only; so what it says counts only where the kernel refuses as well. Blocks.
     */
    public static boolean holds(Path directory) throws IOException {
        return Files.getFileStore(directory).isReadOnly() && !Files.isWritable(directory);
    }
}
