package io.forebay.store;

import io.forebay.model.Checksum;
import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * A body being written: append, follow, then commit, abort or suspend, exactly one of the three.
 *
 * <p>{@link #append}, {@link #finish}, {@link #commit}, {@link #suspend} and {@link #abort} are called by one writer, one after another; the
 * rest by anybody.
 */
public interface Draft {
    /**
     * Queues bytes behind those already given. After a failure they are not written but join {@link #takeUnwritten}.
     *
     * @param bytes owned by the draft from here on, whatever happens
     * @return false when so much is queued that the writer should wait for {@link #onRoom} before it appends more
     */
    boolean append(ByteBuf bytes);

    /** Runs the task, once, when the queue has room again or the draft has failed; at once when that is so already. */
    void onRoom(Runnable task);

    /** How many bytes can be read from {@link #channel} now. Grows only. */
    long written();

    /** The growing file; empty until the first bytes are in it. Stays open until the draft's blob and all pins are closed. */
    Optional<FileChannel> channel();

    /** Registers what is told whenever {@link #written} has grown or the draft has failed; a listener must be quick. */
    void onProgress(Runnable listener);

    /**
     * The failure of the disk, if there was one. Bytes up to {@link #written} can still be read; the bytes that were queued
     * and not written are given back, in order, by {@link #takeUnwritten}.
     */
    Optional<StoreException> failure();

    /**
     * Hands the unwritten bytes of a failed draft to the caller, who owns them. Empty before a failure, and the second time
     * unless something was appended in between.
     */
    List<ByteBuf> takeUnwritten();

    /**
     * Hands the running hashes of a failed draft to the caller, who goes on with them: they stand at {@link #written}. Empty
     * before a failure, the second time, and when the failure lost them.
     */
    Optional<Hashing> takeHashing();

    /**
     * Makes the draft fail with {@code BUSY}: for a writer that has waited too long for {@link #onRoom} and wants its bytes
     * back. Does nothing when the draft has failed or ended.
     */
    void giveUp();

    /** Completes when all that was appended is in the file, with what it hashes to. Nothing may be appended afterwards. */
    Mono<Sum> finish();

    /** Makes the finished draft a blob: fsync, rename, fsync of the directory, note. Durable when the signal comes. */
    Mono<Void> commit(byte[] note);

    /**
     * Ends a draft that is not whole so that another one, of another process perhaps, may go on from what was appended: see
     * {@link BlobStore#resume}. Durable when the signal comes; after an error nothing of the draft is left. What is suspended
     * under a name replaces what was.
     *
     * @param name what it will be asked for by: a digest, since a file is named so
     * @param note given back with the part
     */
    Mono<Void> suspend(Digest name, byte[] note);

    /**
     * Drops the draft; a failed one needs it too. Its file loses its name at once and its bytes when the last pin is closed.
     * Does nothing after {@link #commit} or {@link #suspend}, or twice.
     */
    void abort();

    /**
     * Keeps {@link #channel} readable until the pin is closed, whatever becomes of the draft.
     *
     * @throws IllegalStateException when the draft has ended and its file is closed
     */
    Pin pin();

    /** A claim on an open file. Closing twice does nothing. */
    interface Pin extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * What was written.
     *
     * @param checksums of the algorithms asked for, and SHA-256
     */
    record Sum(Digest digest, long size, List<Checksum> checksums) {}
}
