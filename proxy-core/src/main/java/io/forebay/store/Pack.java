package io.forebay.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** A pack as readers see it. Its records never move: one that was compacted is another object with the same number. */
final class Pack {
    private final int number;
    private final long salt;
    private final Path path;
    private final Executor closer;
    private final AtomicLong length = new AtomicLong();
    private final AtomicLong dead = new AtomicLong();
    private final AtomicBoolean compacting = new AtomicBoolean();
    private volatile boolean sealed;
    private volatile long compactAgainAt;
    private volatile SharedFile file;

    Pack(int number, long salt, Path path, FileChannel channel, Executor closer) {
        this.number = number;
        this.salt = salt;
        this.path = path;
        this.closer = closer;
        this.file = new SharedFile(closer, channel);
    }

    int number() {
        return number;
    }

    long salt() {
        return salt;
    }

    Path path() {
        return path;
    }

    /** The open file; ask {@link SharedFile#retain} before use. */
    SharedFile file() {
        return file;
    }

    /** Opens the file anew when an interrupted reader has closed the channel. Blocks: for disk threads. */
    synchronized SharedFile reopened(DiskFiles files) throws IOException {
        SharedFile current = file;
        if (!current.isOpen()) {
            file = new SharedFile(closer, files.open(path, StandardOpenOption.READ));
            current.release();
        }
        return file;
    }

    /** Bytes that are whole and durable. */
    long length() {
        return length.get();
    }

    void setLength(long bytes) {
        length.set(bytes);
    }

    long dead() {
        return dead.get();
    }

    void addDead(long bytes) {
        dead.addAndGet(bytes);
    }

    boolean isSealed() {
        return sealed;
    }

    void seal() {
        sealed = true;
    }

    /** True for one caller when more than half of a sealed pack is dead. */
    boolean startCompaction() {
        return sealed
                && dead.get() > length.get() / 2
                && dead.get() >= compactAgainAt
                && compacting.compareAndSet(false, true);
    }

    /** Compaction failed: the next attempt waits until a sixteenth more has died, lest a full disk be tried in vain. */
    void compactionFailed() {
        compactAgainAt = dead.get() + length.get() / 16;
        compacting.set(false);
    }

    /** Reads exactly so many bytes, or fails. */
    static ByteBuffer read(DiskFiles files, FileChannel channel, long position, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        if (!readFully(files, channel, bytes, position)) {
            throw DiskErrors.damaged("a pack ends at " + (position + bytes.position()) + " within a record");
        }
        return bytes.flip();
    }

    /** Fills the buffer; false when the file ends before. */
    static boolean readFully(DiskFiles files, FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        while (bytes.hasRemaining()) {
            int count = files.read(channel, bytes, position + bytes.position());
            if (count < 0) {
                return false;
            }
        }
        return true;
    }
}
