package io.forebay.store;

import java.nio.ByteBuffer;

/** The buffer of a disk thread in which small pieces are gathered, so that many of them cost one write. */
final class Staging {
    /** Large enough that a write's fixed cost is lost in it, small enough for the processor's cache. */
    private static final int BYTES = 256 * 1024;

    private static final ThreadLocal<ByteBuffer> BUFFER =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BYTES));

    private Staging() {}

    /** The calling thread's buffer, empty. */
    static ByteBuffer buffer() {
        return BUFFER.get().clear();
    }
}
