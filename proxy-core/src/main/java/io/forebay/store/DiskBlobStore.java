package io.forebay.store;

import io.forebay.model.Algorithm;
import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * The store on a local file system, in one directory:
 *
 * <pre>
 * blobs/aa/...   a file for each large body, named by its digest
 * packs/n.pack   small bodies, notes and tombstones, one behind another; n.idx beside it says what is in it
 * parts/...      drafts that were suspended, each with a record beside it
 * tmp/           drafts, emptied at the start
 * lock           held by the one process that uses the directory
 * </pre>
 *
 * <p>Writing: a draft is written and synced by disk threads; whatever changes which blobs there are goes through the one
 * {@link PackWriter}, which gives all changes an order and lets many share a sync. A blob is in the index, which is in memory,
 * only when it is durable.
 *
 * <p>A crash leaves at most a draft in {@code tmp/}, a torn end of the newest pack, and a file without a record; the start
 * deals with each. A disk that fails makes the operation fail and nothing else: the next one is tried anew.
 */
public final class DiskBlobStore implements BlobStore {
    private static final Logger LOG = LoggerFactory.getLogger(DiskBlobStore.class);
    /** What a queued change costs beside its bytes, so that empty ones count too. */
    private static final int CHANGE_BYTES = 256;

    /** Who writes also hashes; who reads waits for the disk, which is faster with more to do at once. */
    private static final int READERS_PER_WRITER = 2;

    private final StoreOptions options;
    private final Stores stores;

    /** Apart from those that write and hash, so that a hit does not wait for the files that are being fetched. */
    private final DiskThreads readers;

    private final Doubt doubt = new Doubt(System::nanoTime);
    private final FileChannel lock;
    private final Parts parts;
    private final Space space;
    private final WriteBudget budget;
    private final PackWriter writer;
    private final FirstUse firstUse;
    private final Set<FileDraft> drafts = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private DiskBlobStore(StoreOptions options, DiskFiles files) throws IOException {
        this.options = options;
        StoreDirectory directory = new StoreDirectory(options.directory());
        directory.make(files);
        lock = directory.isReadOnly() ? readOnlyLock(directory.lock()) : lock(directory.lock());
        DiskThreads threads = new DiskThreads("store-disk", options.diskThreads(), options.waitingReads());
        try {
            LargeFiles large = new LargeFiles(directory.blobs(), files, threads, options.openFiles());
            stores = new Stores(directory, files, threads, new Index(), large, new ConcurrentSkipListMap<>());
            Optional<ActivePack> resumed = new Recovery(stores, options.packBytes()).run();
            parts = new Parts(directory, files);
            parts.load();
            writer = new PackWriter(stores, options.packBytes(), resumed, this::compact);
        } catch (IOException | RuntimeException e) {
            threads.shutdown();
            lock.close();
            throw e;
        }
        readers = new DiskThreads("store-read", READERS_PER_WRITER * options.diskThreads(), options.waitingReads());
        space = new Space(files, directory.root(), options.quotaBytes(), this::usedBytes, threads);
        space.sample();
        firstUse = new FirstUse(stores.index(), digest -> rehash(digest, Long.MAX_VALUE), this::delete);
        budget = new WriteBudget(options.queueBytes());
        writer.start();
        stores.packs().values().forEach(writer::look);
    }

    /**
     * Opens the store, and makes it when it is not there. Blocks while it reads what is in the directory: for the start of a
     * program, never for an event loop.
     *
     * @throws StoreException when the directory cannot be used
     */
    public static DiskBlobStore open(StoreOptions options) {
        return open(options, new RealFiles());
    }

