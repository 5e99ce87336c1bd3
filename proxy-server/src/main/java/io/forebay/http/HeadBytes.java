package io.forebay.http;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The bytes of one whole request head, as a key. */
final class HeadBytes {
    /** Clients that say much of themselves (pip) send about 1 KiB. */
    static final int BYTES_MAX = 2048;

    private static final int SHORTEST = "GET / HTTP/1.1\r\n\r\n".length();

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** Odd, and its bits without a pattern: those of the golden ratio. */
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

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

    /** Eight bytes at a time: a step for each byte takes longer than the look-up that it is for. */
    private static int hash(byte[] bytes, int length) {
        long hash = length;
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            hash = mixed(hash, (long) LONGS.get(bytes, at));
        }
        for (; at < length; at++) {
            hash = mixed(hash, bytes[at]);
        }
        return (int) (hash ^ (hash >>> 32));
    }

    /** A product's low bits know nothing of its factors' high ones, hence the turn. */
    private static long mixed(long hash, long next) {
        return Long.rotateLeft((hash ^ next) * MULTIPLIER, 29);
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
