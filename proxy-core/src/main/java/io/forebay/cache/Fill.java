package io.forebay.cache;

import io.forebay.model.Algorithm;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.store.BlobStore;
import io.forebay.store.Draft;
import io.forebay.store.Hashing;
import io.forebay.store.StoreException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A body on its way from an origin to the disk and to every client at once: the tee.
 *
 * <p>The leader appends; readers ({@link FlightBody}) read by offset what is already there, each at its own pace. A body lives
 * in up to three places, in this order of offsets:
 *
 * <ol>
 *   <li>{@code small}: an array, for bodies that are or begin small. It is kept until the fill is dropped.
 *   <li>{@code draft}: the growing file of a large body. Readers are sent regions of it by the kernel.
 *   <li>{@code tail}: buffers in memory behind what the disk took before it failed. Then the fill is a pass-through: the
 *       slowest reader sets the pace, within {@link #TAIL_BYTES}, and what every reader has had is dropped.
 * </ol>
 *
 * <p>The last byte is held back until {@link #verified}: a body that turns out bad never ends cleanly.
 *
 * <p>Threads: {@link #append} and {@link #verified} are called by the leader, one after another; the rest by anybody. The lock
 * guards the tail and the change from one place to the next; it is held for moments only and never while calling out.
 */
final class Fill {
    private static final Logger LOG = LoggerFactory.getLogger(Fill.class);

    /** Most bytes of a pass-through held in memory for readers that are behind. */
    private static final int TAIL_BYTES = 4 << 20;

    private static final int HELD_BACK = 1;

    /**
     * Readers that have had all are woken for so many bytes, or a moment after fewer: a hundred clients of a slow origin would
     * otherwise each be sent every packet of it by itself. The first bytes and the end wait for nothing.
     */
    private static final int WAKE_BYTES = 64 << 10;

    private static final Duration WAKE_AFTER = Duration.ofMillis(10);
    /** Less than this is fetched again sooner than it is read again and asked about. */
    private static final long SUSPENDED_LEAST_BYTES = 1 << 20;

    private final BlobStore store;
    private final Duration diskPatience;
    private final Set<FlightBody> readers = ConcurrentHashMap.newKeySet();

    /** Announced length; negative while it is not known. */
    private volatile long total = -1;

    private volatile long received;
    private volatile byte[] small = new byte[0];
    private volatile int smallLength;
    private volatile @Nullable Draft draft;
    private volatile boolean passThrough;
    private volatile boolean verified;
    private final AtomicBoolean waking = new AtomicBoolean();
    private volatile long wokenAt;
    private volatile boolean wentOn;
    private volatile @Nullable ForebayException failure;

    private final ArrayDeque<ByteBuf> tail = new ArrayDeque<>();
    private long tailStart;
    private long tailBytes;
    private boolean passedOver;
    private @Nullable Runnable roomWaiter;
    private Draft.@Nullable Pin pin;

    private @Nullable Hashing passThroughHashing;

    private volatile Set<Algorithm> algorithms = Set.of();

    /** @param diskPatience as {@link CacheOptions#diskPatience} says */
    Fill(BlobStore store, Duration diskPatience) {
        this.store = store;
        this.diskPatience = diskPatience;
    }

    /** Tells what to compute beside SHA-256, before the first byte. */
    void compute(Set<Algorithm> wanted) {
        algorithms = Set.copyOf(wanted);
    }

    Set<Algorithm> algorithms() {
        return algorithms;
    }

    /** Takes over the beginning that an earlier process fetched, in the place of the first bytes. */
    void goOnFrom(Draft part, long length) {
        part.onProgress(this::progressed);
        synchronized (this) {
            if (failure == null) {
                total = length;
                wentOn = true;
                pin = part.pin();
                draft = part;
                received = part.written();
                return;
            }
        }
        part.abort();
    }

    /** Whether bytes of an earlier process are among these. */
    boolean wentOn() {
        return wentOn;
    }

    /** Tells the announced length, before the first byte. */
    void announce(OptionalLong length) {
        total = length.orElse(-1);
    }

    OptionalLong total() {
        return total < 0 ? OptionalLong.empty() : OptionalLong.of(total);
    }

    long received() {
        return received;
    }

    boolean isPassThrough() {
        return passThrough;
    }

    /** Whether the bytes go neither to the disk nor to a client: no client joins a pass-through. */
    boolean isForNobody() {
        return passThrough && readers.isEmpty();
    }

    /** The draft of a large body that the disk has taken so far. */
    @Nullable
    Draft draft() {
        return passThrough ? null : draft;
    }

    /** The whole of a small body; only when there is no {@link #draft} and no pass-through. */
    byte[] small() {
        return small;
    }

    int smallLength() {
        return smallLength;
    }

    /** The hashes of a pass-through, when they could be kept up. */
    @Nullable
    Hashing passThroughHashing() {
        return passThroughHashing;
    }

    /**
     * Takes bytes of the origin.
     *
     * @param bytes owned by the fill from here on
     * @return false when the leader should wait for {@link #onRoom}
     */
    boolean append(ByteBuf bytes) {
        boolean room;
        synchronized (this) {
            if (failure != null) {
                bytes.release();
                return true;
            }
            received += bytes.readableBytes();
            room = place(bytes);
        }
        if (draft == null || passThrough) {
            wakeReaders();
        }
        return room;
    }

    private boolean place(ByteBuf bytes) {
        if (passThrough) {
            return toTail(bytes);
        }
        Draft open = draft;
        if (open == null) {
            boolean fits = received <= store.smallBytes() && total <= store.smallBytes();
            if (fits) {
                toSmall(bytes);
                return true;
            }
            open = begin();
            if (open == null) {
                return toTail(bytes);
            }
        }
        boolean room = open.append(bytes);
        if (open.failure().isPresent()) {
            passOver(open);
            return tailBytes < TAIL_BYTES;
        }
        return room;
    }

    private void toSmall(ByteBuf bytes) {
        int length = smallLength;
        int needed = length + bytes.readableBytes();
        byte[] array = small;
        if (array.length < needed) {
            int capacity = total >= 0 ? (int) total : Math.max(needed, Math.min(2 * needed, store.smallBytes()));
            byte[] larger = new byte[Math.max(capacity, needed)];
            System.arraycopy(array, 0, larger, 0, length);
            array = larger;
        }
        bytes.readBytes(array, length, bytes.readableBytes());
        bytes.release();
        small = array;
        smallLength = needed;
    }

    /** The body turns out large: a draft takes over, beginning with what is in memory. */
    private @Nullable Draft begin() {
        try {
            Draft begun = store.draft(total(), algorithms);
            pin = begun.pin();
            begun.onProgress(this::progressed);
            if (smallLength > 0) {
                begun.append(Unpooled.wrappedBuffer(small, 0, smallLength));
            }
            draft = begun;
            return begun;
        } catch (StoreException e) {
            LOG.warn("Not stored, passed through: {}", e.getMessage());
            Hashing hashing = new Hashing(algorithms);
            hashing.update(Unpooled.wrappedBuffer(small, 0, smallLength));
            passThroughHashing = hashing;
            tailStart = smallLength;
            passThrough = true;
            return null;
        }
    }

    private boolean toTail(ByteBuf bytes) {
        Hashing hashing = passThroughHashing;
        if (hashing != null) {
            hashing.update(bytes);
        }
        tail.add(bytes);
        tailBytes += bytes.readableBytes();
        return tailBytes < TAIL_BYTES;
    }

    private void progressed() {
        Draft open = draft;
        if (open != null && !passThrough && open.failure().isPresent()) {
            synchronized (this) {
                passOver(open);
            }
        }
        if (open == null || passThrough || open.written() - wokenAt >= WAKE_BYTES || wokenAt == 0) {
            wakeReaders();
        } else if (waking.compareAndSet(false, true)) {
            Schedulers.parallel().schedule(this::wakeReaders, WAKE_AFTER.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** The disk failed: what it did not take goes to the readers from memory. */
    private void passOver(Draft failed) {
        if (passedOver || failure != null) {
            return;
        }
        passedOver = true;
        failed.failure().ifPresent(e -> LOG.warn("Disk failed during a fill, passed through: {}", e.getMessage()));
        passThroughHashing = failed.takeHashing().orElse(null);
        tailStart = Math.max(failed.written(), 0);
        for (ByteBuf bytes : failed.takeUnwritten()) {
            toTail(bytes);
        }
        passThrough = true;
    }

    /** Runs the task, once, when more may be appended. */
    void onRoom(Runnable task) {
        Draft open = draft;
        if (open != null && !passThrough) {
            Disposable watch = stalled(open).subscribe();
            open.onRoom(() -> {
                watch.dispose();
                task.run();
            });
            return;
        }
        synchronized (this) {
            if (tailBytes >= TAIL_BYTES && failure == null) {
                roomWaiter = task;
                return;
            }
        }
        task.run();
    }

    /** What the draft hashes to when it has taken all; an error, and a pass-through, when the disk stalls or fails. */
    Mono<Draft.Sum> finished(Draft open) {
        return Mono.firstWithSignal(
                        open.finish(),
                        stalled(open)
                                .then(Mono.error(
                                        () -> new StoreException(StoreException.Kind.BUSY, "the disk stalls", null))))
                .doOnError(e -> progressed());
    }

    /** Makes a draft give its bytes back, and signals, when the disk has taken none of them for longer than its patience. */
    private Mono<Long> stalled(Draft open) {
        return Flux.interval(diskPatience)
                .map(tick -> open.written())
                .startWith(open.written())
                .buffer(2, 1)
                .filter(marks -> marks.size() == 2 && marks.get(0).equals(marks.get(1)))
                .next()
                .map(marks -> marks.get(0))
                .doOnNext(mark -> open.giveUp());
    }

    /** The whole body is there and is what was promised: the byte held back may go. */
    void verified() {
        total = received;
        verified = true;
        wakeReaders();
    }

    boolean isVerified() {
        return verified;
    }

    /** The body will not be whole. Readers are told; memory is given back. */
    void fail(ForebayException reason) {
        Draft open;
        Runnable waiter;
        synchronized (this) {
            if (failure != null || verified) {
                return;
            }
            failure = reason;
            open = draft;
            dropTail();
            waiter = roomWaiter;
            roomWaiter = null;
        }
        if (open != null) {
            open.abort();
        }
        if (waiter != null) {
            waiter.run();
        }
        wakeReaders();
    }

    /**
     * Like {@link #fail}, but what the disk has of a large body is kept to go on from. Empty, and nothing is done, when there is
     * too little of it, or all, or the disk has failed.
     *
     * @return signals when it is durable
     */
    Optional<Mono<Void>> suspend(Digest name, byte[] note, ForebayException reason) {
        Draft open;
        synchronized (this) {
            open = draft;
            boolean partly = received >= SUSPENDED_LEAST_BYTES && received < total;
            if (failure != null || verified || passThrough || open == null || !partly) {
                return Optional.empty();
            }
            failure = reason;
        }
        Mono<Void> kept = open.suspend(name, note);
        wakeReaders();
        return Optional.of(kept);
    }

    private void dropTail() {
        tail.forEach(ByteBuf::release);
        tail.clear();
        tailBytes = 0;
    }

    /** No reader will come any more and the flight has ended: files and buffers are given back. */
    void drop() {
        Draft.Pin pinned;
        Draft failed;
        synchronized (this) {
            dropTail();
            pinned = pin;
            pin = null;
            failed = passThrough ? draft : null;
        }
        if (failed != null) {
            failed.abort();
        }
        if (pinned != null) {
            pinned.close();
        }
    }

    void attach(FlightBody reader) {
        readers.add(reader);
    }

    void detach(FlightBody reader) {
        readers.remove(reader);
        if (passThrough) {
            advanced();
        }
    }

    private void wakeReaders() {
        waking.set(false);
        Draft open = draft;
        wokenAt = open == null ? received : open.written();
        for (FlightBody reader : readers) {
            reader.wake();
        }
    }

    /** How many bytes readers may have by now: never the last one announced, however many came. */
    private long visible() {
        if (verified) {
            return received;
        }
        Draft open = draft;
        long there = passThrough ? received : open == null ? smallLength : Math.max(open.written(), smallLength);
        return Math.min(there, (total < 0 ? there : total) - HELD_BACK);
    }

    /** Whether {@link #at} answers something else than "later". */
    boolean isReady(long offset) {
        return failure != null || (verified && offset >= received) || offset < visible();
    }

    Piece at(long offset, int max) {
        ForebayException failed = failure;
        if (failed != null) {
            return new Piece.Broken(failed);
        }
        if (verified && offset >= received) {
            return Piece.End.INSTANCE;
        }
        long visible = visible();
        if (offset >= visible) {
            return Piece.Later.INSTANCE;
        }
        int wanted = (int) Math.min(max, visible - offset);
        if (offset < smallLength) {
            int count = (int) Math.min(wanted, smallLength - offset);
            return new Piece.Bytes(Unpooled.wrappedBuffer(small, (int) offset, count));
        }
        return large(offset, wanted);
    }

    private Piece large(long offset, int wanted) {
        Draft open = draft;
        if (open != null) {
            long inFile = open.written() - offset;
            FileChannel channel = open.channel().orElse(null);
            if (inFile > 0 && channel != null) {
                return new Piece.Region(channel, offset, (int) Math.min(wanted, inFile));
            }
        }
        return fromTail(offset, wanted);
    }

    private synchronized Piece fromTail(long offset, int wanted) {
        ForebayException failed = failure;
        if (failed != null) {
            return new Piece.Broken(failed);
        }
        long start = tailStart;
        for (ByteBuf bytes : tail) {
            int length = bytes.readableBytes();
            if (offset >= start && offset < start + length) {
                int from = (int) (offset - start);
                return new Piece.Bytes(
                        bytes.retainedSlice(bytes.readerIndex() + from, Math.min(wanted, length - from)));
            }
            start += length;
        }
        return offset < tailStart
                ? new Piece.Broken(
                        ForebayException.unavailable("the disk failed while this file was fetched; ask again"))
                : Piece.Later.INSTANCE;
    }

    /** A reader moved on or left: what all have had leaves the memory of a pass-through. */
    void advanced() {
        if (!passThrough) {
            return;
        }
        Runnable waiter = null;
        synchronized (this) {
            long least = received;
            for (FlightBody reader : readers) {
                least = Math.min(least, reader.offset());
            }
            ByteBuf first = tail.peek();
            while (first != null && tailStart + first.readableBytes() <= least) {
                tailStart += first.readableBytes();
                tailBytes -= first.readableBytes();
                first.release();
                tail.poll();
                first = tail.peek();
            }
            if (tailBytes < TAIL_BYTES) {
                waiter = roomWaiter;
                roomWaiter = null;
            }
        }
        if (waiter != null) {
            waiter.run();
        }
    }
}
