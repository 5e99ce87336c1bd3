package io.forebay.store;

import io.forebay.model.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * What lies beside the bytes of a part. One that is damaged is none.
 *
 * <pre>
 * magic and version 8 | bytes of the part 8 | bytes claimed for the whole 8 | SHA-256 of the part 32 | note length 4
 * note | CRC32C of all this 4
 * </pre>
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PartRecord(long length, long claimed, Digest digest, byte[] note) {
    /** A resource's key, its URL and its head are a few hundred bytes. */
    static final int NOTE_BYTES_MAX = 16 * 1024;

    private static final long MAGIC = 0x464f_5245_4250_5401L; // FOREBPT, version 1
    private static final int HEADER = 60;

    void write(DiskFiles files, Path path) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(HEADER + note.length + Integer.BYTES)
                .putLong(MAGIC)
                .putLong(length)
                .putLong(claimed);
        PackFormat.put(out, digest);
        out.putInt(note.length).put(note);
        out.putInt(PackFormat.crc(out.array(), 0, out.position())).flip();
        try (FileChannel file = files.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (out.hasRemaining()) {
                files.write(file, out, out.position());
            }
            files.force(file);
        }
    }

    /** Empty when there is none, or it is not whole. */
    static Optional<PartRecord> read(DiskFiles files, Path path) throws IOException {
        long size = files.size(path);
        if (size < HEADER + Integer.BYTES || size > HEADER + NOTE_BYTES_MAX + Integer.BYTES) {
            return Optional.empty();
        }
        ByteBuffer in;
        try (FileChannel file = files.open(path, StandardOpenOption.READ)) {
            in = Pack.read(files, file, 0, (int) size);
        }
        int end = (int) size - Integer.BYTES;
        if (PackFormat.crc(in.slice(0, end)) != in.getInt(end) || in.getLong() != MAGIC) {
            return Optional.empty();
        }
        long length = in.getLong();
        long claimed = in.getLong();
        Digest digest = PackFormat.digest(in);
        byte[] note = new byte[in.getInt()];
        if (note.length != end - HEADER) {
            return Optional.empty();
        }
        in.get(note);
        return Optional.of(new PartRecord(length, claimed, digest, note));
    }
}
