package io.forebay.cache;

import io.forebay.model.ForebayException;
import io.netty.buffer.ByteBuf;
import java.nio.channels.FileChannel;
import reactor.core.publisher.Mono;

/** What a {@link Body} has at an offset. */
public sealed interface Piece {
    /**
     * Bytes in memory.
     *
     * @param bytes owned by the reader
     */
    record Bytes(ByteBuf bytes) implements Piece {}

    /**
     * Bytes in a file, for the kernel to send.
     *
     * @param channel stays open until the body is closed; not the reader's to close
     */
    record Region(FileChannel channel, long position, int count) implements Piece {}

    /**
     * Bytes that only the disk has: whoever sent them now would wait for it.
     *
     * @param load brings them into memory; ask again when it completes
     */
    record Cold(Mono<Void> load) implements Piece {}

    /** Nothing yet. */
    record Later() implements Piece {
        static final Later INSTANCE = new Later();
    }

    /** The body is whole and has been verified: it ends here. */
    record End() implements Piece {
        static final End INSTANCE = new End();
    }

    /** The body will not be whole. The reader must make the failure visible to its client and never end cleanly. */
    record Broken(ForebayException failure) implements Piece {}
}
