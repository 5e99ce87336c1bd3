package io.forebay.load.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Endless bytes that bodies are cut from, and the digests of their beginnings. A stream is a walk around one block whose
 * length is prime, from a place of its own: bytes that come from a wrong place, shifted by a power of two or taken from
 * another stream, differ. Its first bytes are those that the kind of file begins with.
 *
 * <p>Safe for use by many threads.
 */
final class Stream {
    private static final int BLOCK = 1_048_573;

    /** Between two places where the digests are known: what is hashed at most for one body. */
    private static final int STEP = 8 * 1024;

    private static final byte[] BYTES = block();
    private static final ByteBuf DIRECT = Unpooled.unreleasableBuffer(
            Unpooled.directBuffer(2 * BLOCK).writeBytes(BYTES).writeBytes(BYTES).asReadOnly());

    private final byte[] magic;
    private final int start;
    private final List<Hashes> known = new ArrayList<>();

    Stream(byte[] magic, int number) {
        this.magic = magic.clone();
        start = (int) ((long) number * 131_071 % BLOCK);
        known.add(new Hashes());
    }

    private static byte[] block() {
        byte[] bytes = new byte[BLOCK];
        new SplittableRandom(20261101).nextBytes(bytes);
        return bytes;
    }

    /** Bytes of this stream, at most a block of them. The buffer needs no release. */
    ByteBuf at(long position, int length) {
        if (position < magic.length) {
            return Unpooled.wrappedBuffer(bytes(position, length));
        }
        return DIRECT.slice(place(position), length);
    }

    private int place(long position) {
        return (int) ((start + position) % BLOCK);
    }

    private byte[] bytes(long position, int length) {
        byte[] bytes = new byte[length];
        DIRECT.getBytes(place(position), bytes);
        for (long i = position; i < Math.min(magic.length, position + length); i++) {
            bytes[(int) (i - position)] = magic[(int) i];
        }
        return bytes;
    }

    /** Digests that have taken in the first bytes of this stream; the caller's own. */
    Hashes hashes(int length) {
        Hashes hashes = known(length / STEP).copy();
        int rest = length % STEP;
        hashes.update(bytes(length - rest, rest));
        return hashes;
    }

    private Hashes known(int steps) {
        synchronized (known) {
            while (known.size() <= steps) {
                Hashes next = known.get(known.size() - 1).copy();
                next.update(bytes((long) (known.size() - 1) * STEP, STEP));
                known.add(next);
            }
            return known.get(steps);
        }
    }
}
