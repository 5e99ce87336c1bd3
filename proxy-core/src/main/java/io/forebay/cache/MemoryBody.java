package io.forebay.cache;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.OptionalLong;

/** A whole body in memory that the garbage collector owns. */
final class MemoryBody implements Body {
    private final ByteBuf bytes;

    private MemoryBody(ByteBuf bytes) {
        this.bytes = bytes;
    }

    /** Nobody may change the array afterwards. */
    static MemoryBody of(byte[] bytes) {
        return new MemoryBody(Unpooled.wrappedBuffer(bytes));
    }

    @Override
    public OptionalLong length() {
        return OptionalLong.of(bytes.readableBytes());
    }

    @Override
    public Piece at(long offset, int max) {
        int left = (int) (bytes.readableBytes() - offset);
        return left <= 0 ? Piece.End.INSTANCE : new Piece.Bytes(bytes.retainedSlice((int) offset, Math.min(left, max)));
    }

    @Override
    public void onMore(long offset, Runnable waker) {
        waker.run();
    }

    @Override
    public void close() {}
}
