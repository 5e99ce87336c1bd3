package io.forebay.ecosystem.python;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes put together from spans of a document and from others between them. A page of a large project has megabytes: they are
 * copied once, into an array of the very length, when all is known. For one thread.
 */
final class Splice {
    private static final int FIELDS = 3;

    private final byte[] document;
    private final ByteArrayOutputStream others = new ByteArrayOutputStream(8192);
    /** Of each piece: start and end of its span in the document, and where the others that follow it end. */
    private int[] pieces = new int[64 * FIELDS];

    private int used = FIELDS;
    private int length;

    /** @param document not changed, and not to be changed until the last call */
    Splice(byte[] document) {
        this.document = document;
    }

    /** Appends a span of the document. */
    void copy(int start, int end) {
        length = Math.addExact(length, end - start);
        boolean goesOn = pieces[used - 2] == start && pieces[used - 1] == othersBefore(used - FIELDS);
        if (goesOn) {
            pieces[used - 2] = end;
            return;
        }
        if (used == pieces.length) {
            pieces = Arrays.copyOf(pieces, used * 2);
        }
        pieces[used] = start;
        pieces[used + 1] = end;
        pieces[used + 2] = others.size();
        used += FIELDS;
    }

    /** Appends other bytes. */
    void write(byte[] bytes) {
        length = Math.addExact(length, bytes.length);
        others.writeBytes(bytes);
        pieces[used - 1] = others.size();
    }

    /** Appends text in UTF-8. */
    void write(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** All that was appended, in that order. */
    byte[] join() {
        byte[] between = others.toByteArray();
        byte[] joined = new byte[length];
        int at = 0;
        for (int i = 0; i < used; i += FIELDS) {
            int span = pieces[i + 1] - pieces[i];
            System.arraycopy(document, pieces[i], joined, at, span);
            at += span;
            int from = othersBefore(i);
            int other = pieces[i + 2] - from;
            System.arraycopy(between, from, joined, at, other);
            at += other;
        }
        return joined;
    }

    private int othersBefore(int piece) {
        return piece == 0 ? 0 : pieces[piece - 1];
    }
}
