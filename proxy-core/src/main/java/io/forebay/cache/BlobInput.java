package io.forebay.cache;

import io.forebay.store.Blob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A blob as a stream, for threads that may block. Does not close the blob. */
public final class BlobInput extends InputStream {
    private final Blob blob;
    private long offset;

    public BlobInput(Blob blob) {
        this.blob = blob;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        int count = (int) Math.min(length, blob.size() - offset);
        if (count <= 0) {
            return length == 0 ? 0 : -1;
        }
        int read = blob.channel().read(ByteBuffer.wrap(bytes, from, count), blob.position() + offset);
        if (read < 0) {
            throw new IOException("the file ends before its length");
        }
        offset += read;
        return read;
    }
}
