package io.forebay.store;

import io.forebay.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What may still be written: free space of the file system, asked for now and then and not per request, and the quota, less
 * what drafts claim. Safe for use by many threads; only {@link #sample} touches the disk.
 */
final class Space {
    private static final Logger LOG = LoggerFactory.getLogger(Space.class);
    private static final long SAMPLE_NANOS = 1_000_000_000L;

    private final DiskFiles files;
    private final Path directory;
    private final long quota;
    private final LongSupplier used;
    private final DiskThreads threads;
    /** Claimed and not yet written: what free space does not show. */
    private final AtomicLong unwritten = new AtomicLong();
    /** Claimed, written or not: what the sum of the blobs does not show. */
    private final AtomicLong claimed = new AtomicLong();

    private final AtomicBoolean sampling = new AtomicBoolean();
    private volatile LongConsumer refused = bytes -> {};
    private volatile long free;
    private volatile long total;
    private volatile long sampledAt;

    Space(DiskFiles files, Path directory, long quota, LongSupplier used, DiskThreads threads) {
        this.files = files;
        this.directory = directory;
        this.quota = quota;
        this.used = used;
        this.threads = threads;
    }

    /** A claim of so many bytes, or a {@link StoreException} of kind {@code FULL}. */
    Claim claim(long bytes) {
        return claim(bytes, 0);
    }

    /** A claim of so many bytes, some of which are on the disk already. */
    Claim claim(long bytes, long written) {
        take(bytes, bytes - written);
        return new Claim(bytes, written);
    }

    private void take(long bytes, long toWrite) {
        sampleNowAndThen();
        long open = unwritten.addAndGet(toWrite);
        long all = claimed.addAndGet(bytes);
        if (open > free || all > quota - used.getAsLong()) {
            unwritten.addAndGet(-toWrite);
            claimed.addAndGet(-bytes);
            refused.accept(bytes);
            throw new StoreException(
                    Kind.FULL, "no room for " + bytes + " bytes: " + free + " free, " + claimed + " claimed", null);
        }
    }

    void onRefused(LongConsumer listener) {
        refused = listener;
    }

    BlobStore.Room room() {
        sampleNowAndThen();
        long bytes = used.getAsLong();
        // What is claimed and not yet written is still free, so it stands in both sums.
        long reachable = bytes + claimed.get() - unwritten.get() + free;
        return new BlobStore.Room(Math.min(quota, reachable), bytes, claimed.get());
    }

    long free() {
        sampleNowAndThen();
        return free;
    }

    long total() {
        return total;
    }

    private void sampleNowAndThen() {
        if (System.nanoTime() - sampledAt > SAMPLE_NANOS && sampling.compareAndSet(false, true)) {
            threads.execute(this::sample);
        }
    }

    void sample() {
        try {
            free = files.usableBytes(directory);
            total = files.totalBytes(directory);
        } catch (IOException e) {
            LOG.warn("free space of the store cannot be read: {}", e.toString());
        } finally {
            sampledAt = System.nanoTime();
            sampling.set(false);
        }
    }

    /** The part of the room that one draft holds. Used by one thread at a time. */
    final class Claim {
        private long bytes;
        private long written;

        private Claim(long bytes, long written) {
            this.bytes = bytes;
            this.written = written;
        }

        long bytes() {
            return bytes;
        }

        /** To be called before a write: claims more when the draft outgrows what it announced. */
        void want(long more) {
            long over = written + more - bytes;
            if (over > 0) {
                take(over, over);
                bytes += over;
            }
        }

        void wrote(long more) {
            written += more;
            unwritten.addAndGet(-more);
        }

        /** The draft has ended. Doing it twice does nothing. */
        void release() {
            unwritten.addAndGet(written - bytes);
            claimed.addAndGet(-bytes);
            bytes = 0;
            written = 0;
        }
    }
}