    static DiskBlobStore open(StoreOptions options, DiskFiles files) {
        try {
            return new DiskBlobStore(options, files);
        } catch (IOException e) {
            throw DiskErrors.of("the store cannot be opened", e);
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        return locked(channel, false);
    }

    /** Nobody writes on such a file system, so others may read beside this one. */
    private static FileChannel readOnlyLock(Path path) throws IOException {
        LOG.warn("the disk of {} is read-only: what is stored is served, nothing is added", path.getParent());
        return locked(FileChannel.open(path, StandardOpenOption.READ), true);
    }

    private static FileChannel locked(FileChannel channel, boolean shared) throws IOException {
        FileLock held;
        try {
            held = channel.tryLock(0, Long.MAX_VALUE, shared);
        } catch (OverlappingFileLockException e) {
            held = null;
        }
        if (held == null) {
            channel.close();
            throw new IOException("another process uses the directory");
        }
        return channel;
    }

    @Override
    public int smallBytes() {
        return options.smallBytes();
    }

    private long usedBytes() {
        return stores.index().bytes() + parts.bytes();
    }

    @Override
    public Draft draft(OptionalLong expectedLength, Set<Algorithm> algorithms) {
        refuseWhenClosed();
        return draft(space.claim(expectedLength.orElse(0)), algorithms);
    }

    private FileDraft draft(Space.Claim claim, Set<Algorithm> algorithms) {
        FileDraft draft = new FileDraft(
                stores.threads(),
                stores.files(),
                new Home(),
                stores.directory().temporary(),
                budget,
                claim,
                options.draftQueueBytes(),
                algorithms);
        drafts.add(draft);
        return draft;
    }

    @Override
    public boolean hasParts() {
        return parts.any();
    }

    @Override
    public Optional<Resumed> resume(Digest name, Set<Algorithm> algorithms) {
        refuseWhenClosed();
        Optional<PartRecord> taken = parts.take(name);
        if (taken.isEmpty()) {
            return Optional.empty();
        }
        PartRecord part = taken.get();
        Space.Claim claim;
        try {
            claim = space.claim(Math.max(part.claimed(), part.length()), part.length());
        } catch (StoreException e) {
            LOG.info("a part is dropped: {}", e.getMessage());
            stores.threads().execute(() -> parts.remove(name));
            return Optional.empty();
        }
        FileDraft draft = draft(claim, algorithms);
        return Optional.of(new Resumed(draft, part.note(), draft.resume(name, part)));
    }

    @Override
    public Mono<Long> dropParts(Duration age) {
        Sinks.One<Long> freed = Sinks.one();
        stores.threads().execute(() -> freed.tryEmitValue(parts.drop(age)));
        return freed.asMono();
    }

    private void refuseWhenClosed() {
        if (closed) {
            throw DiskErrors.busy("the store is closed");
        }
    }

    /** What drafts see of the store. */
    private final class Home implements FileDraft.Home {
        @Override
        public void commit(
                Draft.Sum sum, Path temporary, SharedFile file, byte[] note, Sinks.Empty<Void> done, Runnable ended) {
            writer.submit(new Change.Commit(stores, sum, temporary, file, note, done, ended));
        }

        @Override
        public void suspend(Digest name, Path temporary, PartRecord part) throws IOException {
            parts.put(name, temporary, part);
        }

        @Override
        public void resume(Digest name, Path temporary) throws IOException {
            parts.move(name, temporary);
        }

        @Override
        public void ended(FileDraft draft) {
            drafts.remove(draft);
        }
    }

    @Override
    public Mono<Void> put(Digest digest, ByteBuf body, byte[] note) {
        long bytes = (long) CHANGE_BYTES + body.readableBytes() + note.length;
        Space.Claim claim;
        try {
            claim = claim(bytes);
        } catch (StoreException e) {
            body.release();
            return Mono.error(e);
        }
        Sinks.Empty<Void> done = Sinks.empty();
        writer.submit(new Change.Put(digest, body, note, done, () -> release(claim, bytes)));
        return done.asMono();
    }

    @Override
    public Mono<Void> note(Digest digest, byte[] note) {
        long bytes = (long) CHANGE_BYTES + note.length;
        Space.Claim claim;
        try {
            claim = claim(bytes);
        } catch (StoreException e) {
            return Mono.error(e);
        }
        Sinks.Empty<Void> done = Sinks.empty();
        writer.submit(new Change.Note(digest, note, done, () -> release(claim, bytes)));
        return done.asMono();
    }

    /** Room on the disk and in the queue of the pack writer. */
    private Space.Claim claim(long bytes) {
        refuseWhenClosed();
        if (!budget.tryAdd(bytes)) {
            throw DiskErrors.busy("too much waits to be written");
        }
        try {
            return space.claim(bytes);
        } catch (StoreException e) {
            budget.remove(bytes);
            throw e;
        }
    }

    private void release(Space.Claim claim, long bytes) {
        claim.release();
        budget.remove(bytes);
    }

    @Override
    public Mono<Void> delete(Digest digest) {
        Sinks.Empty<Void> done = Sinks.empty();
        writer.submit(new Change.Delete(stores, digest, done));
        return done.asMono();
    }

    @Override
    public Optional<Blob> openNow(Digest digest) {
        Location location = stores.index().find(digest).orElse(null);
        if (location instanceof Location.Packed packed && packed.isChecked()) {
            SharedFile file = packed.pack().file();
            return file.isOpen() && file.retain() ? Optional.of(blob(packed, file)) : Optional.empty();
        }
        if (location instanceof Location.Large large && large.size() != Location.UNKNOWN && large.checked()) {
            return stores.large().ifOpen(digest, large.size()).map(file -> blob(digest, large.size(), file));
        }
        return Optional.empty();
    }

    private Blob blob(Location.Packed packed, SharedFile file) {
        PackEntry entry = packed.entry();
        return new StoredBlob(
                entry.digest(), entry.bodyPosition(), entry.bodyLength(), file, stores.files(), readers, doubt);
    }

    private Blob blob(Digest digest, long size, SharedFile file) {
        return new StoredBlob(digest, 0, size, file, stores.files(), readers, doubt);
    }

    @Override
    public Mono<Blob> open(Digest digest) {
        return Mono.defer(() -> {
            Optional<Blob> now = openNow(digest);
            return now.isPresent() ? Mono.just(now.get()) : firstUse.of(digest).then(Mono.defer(() -> opened(digest)));
        });
    }

    /** As it is on the disk, checked or not. */
    private Mono<Blob> opened(Digest digest) {
        return new DiskCall<>(readers, "open of a blob", () -> openFromDisk(digest), Blob::close);
    }

    private Optional<Blob> openFromDisk(Digest digest) throws IOException {
        refuseWhenClosed();
        Optional<Location> location = stores.index().find(digest);
        while (location.isPresent()) {
            Optional<Blob> blob = location.get() instanceof Location.Packed packed
                    ? openPacked(digest, packed)
                    : openLarge(digest, (Location.Large) location.get());
            Optional<Location> now = stores.index().find(digest);
            if (blob.isPresent() || now.equals(location)) {
                return blob;
            }
            // The blob has moved meanwhile: compacted, or deleted and stored again.
            location = now;
        }
        return Optional.empty();
    }

    private Optional<Blob> openPacked(Digest digest, Location.Packed packed) throws IOException {
        SharedFile file = packed.pack().reopened(stores.files());
        if (!file.retain()) {
            return Optional.empty();
        }
        try {
            if (!packed.isChecked()) {
                if (RecordReader.read(stores.files(), file, packed.pack(), packed.entry())
                        .isEmpty()) {
                    LOG.warn("the record of {} is damaged and dropped", digest);
                    if (stores.index().remove(digest, packed)) {
                        writer.died(packed);
                    }
                    file.release();
                    return Optional.empty();
                }
                packed.setChecked();
            }
            return Optional.of(blob(packed, file));
        } catch (IOException | RuntimeException e) {
            file.release();
            throw e;
        }
    }

    private Optional<Blob> openLarge(Digest digest, Location.Large large) throws IOException {
        Optional<SharedFile> cached = stores.large().ifOpen(digest, large.size());
        Optional<SharedFile> file = cached.isPresent() ? cached : stores.large().open(digest, large.size());
        if (file.isEmpty()) {
            writer.submit(new Change.Heal(stores, digest, large));
            return Optional.empty();
        }
        long size = large.size();
        if (size == Location.UNKNOWN) {
            size = file.get().channel().orElseThrow().size();
            stores.index().replace(digest, large, large.withSize(size));
        }
        return Optional.of(blob(digest, size, file.get()));
    }

    @Override
    public Mono<Boolean> rehash(Digest digest) {
        return rehash(digest, options.rehashBytesPerSecond());
    }

    @Override
    public Mono<Boolean> rehash(Digest digest, long bytesPerSecond) {
        return opened(digest)
                .flatMap(blob ->
                        // Closed before the answer is heard: who hears it may delete the blob or close the store.
                        Mono.using(() -> blob, open -> new Rehash(open, bytesPerSecond).run(), Blob::close));
    }

    @Override
    public boolean isRead(Digest digest) {
        return stores.large().isRead(digest);
    }

    @Override
    public Room room() {
        return space.room();
    }

    @Override
    public void onRefused(LongConsumer listener) {
        space.onRefused(listener);
    }

    @Override
    public boolean contains(Digest digest) {
        return stores.index().contains(digest);
    }

    @Override
    public Flux<Digest> digests() {
        return Flux.fromIterable(stores.index().digests());
    }

    @Override
    public Flux<byte[]> notes() {
        return Flux.<byte[], History.Notes>generate(
                        () -> new History(stores).notes(),
                        (notes, sink) -> {
                            try {
                                notes.next().ifPresentOrElse(sink::next, sink::complete);
                            } catch (IOException | RuntimeException e) {
                                sink.error(DiskErrors.of("read of the notes", e));
                            }
                            return notes;
                        },
                        History.Notes::close)
                .subscribeOn(Schedulers.fromExecutor(stores.threads()));
    }

    @Override
    public Usage usage() {
        return new Usage(stores.index().count(), stores.index().bytes(), space.free(), space.total());
    }

    private void compact(Pack pack) {
        stores.threads().execute(() -> new Compaction(stores, writer, pack).run());
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        drafts.forEach(FileDraft::abort);
        Duration limit = options.closeLimit();
        try {
            boolean read = readers.awaitIdle(limit);
            boolean idle = stores.threads().awaitIdle(limit);
            boolean written = writer.close(limit);
            stores.large().close();
            for (Pack pack : stores.packs().values()) {
                pack.file().release();
            }
            boolean readersEnded = readers.close(limit);
            boolean ended = stores.threads().close(limit);
            if (!read || !idle || !written || !readersEnded || !ended) {
                LOG.warn("the disk did not finish within {}: what was queued is lost", limit);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            try {
                lock.close();
            } catch (IOException e) {
                LOG.warn("the lock of the store was given back with an error: {}", e.toString());
            }
        }
    }
}
