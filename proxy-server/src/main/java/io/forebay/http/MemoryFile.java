package io.forebay.http;

import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bytes in a file that has no name and is nowhere but in memory (Linux's tmpfs): the kernel sends it as it is, where it would
 * copy a buffer. Closed when its last reference is released; safe for use by many threads.
 */
final class MemoryFile extends AbstractReferenceCounted {
    private static final Path SHARED = Path.of("/dev/shm");

    private final FileChannel channel;
    private final int length;
    private final Runnable closed;

    private MemoryFile(FileChannel channel, int length, Runnable closed) {
        this.channel = channel;
        this.length = length;
        this.closed = closed;
    }

    /** Where files are memory, if this machine has such a place and it may be written to. Blocks. */
    static Optional<Path> directory() {
        try {
            boolean there = Files.isWritable(SHARED)
                    && Files.getFileStore(SHARED).type().equals("tmpfs");
            return there ? Optional.of(SHARED) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Writes a file; not for an event loop.
     *
     * @param bytes are read up to their limit
     * @param directory of a file system that is memory
     * @param closed is called once, by whoever releases the last reference
     * @return owned by the caller
     * @throws IOException when there is no such directory or no room in it; nothing is left there
     */
    static MemoryFile of(ByteBuffer bytes, Path directory, Runnable closed) throws IOException {
        Path name = Files.createTempFile(directory, "forebay-", ".page");
        int length = bytes.remaining();
        @Nullable FileChannel channel = null;
        try {
            channel = FileChannel.open(name, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            if (channel != null) {
                channel.close();
            }
            throw e;
        } finally {
            Files.delete(name);
        }
        return new MemoryFile(channel, length, closed);
    }

    /** All of it, for a channel to send; keeps the file until it is released. The caller holds a reference. */
    FileRegion region() {
        retain();
        return new DefaultFileRegion(channel, 0, length) {
            @Override
            protected void deallocate() {
                MemoryFile.this.release();
            }
        };
    }

    @Override
    public MemoryFile touch(Object hint) {
        return this;
    }

    @Override
    protected void deallocate() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            closed.run();
        }
    }
}
