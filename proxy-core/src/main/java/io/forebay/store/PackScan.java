package io.forebay.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Reads a pack from beginning to end and checks every record. A damaged record in the middle is skipped and counted; one at
 * the end is what a loss of power leaves. Used by one disk thread.
 */
final class PackScan {
    static final int WINDOW_BYTES = 256 * 1024;

    private final DiskFiles files;
    private final FileChannel channel;
    private final long salt;
    private final long length;
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES);
    private int damaged;

    PackScan(DiskFiles files, FileChannel channel, long salt, long length) {
        this.files = files;
        this.channel = channel;
        this.salt = salt;
        this.length = length;
    }

    /** Gives each whole record from the offset on to the consumer and answers where the last of them ends. */
    long run(long from, Consumer<PackEntry> consumer) throws IOException {
        long end = from;
        long at = from;
        int skipped = 0;
        while (at + PackFormat.RECORD_HEADER <= length) {
            Optional<PackFormat.Header> header = header(at);
            if (header.isPresent() && isWhole(header.get())) {
                PackEntry entry = header.get().entry();
                consumer.accept(entry);
                at = entry.end();
                end = at;
                damaged += skipped;
                skipped = 0;
            } else if (header.isPresent() && header.get().entry().end() <= length) {
                skipped++;
                at = header.get().entry().end();
            } else {
                skipped++;
                at = next(at + 1);
            }
        }
        return end;
    }

    /** Damaged places that had whole records behind them. */
    int damaged() {
        return damaged;
    }

    private Optional<PackFormat.Header> header(long at) throws IOException {
        fill(at, PackFormat.RECORD_HEADER);
        return PackFormat.parse(window, salt, at);
    }

    private boolean isWhole(PackFormat.Header header) throws IOException {
        PackEntry entry = header.entry();
        if (entry.end() > length) {
            return false;
        }
        long body = entry.payload() - entry.noteLength();
        return crc(entry.notePosition(), entry.noteLength()) == header.noteCrc()
                && crc(entry.bodyPosition(), body) == header.bodyCrc();
    }

    private int crc(long position, long bytes) throws IOException {
        CRC32C crc = new CRC32C();
        long end = position + bytes;
        for (long at = position; at < end; ) {
            int count = (int) Math.min(WINDOW_BYTES, end - at);
            fill(at, count);
            crc.update(window);
            at += count;
        }
        return (int) crc.getValue();
    }

    /** Where the salt stands next, or the end. */
    private long next(long from) throws IOException {
        for (long at = from; at + PackFormat.RECORD_HEADER <= length; ) {
            int count = (int) Math.min(WINDOW_BYTES, length - at);
            fill(at, count);
            for (int i = 0; i + Long.BYTES <= count; i++) {
                if (window.getLong(i) == salt) {
                    return at + i;
                }
            }
            at += count - (Long.BYTES - 1);
        }
        return length;
    }

    private void fill(long at, int bytes) throws IOException {
        window.clear().limit(bytes);
        if (!Pack.readFully(files, channel, window, at)) {
            throw DiskErrors.damaged("a pack became shorter while it was read");
        }
        window.flip();
    }
}
