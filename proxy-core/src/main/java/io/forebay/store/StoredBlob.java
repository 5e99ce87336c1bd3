package io.forebay.store;

import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;

/** A pinned blob. Owns one use of the file. */
final class StoredBlob implements Blob {
    private final Digest digest;
    private final long position;
    private final long size;
    private final SharedFile file;
    private final FileChannel channel;
    private final DiskFiles files;
    private final DiskThreads threads;
    private final Doubt doubt;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Takes over the caller's use of the file. */
    StoredBlob(
            Digest digest,
            long position,
            long size,
            SharedFile file,
            DiskFiles files,
            DiskThreads threads,
            Doubt doubt) {
        this.digest = digest;
        this.position = position;
        this.size = size;
        this.file = file;
        this.channel = file.channel().orElseThrow();
        this.files = files;
        this.threads = threads;
        this.doubt = doubt;
    }

    @Override
    public Digest digest() {
        return digest;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public FileChannel channel() {
        return channel;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public Mono<ByteBuf> read(long offset, int length) {
        if (offset < 0 || length < 0 || offset + length > size) {
            return Mono.error(new IndexOutOfBoundsException(
                    "bytes " + offset + " to " + (offset + length) + " of a blob of " + size));
        }
        return new DiskCall<>(threads, "read of a blob", () -> Optional.of(readNow(offset, length)), ByteBuf::release);
    }

    private ByteBuf readNow(long offset, int length) throws IOException {
        if (closed.get() || !file.retain()) {
            throw new IllegalStateException("the blob is closed");
        }
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(length, length);
        try {
            ByteBuffer target = bytes.nioBuffer(0, length);
            if (!Pack.readFully(files, channel, target, position + offset)) {
                throw DiskErrors.damaged("the file of " + digest + " is too short");
            }
            return bytes.writerIndex(length).retain();
        } finally {
            bytes.release();
            file.release();
        }
    }

    @Override
    public boolean isRecent(long offset, int length) {
        return file.recent().renew(position + offset, length, doubt);
    }

    @Override
    public void waited() {
        doubt.raise();
    }

    @Override
    public Mono<Void> load(long offset, int length) {
        long from = (position + offset) / RecentUse.PART_BYTES * RecentUse.PART_BYTES;
        long to = Math.min(position + size, position + offset + length);
        return new DiskCall<>(threads, "load of a blob", () -> Optional.of(loadNow(from, to)), loaded -> {}).then();
    }

    private long loadNow(long from, long to) throws IOException {
        if (closed.get() || !file.retain()) {
            throw new IllegalStateException("the blob is closed");
        }
        try {
            for (long at = from; at < to; at += RecentUse.PART_BYTES) {
                int count = (int) Math.min(RecentUse.PART_BYTES, to - at);
                if (!files.load(channel, at, count)) {
                    throw DiskErrors.damaged("the file of " + digest + " is too short");
                }
                file.recent().used(at, count);
            }
            return to - from;
        } finally {
            file.release();
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            file.release();
        }
    }
}
