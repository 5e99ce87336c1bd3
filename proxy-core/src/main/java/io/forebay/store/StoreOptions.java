package io.forebay.store;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the store is and how much it may use. Immutable.
 *
 * @param directory made when it is missing; one process at a time uses it
 * @param smallBytes bodies up to this many bytes are packed: below it, making a file costs more than writing its content
 * @param packBytes a pack that has reached this many bytes is sealed: large enough to be few, small enough to be rewritten
 * @param quotaBytes the store refuses to grow beyond this many bytes
 * @param diskThreads threads that write and hash files, beside twice as many that read and one that writes packs. Four: one that
 *     stalls leaves three
 * @param draftQueueBytes a draft with this many bytes queued asks its writer to wait
 * @param queueBytes with this many bytes queued in all drafts and puts, every writer is asked to wait: bounds direct memory
 * @param openFiles large files kept open between readers; half of a usual limit of 8,192 descriptors
 * @param waitingReads reads and opens that may wait for a disk thread; more are refused as {@code BUSY}
 * @param rehashBytesPerSecond pace at which {@link BlobStore#rehash} reads, so that readers keep the disk
 * @param closeLimit how long {@link BlobStore#close} waits for what is queued
 */
public record StoreOptions(
        Path directory,
        int smallBytes,
        long packBytes,
        long quotaBytes,
        int diskThreads,
        int draftQueueBytes,
        long queueBytes,
        int openFiles,
        int waitingReads,
        long rehashBytesPerSecond,
        Duration closeLimit) {
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    /** Refuses what cannot work, by the name of the value. */
    public StoreOptions {
        atLeast("smallBytes", smallBytes, 0);
        atLeast("packBytes", packBytes, 1);
        atLeast("quotaBytes", quotaBytes, 0);
        atLeast("diskThreads", diskThreads, 1);
        atLeast("draftQueueBytes", draftQueueBytes, 1);
        atLeast("queueBytes", queueBytes, 1);
        atLeast("openFiles", openFiles, 0);
        atLeast("waitingReads", waitingReads, 1);
        atLeast("rehashBytesPerSecond", rehashBytesPerSecond, 1);
        if (smallBytes > packBytes) {
            throw new IllegalArgumentException("smallBytes must not be above packBytes");
        }
    }

    private static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ": " + value);
        }
    }

    /** The defaults, without a quota. */
    public static StoreOptions in(Path directory) {
        return new StoreOptions(
                directory,
                64 * KIB,
                256L * MIB,
                Long.MAX_VALUE,
                4,
                MIB,
                64L * MIB,
                4_096,
                8_192,
                64L * MIB,
                Duration.ofSeconds(10));
    }

    /** The same with a quota. */
    public StoreOptions withQuotaBytes(long bytes) {
        return new StoreOptions(
                directory,
                smallBytes,
                packBytes,
                bytes,
                diskThreads,
                draftQueueBytes,
                queueBytes,
                openFiles,
                waitingReads,
                rehashBytesPerSecond,
                closeLimit);
    }

    /** The same with other sizes of small bodies and of packs. */
    public StoreOptions withPacks(int smallBodies, long pack) {
        return new StoreOptions(
                directory,
                smallBodies,
                pack,
                quotaBytes,
                diskThreads,
                draftQueueBytes,
                queueBytes,
                openFiles,
                waitingReads,
                rehashBytesPerSecond,
                closeLimit);
    }

    /** The same with other bounds of what is queued and of what is kept open. */
    public StoreOptions withBounds(int draftQueue, long queue, int open) {
        return new StoreOptions(
                directory,
                smallBytes,
                packBytes,
                quotaBytes,
                diskThreads,
                draftQueue,
                queue,
                open,
                waitingReads,
                rehashBytesPerSecond,
                closeLimit);
    }
}
