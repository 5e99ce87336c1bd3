package io.forebay.store;

import io.forebay.model.Digest;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The layout of a pack: a file header, then records one behind another, all numbers big-endian.
 *
 * <pre>
 * file     magic and version 8 | salt 8
 * record   salt 8 | type 4 | note length 4 | body length 8 | SHA-256 32 | CRC32C of note 4 | of body 4 | of this header 4
 *          note, body
 * </pre>
 *
 * <p>The salt is random and of one file. A reader that has lost its way behind damage looks for it to find the next record; it
 * is secret to those who wrote the bodies, so that no body can hold what would be taken for a record.
 */
final class PackFormat {
    static final int FILE_HEADER = 16;
    static final int RECORD_HEADER = 68;

    private static final long MAGIC = 0x464f_5245_4241_5901L; // FOREBAY, version 1
    private static final int CRC_AT = RECORD_HEADER - Integer.BYTES;
    private static final int DIGEST_BYTES = 32;

    private PackFormat() {}

    /** A record's header as it was read. */
    record Header(PackEntry entry, int noteCrc, int bodyCrc) {}

    static byte[] fileHeader(long salt) {
        byte[] header = new byte[FILE_HEADER];
        ByteBuffer.wrap(header).putLong(MAGIC).putLong(salt);
        return header;
    }

    /** The salt, or empty when this is no header of a pack. */
    static Optional<Long> salt(ByteBuffer header) {
        return header.remaining() >= FILE_HEADER && header.getLong(0) == MAGIC
                ? Optional.of(header.getLong(Long.BYTES))
                : Optional.empty();
    }

    static byte[] recordHeader(long salt, PackEntry entry, int noteCrc, int bodyCrc) {
        ByteBuffer header = ByteBuffer.allocate(RECORD_HEADER)
                .putLong(salt)
                .putInt(entry.type().code())
                .putInt(entry.noteLength())
                .putLong(entry.bodyLength());
        put(header, entry.digest());
        header.putInt(noteCrc).putInt(bodyCrc);
        header.putInt(crc(header.array(), 0, CRC_AT));
        return header.array();
    }

    /** The record whose header begins at the buffer's position; empty when there is none, or it is damaged. */
    static Optional<Header> parse(ByteBuffer bytes, long salt, long offset) {
        if (bytes.remaining() < RECORD_HEADER || bytes.getLong(bytes.position()) != salt) {
            return Optional.empty();
        }
        byte[] header = new byte[RECORD_HEADER];
        bytes.duplicate().get(header);
        ByteBuffer in = ByteBuffer.wrap(header);
        if (crc(header, 0, CRC_AT) != in.getInt(CRC_AT)) {
            return Optional.empty();
        }
        in.position(Long.BYTES);
        Optional<PackEntry.Type> type = PackEntry.Type.of(in.getInt());
        int noteLength = in.getInt();
        long bodyLength = in.getLong();
        if (type.isEmpty() || noteLength < 0 || bodyLength < 0) {
            return Optional.empty();
        }
        if (type.get() == PackEntry.Type.BODY && bodyLength > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        Digest digest = digest(in);
        PackEntry entry = new PackEntry(type.get(), digest, offset, noteLength, bodyLength);
        return Optional.of(new Header(entry, in.getInt(), in.getInt()));
    }

    static void put(ByteBuffer out, Digest digest) {
        out.put(HexFormat.of().parseHex(digest.hex()));
    }

    static Digest digest(ByteBuffer in) {
        byte[] digest = new byte[DIGEST_BYTES];
        in.get(digest);
        return new Digest(HexFormat.of().formatHex(digest));
    }

    static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    static int crc(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }
}
