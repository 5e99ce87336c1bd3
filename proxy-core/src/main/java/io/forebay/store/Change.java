package io.forebay.store;

import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Sinks;

/**
 * Something that changes which blobs are there. All changes go through the one pack writer, so that they have an order. It is
 * staged, made durable together with the others of its batch, and then succeeds or fails; released in any case.
 */
abstract class Change {
    private static final Logger LOG = LoggerFactory.getLogger(Change.class);

    private final Digest digest;
    private final Sinks.Empty<Void> done;

    Change(Digest digest, Sinks.Empty<Void> done) {
        this.digest = digest;
        this.done = done;
    }

    Digest digest() {
        return digest;
    }

    Sinks.Empty<Void> done() {
        return done;
    }

    /** Decides what is to be written. An exception makes this change fail and no other. */
    abstract void stage(Batch batch) throws IOException;

    /** What it staged is durable and in the index. */
    void succeed() {
        done.tryEmitEmpty();
    }

    /** It could not be staged, or its batch could not be written. */
    void fail(StoreException cause) {
        done.tryEmitError(cause);
    }

    /** Gives back what it holds. */
    void release() {}

    /** A small body. */
    static final class Put extends Change {
        private final ByteBuf body;
        private final byte[] note;
        private final Runnable ended;

        Put(Digest digest, ByteBuf body, byte[] note, Sinks.Empty<Void> done, Runnable ended) {
            super(digest, done);
            this.body = body;
            this.note = note;
            this.ended = ended;
        }

        @Override
        void stage(Batch batch) {
            if (batch.isPresent(digest())) {
                batch.addNote(digest(), note);
            } else {
                batch.addBody(digest(), note, body);
            }
        }

        @Override
        void release() {
            body.release();
            ended.run();
        }
    }

    /** A further note. */
    static final class Note extends Change {
        private final byte[] note;
        private final Runnable ended;

        Note(Digest digest, byte[] note, Sinks.Empty<Void> done, Runnable ended) {
            super(digest, done);
            this.note = note;
            this.ended = ended;
        }

        @Override
        void stage(Batch batch) {
            if (!batch.isPresent(digest())) {
                throw new StoreException(StoreException.Kind.IO, "a note of a blob that is not there", null);
            }
            batch.addNote(digest(), note);
        }

        @Override
        void release() {
            ended.run();
        }
    }

    /** A draft whose file is synced. */
    static final class Commit extends Change {
        private final LargeFiles large;
        private final DiskFiles files;
        private final Index index;
        private final Draft.Sum sum;
        private final Path temporary;
        private final SharedFile file;
        private final byte[] note;
        private final Runnable ended;
        private boolean renamed;

        Commit(
                Stores stores,
                Draft.Sum sum,
                Path temporary,
                SharedFile file,
                byte[] note,
                Sinks.Empty<Void> done,
                Runnable ended) {
            super(sum.digest(), done);
            this.large = stores.large();
            this.files = stores.files();
            this.index = stores.index();
            this.sum = sum;
            this.temporary = temporary;
            this.file = file;
            this.note = note;
            this.ended = ended;
        }

        @Override
        void stage(Batch batch) throws IOException {
            if (batch.isPresent(digest()) && isSound()) {
                files.unlink(temporary);
                batch.addNote(digest(), note);
                return;
            }
            large.adopt(temporary, digest(), batch);
            renamed = true;
            batch.addLarge(digest(), note, sum.size());
        }

        /** A file that was cut or lost behind our back is replaced by this one. */
        private boolean isSound() throws IOException {
            Optional<Location> known = index.find(digest());
            boolean packed = known.isPresent() && known.get() instanceof Location.Packed;
            return packed || large.size(digest()) == sum.size();
        }

        @Override
        void succeed() {
            if (renamed) {
                large.keep(digest(), file);
            } else {
                file.release();
            }
            ended.run();
            super.succeed();
        }

        @Override
        void fail(StoreException cause) {
            file.release();
            try {
                files.unlink(renamed ? large.path(digest()) : temporary);
            } catch (IOException | RuntimeException e) {
                LOG.warn("the file of a failed commit stays behind: {}", e.toString());
            }
            ended.run();
            super.fail(cause);
        }
    }

    /** The end of a blob: the tombstone first, then the file. */
    static final class Delete extends Change {
        private final LargeFiles large;
        private final Index index;
        private Optional<Location> staged = Optional.empty();
        private boolean present;

        Delete(Stores stores, Digest digest, Sinks.Empty<Void> done) {
            super(digest, done);
            this.large = stores.large();
            this.index = stores.index();
        }

        @Override
        void stage(Batch batch) {
            present = batch.isPresent(digest());
            if (present) {
                staged = index.find(digest());
                batch.addTombstone(digest());
            }
        }

        @Override
        void succeed() {
            try {
                // Where there was nothing to delete, a file of that name is one that the same batch has brought since.
                if (present && !(staged.isPresent() && staged.get() instanceof Location.Packed)) {
                    large.remove(digest());
                }
                super.succeed();
            } catch (IOException | RuntimeException e) {
                super.fail(DiskErrors.of("removal of a file", e));
            }
        }

        /** A full disk has no room for a tombstone: a file goes without one, or there would never be room again. */
        @Override
        void fail(StoreException cause) {
            if (staged.isPresent() && staged.get() instanceof Location.Large location) {
                index.remove(digest(), location);
                succeed();
            } else {
                super.fail(cause);
            }
        }
    }

    /** A large file was found missing or of the wrong size: it is looked at once more, in order, and goes. */
    static final class Heal extends Change {
        private final LargeFiles large;
        private final Index index;
        private final Location.Large location;

        Heal(Stores stores, Digest digest, Location.Large location) {
            super(digest, Sinks.empty());
            this.large = stores.large();
            this.index = stores.index();
            this.location = location;
        }

        @Override
        void stage(Batch batch) throws IOException {
            Optional<Location> now = index.find(digest());
            boolean same = now.isPresent() && now.get().equals(location);
            if (same && large.size(digest()) != location.size() && index.remove(digest(), location)) {
                LOG.warn("the file of {} was missing or of the wrong size and is dropped", digest());
                large.remove(digest());
            }
        }
    }

    /** Something else that must not happen between the steps of a change. */
    static final class Step extends Change {
        private static final Digest NONE = new Digest("0".repeat(64));

        /** What is done. */
        interface Work {
            void run() throws IOException;
        }

        private final Work work;

        Step(Work work, Sinks.Empty<Void> done) {
            super(NONE, done);
            this.work = work;
        }

        @Override
        void stage(Batch batch) throws IOException {
            work.run();
        }
    }
}
