package io.forebay.store;

import io.forebay.model.Algorithm;
import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A draft with a file of its own in {@code tmp/}.
 *
 * <p>Concurrency: everything that touches the file happens in turns, one after another, on whichever disk thread is free; a
 * turn writes what has queued meanwhile, up to a limit so that one fast origin does not keep the others waiting, or does one
 * of the steps finish, sync, remove. The monitor guards the queue and is held for a few instructions only, never over a file
 * operation: a stalled disk stalls the turn and nobody else.
 */
final class FileDraft implements Draft {
    private static final Logger LOG = LoggerFactory.getLogger(FileDraft.class);
    /** What one turn writes at most, but at least one buffer. */
    private static final int TURN_BYTES = 256 * 1024;

    private enum State {
        OPEN,
        FINISHED,
        COMMITTED,
        SUSPENDED,
        ABORTED
    }

    /** What a draft needs of its store. */
    interface Home {
        /**
         * Makes the synced file a blob, or removes it, then runs {@code ended} and signals. Owns the draft's use of the file.
         */
        void commit(Sum sum, Path temporary, SharedFile file, byte[] note, Sinks.Empty<Void> done, Runnable ended);

        /** Makes the synced file a part. */
        void suspend(Digest name, Path temporary, PartRecord part) throws IOException;

        /** Makes the file of a part this draft's. */
        void resume(Digest name, Path temporary) throws IOException;

        /** The draft has ended, with a blob or without. */
        void ended(FileDraft draft);
    }

    private final DiskThreads threads;
    private final DiskFiles files;
    private final Home home;
    private final Path path;
    private final WriteBudget budget;
    private final Space.Claim claim;
    private final int queueLimit;
    private final SharedFile file;
    private final Hashing hashes;
    private boolean hashing;
    private boolean hashesTaken;
    private long hashedTo;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    private final Deque<ByteBuf> queue = new ArrayDeque<>();
    private final Deque<Runnable> steps = new ArrayDeque<>();
    private final List<ByteBuf> unwritten = new ArrayList<>();
    private List<ByteBuf> writing = List.of();
    private long writingSince;
    private long queued;
    private boolean scheduled;
    private State state = State.OPEN;
    private @Nullable Runnable waiting;
    private boolean asked;

    private volatile long written;
    private volatile @Nullable StoreException failure;
    private volatile @Nullable Sum sum;

    FileDraft(
            DiskThreads threads,
            DiskFiles files,
            Home home,
            Path path,
            WriteBudget budget,
            Space.Claim claim,
            int queueLimit,
            Set<Algorithm> algorithms) {
        this.threads = threads;
        this.files = files;
        this.home = home;
        this.path = path;
        this.budget = budget;
        this.claim = claim;
        this.queueLimit = queueLimit;
        this.hashes = new Hashing(algorithms);
        this.file = new SharedFile(threads);
    }

    @Override
    public boolean append(ByteBuf bytes) {
        synchronized (this) {
            if (state == State.OPEN) {
                if (failure != null) {
                    unwritten.add(bytes);
                    return false;
                }
                queue.add(bytes);
                queued += bytes.readableBytes();
                budget.add(bytes.readableBytes());
                schedule();
                return queued < queueLimit && !budget.isFull();
            }
        }
        bytes.release();
        if (state == State.ABORTED || state == State.SUSPENDED) {
            return true;
        }
        throw new IllegalStateException("append after finish");
    }

    @Override
    public void onRoom(Runnable task) {
        synchronized (this) {
            waiting = task;
        }
        tellRoom();
    }

    private boolean hasRoom() {
        return failure != null || state != State.OPEN || (queued <= queueLimit / 2 && !budget.isFull());
    }

    /** Called without the monitor: the task, and other drafts that the budget wakes, have monitors of their own. */
    private void tellRoom() {
        Runnable task = null;
        boolean ask = false;
        synchronized (this) {
            if (waiting != null && hasRoom()) {
                task = waiting;
                waiting = null;
            } else if (waiting != null && queued <= queueLimit / 2 && !asked) {
                asked = true;
                ask = true;
            }
        }
        if (task != null) {
            task.run();
        } else if (ask) {
            budget.whenRoom(this::budgetHasRoom);
        }
    }

    private void budgetHasRoom() {
        synchronized (this) {
            asked = false;
        }
        tellRoom();
    }

    @Override
    public long written() {
        return written;
    }

    @Override
    public Optional<FileChannel> channel() {
        return written == 0 ? Optional.empty() : file.channel();
    }

