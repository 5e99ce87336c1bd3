package io.forebay.store;

import io.forebay.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;

/** Turns what the disk said into a kind. Java keeps of an error number no more than its text, so texts are what is read. */
final class DiskErrors {
    private DiskErrors() {}

    static StoreException of(String doing, Throwable cause) {
        if (cause instanceof StoreException known) {
            return known;
        }
        return new StoreException(kind(cause), doing + ": " + cause, cause);
    }

    static StoreException damaged(String what) {
        return new StoreException(Kind.DAMAGED, what, null);
    }

    static StoreException busy(String what) {
        return new StoreException(Kind.BUSY, what, null);
    }

    private static Kind kind(Throwable cause) {
        if (cause instanceof AccessDeniedException) {
            return Kind.READ_ONLY;
        }
        String text = cause.getMessage();
        if (cause instanceof FileSystemException e && e.getReason() != null) {
            text = e.getReason();
        }
        if (!(cause instanceof IOException) || text == null) {
            return Kind.IO;
        }
        if (text.contains("No space left on device") || text.contains("Disk quota exceeded")) {
            return Kind.FULL;
        }
        if (text.contains("Read-only file system")
                || text.contains("Permission denied")
                || text.contains("Operation not permitted")) {
            return Kind.READ_ONLY;
        }
        return text.contains("Too many open files") ? Kind.DESCRIPTORS : Kind.IO;
    }
}
