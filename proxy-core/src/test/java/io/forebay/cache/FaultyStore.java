package io.forebay.cache;

import io.forebay.model.Algorithm;
import io.forebay.model.Digest;
import io.forebay.store.Blob;
import io.forebay.store.BlobStore;
import io.forebay.store.Draft;
import io.forebay.store.Hashing;
import io.forebay.store.Resumed;
import io.forebay.store.StoreException;
import io.netty.buffer.ByteBuf;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A store whose disk fails or stalls as a test says. */
final class FaultyStore implements BlobStore {
    /** What is wrong with the disk. */
    enum Fault {
        NONE,
        /** No draft is begun, nothing small is put. */
        FULL_AT_START,
        /** A draft fails once it has taken some bytes. */
        FULL_IN_THE_MIDDLE,
        /** A draft takes some bytes and then neither takes nor refuses. */
        STALLED,
        /** Nothing is wrong, but a small body is put a moment later. */
        LATE
    }

    private static final Duration MOMENT = Duration.ofMillis(300);

    /** What a draft takes before it fails or stalls. */
    static final long TAKEN_BYTES = 200_000;

    private final BlobStore store;
    private final AtomicInteger aborted = new AtomicInteger();
    private volatile Fault fault = Fault.NONE;
    private volatile Set<Digest> unreadable = Set.of();
    private volatile Mono<Void> beforePut = Mono.empty();

    FaultyStore(BlobStore store) {
        this.store = store;
    }

    void fault(Fault wanted) {
        fault = wanted;
    }

    /** What is put waits for this. */
    void beforePut(Mono<Void> signal) {
        beforePut = signal;
    }

    /** What cannot be read to be hashed. */
    void unreadable(Set<Digest> digests) {
        unreadable = Set.copyOf(digests);
    }

    int aborted() {
        return aborted.get();
    }

    private static StoreException full() {
        return new StoreException(StoreException.Kind.FULL, "no space", null);
    }

    @Override
    public int smallBytes() {
        return store.smallBytes();
    }

    @Override
    public Draft draft(OptionalLong expectedLength, Set<Algorithm> algorithms) {
        return switch (fault) {
            case NONE, LATE -> store.draft(expectedLength, algorithms);
            case FULL_AT_START -> throw full();
            case FULL_IN_THE_MIDDLE, STALLED -> new FaultyDraft(store.draft(expectedLength, algorithms), algorithms);
        };
    }

    @Override
    public boolean hasParts() {
        return store.hasParts();
    }

    @Override
    public Optional<Resumed> resume(Digest name, Set<Algorithm> algorithms) {
        return store.resume(name, algorithms);
    }

    @Override
    public Mono<Long> dropParts(Duration age) {
        return store.dropParts(age);
    }

    @Override
    public Mono<Void> put(Digest digest, ByteBuf body, byte[] note) {
        if (fault == Fault.NONE) {
            return beforePut.then(store.put(digest, body, note));
        }
        if (fault == Fault.LATE) {
            return Mono.delay(MOMENT).then(Mono.defer(() -> store.put(digest, body, note)));
        }
        body.release();
        return Mono.error(full());
    }

    @Override
    public Mono<Void> note(Digest digest, byte[] note) {
        return store.note(digest, note);
    }

    @Override
    public Mono<Blob> open(Digest digest) {
        return store.open(digest);
    }

    @Override
    public Optional<Blob> openNow(Digest digest) {
        return store.openNow(digest);
    }

    @Override
    public Mono<Boolean> rehash(Digest digest) {
        return store.rehash(digest);
    }

    @Override
    public boolean contains(Digest digest) {
        return store.contains(digest);
    }

    @Override
    public Mono<Void> delete(Digest digest) {
        return store.delete(digest);
    }

    @Override
    public Flux<Digest> digests() {
        return store.digests();
    }

    @Override
    public Flux<byte[]> notes() {
        return store.notes();
    }

    @Override
    public void onRefused(LongConsumer listener) {
        store.onRefused(listener);
    }

