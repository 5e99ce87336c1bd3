package io.forebay.store;

import io.forebay.model.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a pack holds, beside it in {@code <n>.idx}, so that a start need not read the pack. Derived: one that is missing,
 * damaged or of another pack is made again.
 *
 * <pre>
 * magic and version 8 | salt of the pack 8 | bytes of the pack covered 8 | number of entries 4
 * entries: type 1 | offset 8 | note length 4 | body length 8 | SHA-256 32
 * CRC32C of all this 4
 * </pre>
 */
record PackIndex(long salt, long covered, List<PackEntry> entries) {
    private static final long MAGIC = 0x464f_5245_4249_4401L; // FOREBID, version 1
    private static final int HEADER = 28;
    private static final int ENTRY = 53;

    static Path path(Path pack) {
        String name = String.valueOf(pack.getFileName());
        return pack.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".idx");
    }

    void write(DiskFiles files, Path temporary, Path target) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(HEADER + entries.size() * ENTRY + Integer.BYTES)
                .putLong(MAGIC)
                .putLong(salt)
                .putLong(covered)
                .putInt(entries.size());
        for (PackEntry entry : entries) {
            out.put((byte) entry.type().code())
                    .putLong(entry.offset())
                    .putInt(entry.noteLength())
                    .putLong(entry.bodyLength());
            PackFormat.put(out, entry.digest());
        }
        out.putInt(PackFormat.crc(out.array(), 0, out.position())).flip();
        try (FileChannel file = files.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (out.hasRemaining()) {
                files.write(file, out, out.position());
            }
            files.force(file);
        }
        files.rename(temporary, target);
    }

    /** Empty when there is none that can be trusted. */
    static Optional<PackIndex> read(DiskFiles files, Path path, long salt) throws IOException {
        long size = files.size(path);
        if (size < HEADER + Integer.BYTES || size > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        ByteBuffer in;
        try (FileChannel file = files.open(path, StandardOpenOption.READ)) {
            in = Pack.read(files, file, 0, (int) size);
        }
        int end = (int) size - Integer.BYTES;
        if (PackFormat.crc(in.slice(0, end)) != in.getInt(end) || in.getLong() != MAGIC || in.getLong() != salt) {
            return Optional.empty();
        }
        long covered = in.getLong();
        int count = in.getInt();
        List<PackEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            PackEntry.Type type = PackEntry.Type.of(in.get())
                    .orElseThrow(() -> new IOException("an index of a pack from the future"));
            long offset = in.getLong();
            int noteLength = in.getInt();
            long bodyLength = in.getLong();
            Digest digest = PackFormat.digest(in);
            entries.add(new PackEntry(type, digest, offset, noteLength, bodyLength));
        }
        return Optional.of(new PackIndex(salt, covered, entries));
    }
}
