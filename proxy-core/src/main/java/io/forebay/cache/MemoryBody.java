package io.forebay.cache;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/** A whole body in memory. */
final class MemoryBody implements Body {
    private final ByteBuf bytes;
    private final AtomicBoolean closed = new AtomicBoolean();

    private MemoryBody(ByteBuf bytes) {
        this.bytes = bytes;
    }

    /** Nobody may change the array afterwards. */
    static MemoryBody of(byte[] bytes) {
        return new MemoryBody(Unpooled.wrappedBuffer(bytes));
    }

    /** Takes the buffer over. */
    static MemoryBody of(ByteBuf bytes) {
        return new MemoryBody(bytes);
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
    public void close() {
        if (closed.compareAndSet(false, true)) {
            bytes.release();
        }
    }
}
