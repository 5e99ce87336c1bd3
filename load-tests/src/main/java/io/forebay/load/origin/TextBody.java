package io.forebay.load.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** A page or an index, held in memory. */
final class TextBody implements Body {
    private final byte[] bytes;
    private final Digests digests;

    TextBody(byte[] bytes) {
        this.bytes = bytes.clone();
        digests = Hashes.of(bytes);
    }

    TextBody(String text) {
        this(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int length() {
        return bytes.length;
    }

    @Override
    public Digests digests() {
        return digests;
    }

    @Override
    public ByteBuf slice(int position, int length) {
        return Unpooled.wrappedBuffer(bytes, position, length);
    }
}
