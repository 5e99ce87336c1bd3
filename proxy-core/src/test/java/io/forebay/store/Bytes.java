package io.forebay.store;

import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.HexFormat;
import java.util.Random;

/** Bodies for tests: as random as they need to be, the same for the same seed. */
final class Bytes {
    private Bytes() {}

    static byte[] of(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static Digest digest(byte[] bytes) {
        return new Digest(HexFormat.of().formatHex(Hashing.java("SHA-256").digest(bytes)));
    }

    /** A pooled direct buffer, as they come from the network. */
    static ByteBuf buffer(byte[] bytes, int from, int length) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(length).writeBytes(bytes, from, length);
    }

    static ByteBuf buffer(byte[] bytes) {
        return buffer(bytes, 0, bytes.length);
    }

    static byte[] take(ByteBuf buffer) {
        byte[] bytes = ByteBufUtil.getBytes(buffer);
        buffer.release();
        return bytes;
    }

    static byte[] read(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, position + bytes.position()) < 0) {
                throw new IOException("end of file at " + bytes.position() + " of " + length);
            }
        }
        return bytes.array();
    }
}
