package io.forebay.store;

import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import java.nio.channels.FileChannel;
import reactor.core.publisher.Mono;

/** An opened blob: a region of a file that stays readable until it is closed. Safe for use by many threads. */
public interface Blob extends AutoCloseable {
    Digest digest();

    /** Length in bytes. */
    long size();

    /** The file the bytes lie in; shared with other readers, never closed and never positioned by them. */
    FileChannel channel();

    /** Where in {@link #channel} the blob begins. */
    long position();

    /**
     * Reads on a disk thread.
     *
     * @param offset within the blob
     * @return as many bytes as asked for, owned by the subscriber; an error when the blob ends before
     */
    Mono<ByteBuf> read(long offset, int length);

    /**
     * Whether a part was in use within the last seconds: then the kernel has it in memory, and sending it waits for no disk.
     * Counts as a use.
     */
    boolean isRecent(long offset, int length);

    /** Sending a part that {@link #isRecent} held whoever did it up for so long that the disk must have been asked. */
    void waited();

    /** Brings a part into the kernel's memory, on a disk thread; afterwards it {@link #isRecent}. Fails like {@link #read}. */
    Mono<Void> load(long offset, int length);

    /** Gives up the pin. Closing twice does nothing. */
    @Override
    void close();
}
