package io.forebay.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** Reads one record whole and checks it. Blocks: for disk threads. */
final class RecordReader {
    private RecordReader() {}

    /** A record that is what it was when it was written. */
    static final class Content {
        private final byte[] note;
        private final byte[] body;

        Content(byte[] note, byte[] body) {
            this.note = note;
            this.body = body;
        }

        byte[] note() {
            return note;
        }

        byte[] body() {
            return body;
        }
    }

    /** Empty when the record is damaged. */
    static Optional<Content> read(DiskFiles files, SharedFile file, Pack pack, PackEntry entry) throws IOException {
        FileChannel channel = file.channel().orElseThrow();
        ByteBuffer bytes = ByteBuffer.allocate((int) entry.length());
        if (!Pack.readFully(files, channel, bytes, entry.offset())) {
            return Optional.empty();
        }
        bytes.flip();
        Optional<PackFormat.Header> header = PackFormat.parse(bytes, pack.salt(), entry.offset());
        if (header.isEmpty() || !header.get().entry().equals(entry)) {
            return Optional.empty();
        }
        byte[] note = new byte[entry.noteLength()];
        byte[] body = new byte[(int) (entry.payload() - entry.noteLength())];
        bytes.position(PackFormat.RECORD_HEADER).get(note).get(body);
        boolean whole = PackFormat.crc(note, 0, note.length) == header.get().noteCrc()
                && PackFormat.crc(body, 0, body.length) == header.get().bodyCrc();
        return whole ? Optional.of(new Content(note, body)) : Optional.empty();
    }
}
