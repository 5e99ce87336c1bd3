package io.forebay.store;

import org.jspecify.annotations.Nullable;

/** The disk said no. The message may hold a path: it is for the log, never for a client. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the disk said. */
    public enum Kind {
        /** No space, or over the quota. */
        FULL,
        /** The file system is read-only or permission was denied. */
        READ_ONLY,
        /** Too many open files. */
        DESCRIPTORS,
        /** Bytes are not what they were when they were written. */
        DAMAGED,
        /** Too much is queued for the disk. */
        BUSY,
        /** Anything else: EIO and its kin. */
        IO
    }

    private final Kind kind;

    public StoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
