package io.forebay.catalog;

import org.jspecify.annotations.Nullable;

/** The database said no. The message may hold a path: it is for the log, never for a client. */
public final class CatalogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CatalogException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
