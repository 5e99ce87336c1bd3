package io.forebay.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open file and the number of those who use it; begins with one user, and the last to leave closes it on a disk thread.
 * A draft's file is shared before it exists: the channel is attached once. Safe for use by many threads.
 */
final class SharedFile {
    private static final Logger LOG = LoggerFactory.getLogger(SharedFile.class);

    private final Executor closer;
    private final AtomicInteger users = new AtomicInteger(1);
    private final RecentUse recent = new RecentUse(System::nanoTime);
    private volatile @Nullable FileChannel channel;

    SharedFile(Executor closer) {
        this.closer = closer;
    }

    SharedFile(Executor closer, FileChannel channel) {
        this(closer);
        this.channel = channel;
    }

    void attach(FileChannel opened) {
        channel = opened;
    }

    Optional<FileChannel> channel() {
        return Optional.ofNullable(channel);
    }

    /** Which parts of it the kernel has in memory, as far as use tells. */
    RecentUse recent() {
        return recent;
    }

    /** False when somebody has closed the channel itself, as an interrupted reader does without wanting to. */
    boolean isOpen() {
        FileChannel attached = channel;
        return attached != null && attached.isOpen();
    }

    /** Bytes in the file now; negative when that cannot be told. */
    long size() {
        FileChannel attached = channel;
        try {
            return attached == null ? -1 : attached.size();
        } catch (IOException e) {
            return -1;
        }
    }

    /** One user more; false when the last has left already. */
    boolean retain() {
        int count = users.get();
        while (count > 0) {
            if (users.compareAndSet(count, count + 1)) {
                return true;
            }
            count = users.get();
        }
        return false;
    }

    int users() {
        return users.get();
    }

    void release() {
        FileChannel attached = channel;
        if (users.decrementAndGet() == 0 && attached != null) {
            closer.execute(() -> close(attached));
        }
    }

    /** A use that ends when the pin is closed; empty when the last user has left already. */
    Optional<Draft.Pin> pin() {
        return retain() ? Optional.of(new Use()) : Optional.empty();
    }

    static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.warn("a file of the store was closed with an error: {}", e.toString());
        }
    }

    private final class Use implements Draft.Pin {
        private final AtomicBoolean closed = new AtomicBoolean();

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                release();
            }
        }
    }
}
