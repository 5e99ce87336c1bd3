package io.forebay.store;

import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Reads what a suspended draft had written into the hashes of the draft that goes on from it, one piece a turn. */
final class Rereading {
    private final DiskFiles files;
    private final FileChannel file;
    private final Hashing hashes;
    private final long length;
    private long position;

    Rereading(DiskFiles files, FileChannel file, Hashing hashes, long length) {
        this.files = files;
        this.file = file;
        this.hashes = hashes;
        this.length = length;
    }

    /** Reads a piece; false when that was the last. */
    boolean next() throws IOException {
        ByteBuffer piece = Staging.buffer();
        piece.limit((int) Math.min(piece.capacity(), length - position));
        if (files.read(file, piece, position) < 0) {
            throw new EOFException("it ends at " + position);
        }
        position += piece.position();
        hashes.update(Unpooled.wrappedBuffer(piece.flip()));
        return position < length;
    }
}