    @Override
    public void onProgress(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public Optional<StoreException> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public synchronized List<ByteBuf> takeUnwritten() {
        List<ByteBuf> taken = List.copyOf(unwritten);
        unwritten.clear();
        return taken;
    }

    @Override
    public synchronized Optional<Hashing> takeHashing() {
        if (failure == null || hashing || hashesTaken) {
            return Optional.empty();
        }
        hashesTaken = true;
        long lag = written - hashedTo;
        for (ByteBuf buffer : writing) {
            int count = (int) Math.min(lag, buffer.readableBytes());
            hashes.update(buffer.slice(buffer.readerIndex(), count));
            lag -= count;
        }
        return lag == 0 ? Optional.of(hashes) : Optional.empty();
    }

    @Override
    public void giveUp() {
        fail(DiskErrors.busy("the writer did not want to wait for the disk any longer"));
    }

    @Override
    public Mono<Sum> finish() {
        Sinks.One<Sum> result = Sinks.one();
        synchronized (this) {
            if (state != State.OPEN) {
                return Mono.error(new IllegalStateException("finish after " + state));
            }
            state = State.FINISHED;
            steps.add(() -> {
                Optional<StoreException> failed = unfinished();
                if (failed.isPresent()) {
                    result.tryEmitError(failed.get());
                    return;
                }
                Sum computed = hashes.finish();
                sum = computed;
                result.tryEmitValue(computed);
            });
            schedule();
        }
        return result.asMono();
    }

    private synchronized Optional<StoreException> unfinished() {
        return state == State.ABORTED ? Optional.of(DiskErrors.busy("the draft was aborted")) : failure();
    }

    @Override
    public Mono<Void> commit(byte[] note) {
        Sinks.Empty<Void> result = Sinks.empty();
        synchronized (this) {
            Sum finished = sum;
            if (state != State.FINISHED || finished == null) {
                return Mono.error(new IllegalStateException("commit without a finished sum"));
            }
            state = State.COMMITTED;
            steps.add(() -> sync(finished, note, result));
            schedule();
        }
        return result.asMono();
    }

    private void sync(Sum finished, byte[] note, Sinks.Empty<Void> result) {
        try {
            files.force(open());
        } catch (IOException | RuntimeException e) {
            // What the system still held of the file may be gone: asking once more would only be told that all is well.
            remove();
            result.tryEmitError(DiskErrors.of("sync of a draft", e));
            return;
        }
        home.commit(finished, path, file, note, result, () -> {
            claim.release();
            home.ended(this);
        });
    }

    /** Goes on from a part instead of beginning anew: {@link Resumed#sound}. Comes before anything else. */
    Mono<Boolean> resume(Digest name, PartRecord part) {
        Sinks.One<Boolean> sound = Sinks.one();
        synchronized (this) {
            steps.add(() -> {
                try {
                    home.resume(name, path);
                    FileChannel there = files.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
                    file.attach(there);
                    if (there.size() != part.length()) {
                        throw DiskErrors.damaged("it has " + there.size() + " bytes instead of " + part.length());
                    }
                    reread(new Rereading(files, there, hashes, part.length()), part, sound);
                } catch (IOException | RuntimeException e) {
                    unsound(e, sound);
                }
            });
            schedule();
        }
        return sound.asMono();
    }

    private void reread(Rereading rest, PartRecord part, Sinks.One<Boolean> sound) {
        try {
            if (unfinished().isPresent()) {
                abort();
                sound.tryEmitValue(false);
            } else if (rest.next()) {
                synchronized (this) {
                    steps.addFirst(() -> reread(rest, part, sound));
                }
            } else if (hashes.soFar().equals(part.digest())) {
                file.recent().used(0, part.length());
                synchronized (this) {
                    hashedTo = part.length();
                    written = part.length();
                }
                tell();
                sound.tryEmitValue(true);
            } else {
                throw DiskErrors.damaged("its bytes are not what was suspended");
            }
        } catch (IOException | RuntimeException e) {
            unsound(e, sound);
        }
    }

    private void unsound(Exception cause, Sinks.One<Boolean> sound) {
        LOG.warn("a part is dropped: {}", cause.toString());
        fail(DiskErrors.of("read of a part", cause));
        abort();
        sound.tryEmitValue(false);
    }

    @Override
    public Mono<Void> suspend(Digest name, byte[] note) {
        Sinks.Empty<Void> result = Sinks.empty();
        synchronized (this) {
            if (state != State.OPEN) {
                return Mono.error(new IllegalStateException("suspend after " + state));
            }
            state = State.SUSPENDED;
            steps.add(() -> rest(name, note, result));
            schedule();
        }
        tellRoom();
        return result.asMono();
    }

    private void rest(Digest name, byte[] note, Sinks.Empty<Void> result) {
        try {
            if (failure().isPresent()) {
                throw failure().get();
            }
            if (written == 0 || note.length > PartRecord.NOTE_BYTES_MAX) {
                throw DiskErrors.busy("nothing was written, or too long a note");
            }
            files.force(open());
            home.suspend(
                    name,
                    path,
                    new PartRecord(written, claim.bytes(), hashes.finish().digest(), note));
        } catch (IOException | RuntimeException e) {
            takeUnwritten().forEach(ByteBuf::release);
            remove();
            result.tryEmitError(DiskErrors.of("suspension of a draft", e));
            return;
        }
        claim.release();
        file.release();
        home.ended(this);
        result.tryEmitEmpty();
    }

    @Override
    public void abort() {
        List<ByteBuf> dropped = new ArrayList<>();
        long freed;
        synchronized (this) {
            if (state == State.COMMITTED || state == State.SUSPENDED || state == State.ABORTED) {
                return;
            }
            state = State.ABORTED;
            dropped.addAll(queue);
            dropped.addAll(unwritten);
            queue.clear();
            unwritten.clear();
            freed = queued;
            queued = 0;
            steps.add(this::remove);
            schedule();
        }
        dropped.forEach(ByteBuf::release);
        budget.remove(freed);
        tellRoom();
    }

    /** Takes the name away and gives up the own use of the file: its pins keep the bytes. */
    private void remove() {
        try {
            files.unlink(path);
        } catch (IOException | RuntimeException e) {
            LOG.warn("an aborted draft stays behind until the next start: {}", e.toString());
        }
        claim.release();
        file.release();
        home.ended(this);
    }

    @Override
    public Pin pin() {
        return file.pin().orElseThrow(() -> new IllegalStateException("the draft has ended"));
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            threads.execute(this::turn);
        }
    }

