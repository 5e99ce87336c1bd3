package io.forebay.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a pack holds, from its index as far as that goes and from the pack behind it.
 *
 * @param end where the last whole record ends
 * @param indexed whether the index covered everything
 * @param damaged places that were skipped
 */
record PackContents(List<PackEntry> entries, long end, boolean indexed, int damaged) {
    /** Reads on the calling thread: a disk thread, or the start. */
    static PackContents read(DiskFiles files, Path pack, FileChannel channel, long salt, long length)
            throws IOException {
        List<PackEntry> entries = new ArrayList<>();
        long covered = PackFormat.FILE_HEADER;
        Optional<PackIndex> index = PackIndex.read(files, PackIndex.path(pack), salt);
        if (index.isPresent() && index.get().covered() <= length) {
            covered = index.get().covered();
            entries.addAll(index.get().entries());
        }
        if (covered == length) {
            return new PackContents(entries, length, index.isPresent(), 0);
        }
        PackScan scan = new PackScan(files, channel, salt, length);
        long end = scan.run(covered, entries::add);
        return new PackContents(entries, end, false, scan.damaged());
    }

    /** Of a pack in use; the caller holds a use of the file. */
    static List<PackEntry> of(DiskFiles files, Pack pack, SharedFile file) throws IOException {
        FileChannel channel = file.channel().orElseThrow();
        return read(files, pack.path(), channel, pack.salt(), pack.length()).entries();
    }
}
