package io.forebay.cache;

import io.forebay.store.Blob;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** A blob in a file, pinned. */
final class StoredBody implements Body {
    /**
     * What is not in memory is loaded for so many turns at once. Each load waits in the queue of the disk threads: with one for each turn a
     * body of a few turns waited as often, and the last of a hundred clients half as long again as the first.
     */
    private static final int LOADED_TURNS = 4;

    private final Blob blob;
    private final Consumer<Throwable> unreadable;
    private final Again again;

    /** @param unreadable is told why the disk does not give the bytes */
    StoredBody(Blob blob, Consumer<Throwable> unreadable, Again again) {
        this.blob = blob;
        this.unreadable = unreadable;
        this.again = again;
    }

    @Override
    public OptionalLong length() {
        return OptionalLong.of(blob.size());
    }

    @Override
    public Piece at(long offset, int max) {
        int count = (int) Math.min(blob.size() - offset, max);
        if (count <= 0) {
            return Piece.End.INSTANCE;
        }
        return blob.isRecent(offset, count)
                ? new Piece.Region(blob.channel(), blob.position() + offset, count)
                : new Piece.Cold(blob.load(offset, (int) Math.min(blob.size() - offset, LOADED_TURNS * (long) max))
                        .doOnError(unreadable));
    }

    @Override
    public void onMore(long offset, Runnable waker) {
        waker.run();
    }

    @Override
    public void waited() {
        blob.waited();
    }

    @Override
    public Optional<Again> again() {
        return Optional.of(again);
    }

    @Override
    public void close() {
        blob.close();
    }
}
