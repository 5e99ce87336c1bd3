package io.forebay.upstream;

import io.netty.buffer.ByteBuf;

/**
 * Finds the end of a chunked body (RFC 9112 section 7.1) in bytes as they come, and refuses what is none. Nothing is allocated
 * by an announced size.
 */
final class ChunkScanner {
    /** Longest size line, extensions included: more is an attempt to send little in much. */
    private static final int MAX_LINE_BYTES = 256;

    private static final int MAX_SIZE_DIGITS = 16;

    private enum State {
        SIZE,
        EXTENSION,
        SIZE_END,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        TRAILER_LF,
        DONE
    }

    private final int maxTrailerBytes;
    private State state = State.SIZE;
    private long size;
    private int digits;
    private int lineBytes;
    private int trailerBytes;
    private int trailerLineBytes;

    ChunkScanner(int maxTrailerBytes) {
        this.maxTrailerBytes = maxTrailerBytes;
    }

    boolean done() {
        return state == State.DONE;
    }

    /**
     * Looks at the readable bytes of a buffer, which follow those of earlier calls; moves no index.
     *
     * @return how many of them belong to the body
     */
    int scan(ByteBuf buffer) throws BrokenHttp {
        int at = buffer.readerIndex();
        int end = buffer.writerIndex();
        while (at < end && state != State.DONE) {
            if (state == State.DATA) {
                int take = (int) Math.min(size, end - at);
                size -= take;
                at += take;
                if (size == 0) {
                    state = State.DATA_CR;
                }
            } else {
                step(buffer.getByte(at++));
            }
        }
        return at - buffer.readerIndex();
    }

    private void step(byte b) throws BrokenHttp {
        switch (state) {
            case SIZE -> size(b);
            case EXTENSION -> extension(b);
            case SIZE_END -> sizeEnd(b);
            case DATA_CR -> expect(b, '\r', State.DATA_LF);
            case DATA_LF -> expect(b, '\n', State.SIZE);
            case TRAILER, TRAILER_LF -> trailer(b);
            default -> throw new IllegalStateException(state.toString());
        }
    }

    private void size(byte b) throws BrokenHttp {
        int digit = Character.digit((char) (b & 0xff), 16);
        if (b > 0 && digit >= 0) {
            size = size * 16 + digit;
            if (++digits > MAX_SIZE_DIGITS || size > Integer.MAX_VALUE) {
                throw new BrokenHttp("a chunk size that is too large");
            }
            return;
        }
        if (digits == 0) {
            throw new BrokenHttp("a chunk size that is no size");
        }
        lineBytes = digits;
        if (b == ';') {
            state = State.EXTENSION;
        } else {
            expect(b, '\r', State.SIZE_END);
        }
    }

    private void extension(byte b) throws BrokenHttp {
        if (++lineBytes > MAX_LINE_BYTES) {
            throw new BrokenHttp("a chunk extension that is too long");
        }
        if (b == '\r') {
            state = State.SIZE_END;
        } else {
            text(b);
        }
    }

    private void sizeEnd(byte b) throws BrokenHttp {
        expect(b, '\n', size == 0 ? State.TRAILER : State.DATA);
        digits = 0;
    }

    private void trailer(byte b) throws BrokenHttp {
        if (++trailerBytes > maxTrailerBytes) {
            throw new BrokenHttp("a trailer of more than " + maxTrailerBytes + " bytes");
        }
        if (state == State.TRAILER_LF) {
            expect(b, '\n', trailerLineBytes == 0 ? State.DONE : State.TRAILER);
            trailerLineBytes = 0;
        } else if (b == '\r') {
            state = State.TRAILER_LF;
        } else {
            text(b);
            trailerLineBytes++;
        }
    }

    private static void text(byte b) throws BrokenHttp {
        if ((b >= 0 && b < ' ' && b != '\t') || b == 0x7f) {
            throw new BrokenHttp("a control character among chunks");
        }
    }

    private void expect(byte b, char expected, State next) throws BrokenHttp {
        if (b != expected) {
            throw new BrokenHttp("chunks that do not end where they say");
        }
        state = next;
    }
}
