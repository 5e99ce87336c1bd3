package io.forebay.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** The bytes of one whole request head, as a key. */
final class HeadBytes {
    /** Clients that say much of themselves (pip) send about 1 KiB. */
    static final int BYTES_MAX = 2048;

    private static final int SHORTEST = "GET / HTTP/1.1\r\n\r\n".length();

    private byte[] bytes;
    private int length;
    private int hash;

    private HeadBytes(byte[] bytes, int length) {
        this.bytes = bytes;
        this.length = length;
        this.hash = hash(bytes, length);
    }

    /** A key that is filled anew for each look-up, by one thread. */
    static HeadBytes probe() {
        return new HeadBytes(new byte[BYTES_MAX], 0);
    }

    /** Takes the readable bytes of a buffer in; false when they are too many to be a key. */
    boolean fill(ByteBuf buffer) {
        int count = buffer.readableBytes();
        if (count > BYTES_MAX || count < SHORTEST) {
            return false;
        }
        buffer.getBytes(buffer.readerIndex(), bytes, 0, count);
        length = count;
        hash = hash(bytes, count);
        return true;
    }

    static HeadBytes copyOf(ByteBuf buffer) {
        byte[] copy = new byte[buffer.readableBytes()];
        buffer.getBytes(buffer.readerIndex(), copy);
        return new HeadBytes(copy, copy.length);
    }

    /**
     * Whether a buffer is exactly the head of one GET that asks to keep the connection: it ends with the first empty line in it,
     * is HTTP/1.1, and has no Connection field.
     */
    static boolean isOneHead(ByteBuf buffer) {
        int count = buffer.readableBytes();
        if (count < SHORTEST || count > BYTES_MAX) {
            return false;
        }
        int from = buffer.readerIndex();
        if (buffer.getInt(from) != ('G' << 24 | 'E' << 16 | 'T' << 8 | ' ')) {
            return false;
        }
        int end = from + count;
        for (int i = from; i + 3 < end; i++) {
            if (buffer.getInt(i) == 0x0d0a0d0a) {
                return i + 4 == end;
            }
        }
        return false;
    }

    int length() {
        return length;
    }

    private static int hash(byte[] bytes, int length) {
        int hash = 1;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HeadBytes that
                && that.hash == hash
                && Arrays.equals(that.bytes, 0, that.length, bytes, 0, length);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
