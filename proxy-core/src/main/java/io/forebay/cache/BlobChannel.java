package io.forebay.cache;

import io.forebay.store.Blob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** A blob as a read-only channel with a position of its own, for threads that may block. Does not close the blob. */
final class BlobChannel implements SeekableByteChannel {
    private final Blob blob;
    private long position;
    private boolean open = true;

    BlobChannel(Blob blob) {
        this.blob = blob;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        long left = blob.size() - position;
        if (left <= 0) {
            return -1;
        }
        ByteBuffer part = target.slice();
        part.limit((int) Math.min(left, part.remaining()));
        int read = blob.channel().read(part, blob.position() + position);
        if (read > 0) {
            position += read;
            target.position(target.position() + read);
        }
        return read;
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
        position = newPosition;
        return this;
    }

    @Override
    public long size() {
        return blob.size();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
