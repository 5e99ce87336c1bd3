package io.forebay.catalog;

import org.jspecify.annotations.Nullable;

/** The database said no. The message may hold a path: it is for the log, never for a client. */
public final class CatalogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What can be done about a failure. */
    public enum Kind {
        /** The database's file is not a database, or not a sound one: set it aside, open anew, rebuild from the notes. */
        DAMAGED,
        /**
         * The database was made by a newer Forebay, or by one whose migrations differ. Nothing was written: leave it as it
         * is.
         */
        NEWER_SCHEMA,
        /** The database is locked, overloaded, out of reach, or the queue before it is full: worth trying later. */
        BUSY,
        /** No room for the database to grow. */
        FULL,
        /** Anything else. */
        OTHER
    }

    private final Kind kind;

    public CatalogException(String message, @Nullable Throwable cause) {
        this(Kind.OTHER, message, cause);
    }

    public CatalogException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
