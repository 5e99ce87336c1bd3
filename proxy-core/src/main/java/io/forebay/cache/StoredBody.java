package io.forebay.cache;

import io.forebay.store.Blob;
import java.util.OptionalLong;

/** A blob in a file, pinned. */
final class StoredBody implements Body {
    private final Blob blob;

    StoredBody(Blob blob) {
        this.blob = blob;
    }

    @Override
    public OptionalLong length() {
        return OptionalLong.of(blob.size());
    }

    @Override
    public Piece at(long offset, int max) {
        long left = blob.size() - offset;
        return left <= 0
                ? Piece.End.INSTANCE
                : new Piece.Region(blob.channel(), blob.position() + offset, (int) Math.min(left, max));
    }

    @Override
    public void onMore(Runnable waker) {
        waker.run();
    }

    @Override
    public void close() {
        blob.close();
    }
}
