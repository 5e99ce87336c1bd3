package io.forebay.upstream;

import io.netty.buffer.ByteBuf;

/**
 * Finds the end of a head, byte by byte as it comes, and refuses at once what can never become one: so that neither garbage
 * nor an answer without line ends is waited for.
 */
final class HeadScanner {
    private static final byte[] START = {'H', 'T', 'T', 'P', '/', '1', '.'};

    private final int maxBytes;
    private int scanned;
    private int lineLength;
    private boolean carriageReturn;

    HeadScanner(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    void reset() {
        scanned = 0;
        lineLength = 0;
        carriageReturn = false;
    }

    /**
     * Looks at the readable bytes of a buffer, which follow those of earlier calls; moves no index.
     *
     * @return how many of them belong to the head, when it ends among them; -1 when it does not
     */
    int scan(ByteBuf buffer) throws BrokenHttp {
        int start = buffer.readerIndex();
        for (int i = start; i < buffer.writerIndex(); i++) {
            if (scanned == maxBytes) {
                throw new BrokenHttp("a head of more than " + maxBytes + " bytes");
            }
            if (ends(buffer.getByte(i))) {
                return i + 1 - start;
            }
        }
        return -1;
    }

    private boolean ends(byte b) throws BrokenHttp {
        if (scanned < START.length && b != START[scanned]) {
            throw new BrokenHttp("an answer that does not begin like one");
        }
        scanned++;
        if (carriageReturn != (b == '\n')) {
            throw new BrokenHttp("a line end that is not CR LF");
        }
        carriageReturn = b == '\r';
        if (b == '\n') {
            boolean empty = lineLength == 0;
            lineLength = 0;
            return empty;
        }
        if (b == 0) {
            throw new BrokenHttp("NUL in a head");
        }
        lineLength += carriageReturn ? 0 : 1;
        return false;
    }
}
