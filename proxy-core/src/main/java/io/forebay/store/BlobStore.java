package io.forebay.store;

import io.forebay.model.Algorithm;
import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongConsumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Bytes by digest. A blob is written once, verified by its writer, and never changes; two writers of the same bytes end with
 * one blob. With each blob travels one note or more: opaque bytes from which the catalog can be made again.
 *
 * <p>Small bodies are packed many to a file, large ones have a file each; nobody outside can tell.
 *
 * <p>Threads: every method may be called from any thread, event loops included. None blocks: file operations run on the
 * store's own few disk threads, behind bounded queues. Signals arrive on a disk thread. What changes the store begins with the
 * call and not with the subscription, and a subscriber that leaves does not stop it; what reads begins with the demand.
 *
 * <p>Failure: {@link StoreException}. A failed write leaves nothing behind that could be mistaken for a blob.
 */
public interface BlobStore extends AutoCloseable {
    /** Bodies up to this many bytes should be put whole with {@link #put}: they are packed. */
    int smallBytes();

    /**
     * Begins a large body.
     *
     * @param expectedLength bytes to reserve; empty when the origin did not say
     * @param algorithms hashes to compute beside SHA-256
     * @return the draft, at once; its file is created behind its queue
     * @throws StoreException of kind {@code FULL} when the reservation cannot be had
     */
    Draft draft(OptionalLong expectedLength, Set<Algorithm> algorithms);

    /** Whether anything is suspended: asked before a name is made of a key, since there seldom is. */
    boolean hasParts();

    /**
     * Takes up what was suspended under a name: once, it is no part any more, whatever becomes of the draft. At once: its
     * file is read again behind its queue.
     *
     * @param algorithms hashes to compute beside SHA-256
     * @return empty when there is no such part, or no room to go on from it
     */
    Optional<Resumed> resume(Digest name, Set<Algorithm> algorithms);

    /** Drops the parts that were suspended at least so long ago: how many bytes went. */
    Mono<Long> dropParts(Duration age);

    /**
     * Stores a small body whole: durable when the signal comes.
     *
     * @param digest SHA-256 of the body, computed by the caller
     * @param body released by the store in any case
     * @param note stored beside it
     */
    Mono<Void> put(Digest digest, ByteBuf body, byte[] note);

    /**
     * Stores a further note, durable when the signal comes: another resource has the bytes of a blob that is there. The note
     * goes when the blob goes; it is an error when the blob is not there.
     */
    Mono<Void> note(Digest digest, byte[] note);

    /**
     * Opens a blob and pins it: it can be read until {@link Blob#close}, whatever is deleted meanwhile.
     *
     * @return empty when there is no such blob, or its file is missing or has the wrong size
     */
    Mono<Blob> open(Digest digest);

    /**
     * Opens and pins without touching the disk: for the path of a hit on an event loop.
     *
     * @return empty when there is no such blob, and also when its file must be opened or checked first: then ask {@link #open}
     */
    Optional<Blob> openNow(Digest digest);

    /**
     * Reads the blob at a bounded pace and compares it with its name. What is found damaged is left for the caller to delete.
     *
     * @return false when the bytes are not what they were; empty when there is no such blob; an error when the disk cannot say
     */
    Mono<Boolean> rehash(Digest digest);

    /**
     * The same at a pace of the caller's.
     *
     * @param bytesPerSecond at most
     */
    Mono<Boolean> rehash(Digest digest, long bytesPerSecond);

    /**
     * Whether somebody has the blob open; of a small one, which is read whole at once, always false. From memory. A hint: the
     * next moment it may be otherwise.
     */
    boolean isRead(Digest digest);

    /** How much room there is, from memory. */
    Room room();

    /**
     * Told of every reservation that was refused for lack of room, in bytes: what eviction should make room for. Called on the
     * refused caller's thread: be quick. The last listener counts.
     */
    void onRefused(LongConsumer listener);

    /** Whether the blob is there, from memory: no file is touched. */
    boolean contains(Digest digest);

    /** Removes a blob. Completes as well when there was none. Readers that have it open finish undisturbed. */
    Mono<Void> delete(Digest digest);

    /** Every digest in the store, without order, each once. */
    Flux<Digest> digests();

    /** Every note that is still of use, oldest first: what the catalog is made from when its database is lost. */
    Flux<byte[]> notes();

    /** Bytes used, files, free space of the file system. */
    Usage usage();

    /** Stops accepting, finishes what is queued, closes every file. */
    @Override
    void close();

    /**
     * The room of the store.
     *
     * @param limitBytes what blobs may take: the quota, or what the file system lets them have when that is less
     * @param usedBytes what they take, and parts
     * @param claimedBytes reserved for what is being written
     */
    record Room(long limitBytes, long usedBytes, long claimedBytes) {}

    /**
     * A measure of the store.
     *
     * @param blobs number of blobs
     * @param bytes sum of their sizes
     * @param freeBytes usable space of the file system
     * @param totalBytes size of the file system
     */
    record Usage(long blobs, long bytes, long freeBytes, long totalBytes) {}
}