    @Override
    public Room room() {
        return store.room();
    }

    @Override
    public boolean isRead(Digest digest) {
        return store.isRead(digest);
    }

    @Override
    public Mono<Boolean> rehash(Digest digest, long bytesPerSecond) {
        return unreadable.contains(digest)
                ? Mono.error(new StoreException(StoreException.Kind.IO, "cannot be read", null))
                : store.rehash(digest, bytesPerSecond);
    }

    @Override
    public Usage usage() {
        return store.usage();
    }

    @Override
    public void close() {
        store.close();
    }

    /** Takes {@link #TAKEN_BYTES} into a real draft; what comes then waits (stalled) or is given back (full). */
    private final class FaultyDraft implements Draft {
        private final Draft draft;
        private final Hashing hashing;
        private final List<ByteBuf> waiting = new ArrayList<>();
        private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
        private long taken;
        private Optional<StoreException> failure = Optional.empty();
        private Optional<Runnable> onRoom = Optional.empty();
        private boolean hashingTaken;

        FaultyDraft(Draft draft, Set<Algorithm> algorithms) {
            this.draft = draft;
            this.hashing = new Hashing(algorithms);
        }

        @Override
        public boolean append(ByteBuf bytes) {
            boolean fails;
            synchronized (this) {
                if (taken + bytes.readableBytes() <= TAKEN_BYTES && waiting.isEmpty() && failure.isEmpty()) {
                    taken += bytes.readableBytes();
                    hashing.update(bytes);
                    return draft.append(bytes);
                }
                waiting.add(bytes);
                fails = fault == Fault.FULL_IN_THE_MIDDLE;
            }
            if (fails) {
                Schedulers.boundedElastic().schedule(this::fail);
            }
            return false;
        }

        private void fail() {
            // Only what the disk has counts as written: the hashes must stand there.
            CacheFixture.await("disk", () -> draft.written() == taken);
            Optional<Runnable> room;
            synchronized (this) {
                if (failure.isPresent()) {
                    return;
                }
                failure = Optional.of(full());
                room = onRoom;
                onRoom = Optional.empty();
            }
            listeners.forEach(Runnable::run);
            room.ifPresent(Runnable::run);
        }

        @Override
        public void onRoom(Runnable task) {
            synchronized (this) {
                if (failure.isEmpty() && !waiting.isEmpty()) {
                    onRoom = Optional.of(task);
                    return;
                }
                if (failure.isEmpty()) {
                    draft.onRoom(task);
                    return;
                }
            }
            task.run();
        }

        @Override
        public long written() {
            return draft.written();
        }

        @Override
        public Optional<FileChannel> channel() {
            return draft.channel();
        }

        @Override
        public void onProgress(Runnable listener) {
            listeners.add(listener);
            draft.onProgress(listener);
        }

        @Override
        public synchronized Optional<StoreException> failure() {
            return failure;
        }

        @Override
        public synchronized List<ByteBuf> takeUnwritten() {
            List<ByteBuf> given = List.copyOf(waiting);
            waiting.clear();
            return given;
        }

        @Override
        public synchronized Optional<Hashing> takeHashing() {
            boolean first = !hashingTaken;
            hashingTaken = true;
            return first ? Optional.of(hashing) : Optional.empty();
        }

        @Override
        public void giveUp() {
            fail();
        }

        @Override
        public Mono<Sum> finish() {
            return fault == Fault.STALLED ? Mono.never() : Mono.error(full());
        }

        @Override
        public Mono<Void> commit(byte[] note) {
            return Mono.error(full());
        }

        @Override
        public Mono<Void> suspend(Digest name, byte[] note) {
            return draft.suspend(name, note);
        }

        @Override
        public void abort() {
            aborted.incrementAndGet();
            synchronized (this) {
                waiting.forEach(ByteBuf::release);
                waiting.clear();
            }
            draft.abort();
        }

        @Override
        public Pin pin() {
            return draft.pin();
        }
    }
}
