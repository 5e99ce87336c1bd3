package io.forebay.store;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.LongConsumer;

/**
 * Appends to a file with as few writes as possible: a buffer of some size is written as it is, small ones are gathered.
 * Used by one disk thread at a time, within one task.
 */
final class FileWriter {
    /** From this size on a write of its own costs less than copying. */
    private static final int WRITE_AS_IT_IS_BYTES = 16 * 1024;

    private final DiskFiles files;
    private final FileChannel file;
    private final LongConsumer progress;
    private final ByteBuffer gathered = Staging.buffer();
    private long position;

    /** The consumer hears of each write's bytes when they are in the file. */
    FileWriter(DiskFiles files, FileChannel file, long position, LongConsumer progress) {
        this.files = files;
        this.file = file;
        this.position = position;
        this.progress = progress;
    }

    /** Writes the readable bytes, at the latest with {@link #flush}, and leaves the buffer as it is. */
    void write(ByteBuf bytes) throws IOException {
        if (bytes.nioBufferCount() == 1 && bytes.isDirect() && bytes.readableBytes() >= WRITE_AS_IT_IS_BYTES) {
            flush();
            drain(bytes.nioBuffer());
            return;
        }
        int end = bytes.writerIndex();
        for (int at = bytes.readerIndex(); at < end; ) {
            int length = Math.min(end - at, gathered.remaining());
            ByteBuffer part = gathered.slice(gathered.position(), length);
            bytes.getBytes(at, part);
            gathered.position(gathered.position() + length);
            at += length;
            flushWhenFull();
        }
    }

    void write(byte[] bytes) throws IOException {
        for (int at = 0; at < bytes.length; ) {
            int length = Math.min(bytes.length - at, gathered.remaining());
            gathered.put(bytes, at, length);
            at += length;
            flushWhenFull();
        }
    }

    private void flushWhenFull() throws IOException {
        if (!gathered.hasRemaining()) {
            flush();
        }
    }

    void flush() throws IOException {
        gathered.flip();
        drain(gathered);
        gathered.clear();
    }

    private void drain(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int count = files.write(file, bytes, position);
            position += count;
            progress.accept(count);
        }
    }
}
