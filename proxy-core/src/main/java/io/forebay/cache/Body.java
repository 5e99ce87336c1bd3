package io.forebay.cache;

import java.util.OptionalLong;

/**
 * The bytes of an answer, read by offset: one contract for a stored blob, a page in memory, and a file that still grows. Each
 * reader moves at its own pace; a slow one holds no memory of others.
 *
 * <p>Threads: {@link #at} and {@link #close} are called by one reader, from any thread; none blocks. The waker given to {@link
 * #onMore} is run by any thread and must be quick.
 */
public interface Body extends AutoCloseable {
    /** Length in bytes; empty while a body of unknown length still grows. */
    OptionalLong length();

    /**
     * What can be sent from an offset now.
     *
     * @param max most bytes wanted
     */
    Piece at(long offset, int max);

    /**
     * Runs the waker once when {@link #at} may answer something else than {@link Piece.Later}; at once when it may already.
     *
     * @param offset where the reader stands: it has had all before
     */
    void onMore(long offset, Runnable waker);

    /** Gives up the claim on the bytes. Closing twice does nothing. */
    @Override
    void close();
}
