package io.forebay.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pack that records are appended to. Its own channel is not the readers', who may lose theirs to an interrupt. Used by
 * the pack writer only.
 */
final class ActivePack {
    private static final Logger LOG = LoggerFactory.getLogger(ActivePack.class);

    private final DiskFiles files;
    private final Pack pack;
    private final FileChannel out;
    private final List<PackEntry> entries;

    ActivePack(DiskFiles files, Pack pack, FileChannel out, List<PackEntry> entries) {
        this.files = files;
        this.pack = pack;
        this.out = out;
        this.entries = new ArrayList<>(entries);
    }

    /** Makes a new pack; leaves no file behind when that fails, if the disk lets it. */
    static ActivePack create(DiskFiles files, StoreDirectory directory, int number, long salt, Executor closer)
            throws IOException {
        Path path = directory.pack(number);
        FileChannel out = files.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            ByteBuffer header = ByteBuffer.wrap(PackFormat.fileHeader(salt));
            while (header.hasRemaining()) {
                files.write(out, header, header.position());
            }
            files.forceDirectory(directory.packs());
            Pack pack = new Pack(number, salt, path, files.open(path, StandardOpenOption.READ), closer);
            pack.setLength(PackFormat.FILE_HEADER);
            return new ActivePack(files, pack, out, List.of());
        } catch (IOException | RuntimeException e) {
            SharedFile.close(out);
            files.unlink(path);
            throw e;
        }
    }

    Pack pack() {
        return pack;
    }

    /** Appends the records and syncs once; the entries are theirs, in order. */
    List<PackEntry> append(List<Batch.NewRecord> records) throws IOException {
        List<PackEntry> placed = new ArrayList<>(records.size());
        long at = pack.length();
        FileWriter writer = new FileWriter(files, out, at, count -> {});
        for (Batch.NewRecord record : records) {
            PackEntry entry = record.at(at);
            writer.write(record.header(pack.salt(), at));
            writer.write(record.note());
            writer.write(record.body());
            placed.add(entry);
            at = entry.end();
        }
        writer.flush();
        files.force(out);
        pack.setLength(at);
        entries.addAll(placed);
        return placed;
    }

    /** Cuts off what a failed append may have left and ends the pack: after a failure it is not appended to again. */
    void abandon(Path temporary) {
        try {
            files.truncate(out, pack.length());
        } catch (IOException | RuntimeException e) {
            LOG.warn("a pack keeps the rest of a failed write: {}", e.toString());
        }
        seal(temporary);
    }

    /** Writes the index and ends the pack. */
    void seal(Path temporary) {
        writeIndex(temporary);
        pack.seal();
        SharedFile.close(out);
    }

    private void writeIndex(Path temporary) {
        try {
            new PackIndex(pack.salt(), pack.length(), entries).write(files, temporary, PackIndex.path(pack.path()));
        } catch (IOException | RuntimeException e) {
            LOG.warn("a pack has no index until the next start: {}", e.toString());
        }
    }
}