    private void turn() {
        Runnable step = null;
        synchronized (this) {
            writing = take();
            writingSince = written;
            if (writing.isEmpty()) {
                step = steps.poll();
            }
        }
        try {
            if (step != null) {
                step.run();
            } else {
                write();
            }
        } finally {
            synchronized (this) {
                scheduled = false;
                if (!queue.isEmpty() || !steps.isEmpty()) {
                    schedule();
                }
            }
        }
    }

    private List<ByteBuf> take() {
        List<ByteBuf> taken = new ArrayList<>();
        int bytes = 0;
        while (!queue.isEmpty() && bytes < TURN_BYTES) {
            ByteBuf next = queue.remove();
            bytes += next.readableBytes();
            taken.add(next);
        }
        return taken;
    }

    private void write() {
        List<ByteBuf> batch = writing;
        long bytes = batch.stream().mapToLong(ByteBuf::readableBytes).sum();
        try {
            claim.want(bytes);
            FileWriter writer = new FileWriter(files, open(), written, this::wrote);
            for (ByteBuf buffer : batch) {
                writer.write(buffer);
            }
            writer.flush();
        } catch (IOException | RuntimeException e) {
            fail(DiskErrors.of("write of a draft", e));
        }
        if (mayHash()) {
            tell();
            batch.forEach(hashes::update);
            hashed();
        }
        long freed;
        synchronized (this) {
            writing = List.of();
            // Zero after a failure or an abort, which have given up the whole account.
            freed = Math.min(bytes, queued);
            queued -= freed;
        }
        batch.forEach(ByteBuf::release);
        budget.remove(freed);
        tellRoom();
    }

    private synchronized boolean mayHash() {
        hashing = failure == null;
        return hashing;
    }

    private synchronized void hashed() {
        hashing = false;
        hashedTo = written;
    }

    /** Nobody hears of bytes that a stalled write brings after the draft was given up: they were given back. */
    private synchronized void wrote(long count) {
        claim.wrote(count);
        if (failure == null) {
            file.recent().used(written, count);
            written += count;
        }
    }

    private FileChannel open() throws IOException {
        Optional<FileChannel> opened = file.channel();
        if (opened.isPresent()) {
            return opened.get();
        }
        FileChannel created =
                files.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        file.attach(created);
        return created;
    }

    private void fail(StoreException cause) {
        long freed;
        synchronized (this) {
            if (failure != null || state == State.COMMITTED || state == State.ABORTED) {
                return;
            }
            failure = cause;
            long skip = written - writingSince;
            for (ByteBuf buffer : writing) {
                int done = (int) Math.min(skip, buffer.readableBytes());
                skip -= done;
                if (done < buffer.readableBytes()) {
                    unwritten.add(buffer.retainedSlice(buffer.readerIndex() + done, buffer.readableBytes() - done));
                }
            }
            unwritten.addAll(queue);
            queue.clear();
            freed = queued;
            queued = 0;
        }
        budget.remove(freed);
        tell();
        tellRoom();
    }

    private void tell() {
        for (Runnable listener : listeners) {
            try {
                listener.run();
            } catch (RuntimeException e) {
                LOG.error("a follower of a draft failed", e);
            }
        }
    }
}
