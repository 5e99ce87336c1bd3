package io.forebay.cache;

import java.util.Optional;
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

    /** Sending a region that this body gave held the event loop up for so long that it must have waited for the disk. */
    default void waited() {}

    /** How the same bytes are had again, after this body was closed as well; empty for bytes that are still coming. */
    default Optional<Again> again() {
        return Optional.empty();
    }

    /** A way to the bytes of a body. Safe for use by many threads; outlives the body. */
    interface Again {
        /** The body anew, if it can be had without waiting for the disk; owned by the caller. */
        Optional<Body> open();
    }

    /** Gives up the claim on the bytes. Closing twice does nothing. */
    @Override
    void close();
}
