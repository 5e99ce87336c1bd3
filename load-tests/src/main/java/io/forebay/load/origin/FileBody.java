package io.forebay.load.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The content of a package file, made from its name: the beginning of one of a few streams, then the name itself in the
 * last bytes. Two files never have the same bytes, and the digests of each cost no more than the hashing of its end.
 */
record FileBody(String name, int length) implements Body {
    /** Longer than any name here. */
    private static final int TAIL = 64;

    /** The shortest body: its beginning must not reach into its tail. */
    static final int MIN_LENGTH = 2 * TAIL;

    private static final int STREAMS = 4;
    private static final Stream[] GZIP = streams(0, new byte[] {0x1f, (byte) 0x8b, 8, 0});
    private static final Stream[] ZIP = streams(STREAMS, new byte[] {'P', 'K', 3, 4});

    private static Stream[] streams(int first, byte[] magic) {
        Stream[] streams = new Stream[STREAMS];
        Arrays.setAll(streams, i -> new Stream(magic, first + i));
        return streams;
    }

    private Stream stream() {
        return (name.endsWith(".whl") ? ZIP : GZIP)[Math.floorMod(name.hashCode(), STREAMS)];
    }

    private byte[] tail() {
        return Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), TAIL);
    }

    @Override
    public Digests digests() {
        Hashes hashes = stream().hashes(length - TAIL);
        hashes.update(tail());
        return hashes.end();
    }

    @Override
    public ByteBuf slice(int position, int wanted) {
        int own = Math.max(0, Math.min(wanted, length - TAIL - position));
        if (own == wanted) {
            return stream().at(position, wanted);
        }
        ByteBuf tail = Unpooled.wrappedBuffer(tail(), position + own - (length - TAIL), wanted - own);
        return own == 0 ? tail : Unpooled.wrappedBuffer(stream().at(position, own), tail);
    }
}
