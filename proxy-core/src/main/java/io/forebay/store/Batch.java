package io.forebay.store;

import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/** Changes that become durable together. Used by the pack writer only. */
final class Batch {
    private final Index index;
    private final List<Change> changes = new ArrayList<>();
    private final List<NewRecord> records = new ArrayList<>();
    private final Set<Path> directories = new LinkedHashSet<>();
    private final Map<Digest, Boolean> changed = new HashMap<>();

    Batch(Index index) {
        this.index = index;
    }

    /** Whether the blob will be there when what was staged so far is done. */
    boolean isPresent(Digest digest) {
        return changed.getOrDefault(digest, index.contains(digest));
    }

    /** Whether the blob is removed here: its file goes after the batch, so nothing may follow for it in the same one. */
    boolean removes(Digest digest) {
        return Boolean.FALSE.equals(changed.get(digest));
    }

    void add(Change change) {
        changes.add(change);
    }

    void addDirectory(Path directory) {
        directories.add(directory);
    }

    void addBody(Digest digest, byte[] note, ByteBuf body) {
        records.add(new NewRecord(PackEntry.Type.BODY, digest, note, body, body.readableBytes()));
        changed.put(digest, true);
    }

    void addLarge(Digest digest, byte[] note, long size) {
        records.add(new NewRecord(PackEntry.Type.LARGE, digest, note, Unpooled.EMPTY_BUFFER, size));
        changed.put(digest, true);
    }

    void addNote(Digest digest, byte[] note) {
        records.add(new NewRecord(PackEntry.Type.NOTE, digest, note, Unpooled.EMPTY_BUFFER, 0));
    }

    void addTombstone(Digest digest) {
        records.add(new NewRecord(PackEntry.Type.TOMBSTONE, digest, new byte[0], Unpooled.EMPTY_BUFFER, 0));
        changed.put(digest, false);
    }

    List<Change> changes() {
        return changes;
    }

    List<NewRecord> records() {
        return records;
    }

    Set<Path> directories() {
        return directories;
    }

    /** A record to be written. Borrows the body. */
    static final class NewRecord {
        private final PackEntry.Type type;
        private final Digest digest;
        private final byte[] note;
        private final ByteBuf body;
        private final long bodyLength;

        NewRecord(PackEntry.Type type, Digest digest, byte[] note, ByteBuf body, long bodyLength) {
            this.type = type;
            this.digest = digest;
            this.note = note;
            this.body = body;
            this.bodyLength = bodyLength;
        }

        PackEntry at(long offset) {
            return new PackEntry(type, digest, offset, note.length, bodyLength);
        }

        byte[] note() {
            return note;
        }

        ByteBuf body() {
            return body;
        }

        byte[] header(long salt, long offset) {
            CRC32C crc = new CRC32C();
            for (ByteBuffer part : body.nioBuffers()) {
                crc.update(part);
            }
            return PackFormat.recordHeader(
                    salt, at(offset), PackFormat.crc(note, 0, note.length), (int) crc.getValue());
        }
    }
}
