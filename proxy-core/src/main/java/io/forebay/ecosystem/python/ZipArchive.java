package io.forebay.ecosystem.python;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Reads single small members of a zip file by its central directory, as PKWARE's APPNOTE describes it, Zip64 included. What
 * it takes in memory does not depend on the archive: the directory is read through a window and a member is unpacked up to a
 * limit, whatever sizes the archive claims.
 *
 * <p>Not safe for use by many threads; the caller owns the channel. Anything that is not as it should be is a
 * {@link ZipException}.
 */
final class ZipArchive {
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END64_SIGNATURE = 0x06064b50;
    private static final int LOCATOR64_SIGNATURE = 0x07064b50;
    private static final int MEMBER_SIGNATURE = 0x02014b50;
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int END_BYTES = 22;
    private static final int LOCATOR64_BYTES = 20;
    private static final int END64_BYTES = 56;
    private static final int MEMBER_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int COMMENT_MAX = 0xffff;
    private static final int WINDOW_BYTES = 64 * 1024;
    /** The largest wheels have some ten thousand members. */
    private static final long MEMBERS_MAX = 1_000_000;
    /** More than any name can be asked for here. */
    private static final int MATCHES_MAX = 16;

    private static final long NEEDS_64 = 0xffffffffL;

    private final SeekableByteChannel channel;
    private final long size;

    ZipArchive(SeekableByteChannel channel) throws IOException {
        this.channel = channel;
        this.size = channel.size();
    }

    /** Members whose names match, in the order of the directory. */
    List<ZipMember> members(Predicate<String> names) throws IOException {
        Directory directory = directory();
        List<ZipMember> members = new ArrayList<>();
        ByteBuffer window = buffer(WINDOW_BYTES).limit(0);
        long next = directory.start;
        for (long i = 0; i < directory.members; i++) {
            ensure(window, MEMBER_BYTES, next, directory.end);
            int at = window.position();
            if (window.getInt(at) != MEMBER_SIGNATURE) {
                throw new ZipException("the directory holds something that is no member");
            }
            int nameBytes = unsigned(window, at + 28);
            int extraBytes = unsigned(window, at + 30);
            int total = MEMBER_BYTES + nameBytes + extraBytes + unsigned(window, at + 32);
            ensure(window, MEMBER_BYTES + nameBytes + extraBytes, next, directory.end);
            at = window.position();
            byte[] raw = new byte[nameBytes];
            window.get(at + MEMBER_BYTES, raw);
            String name = new String(raw, StandardCharsets.UTF_8);
            if (names.test(name)) {
                members.add(member(window, at, name, extraBytes));
                if (members.size() > MATCHES_MAX) {
                    throw new ZipException("too many members of one kind");
                }
            }
            next += total;
            window.position(Math.min(window.limit(), at + total));
        }
        return members;
    }

    /** Unpacks a member whole. */
    byte[] read(ZipMember member, int maxBytes) throws IOException {
        if (member.isEncrypted() || (member.method() != 0 && member.method() != 8)) {
            throw new ZipException("the member is encrypted or packed in an unknown way");
        }
        if (member.size() > maxBytes || member.size() < 0 || member.compressed() < 0) {
            throw new ZipException("the member is larger than " + maxBytes + " bytes");
        }
        ByteBuffer local = at(member.header(), LOCAL_BYTES);
        if (local.getInt(0) != LOCAL_SIGNATURE) {
            throw new ZipException("the member has no local header");
        }
        long start = member.header() + LOCAL_BYTES + unsigned(local, 26) + unsigned(local, 28);
        // Deflate never grows data by more than a few bytes in a block.
        if (member.compressed() > member.size() + member.size() / 100 + 1024 || start + member.compressed() > size) {
            throw new ZipException("the member's sizes do not fit");
        }
        byte[] packed = new byte[(int) member.compressed()];
        at(start, packed.length).get(packed);
        byte[] content = member.method() == 0 ? packed : inflate(packed, (int) member.size());
        CRC32 crc = new CRC32();
        crc.update(content);
        if (content.length != member.size() || crc.getValue() != member.crc()) {
            throw new ZipException("the member's content is not what the directory says");
        }
        return content;
    }

    private static byte[] inflate(byte[] packed, int size) throws ZipException {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed);
            byte[] content = new byte[size];
            int length = 0;
            while (length < size) {
                int more = inflater.inflate(content, length, size - length);
                if (more == 0 && (inflater.finished() || inflater.needsInput() || inflater.needsDictionary())) {
                    throw new ZipException("the member is cut");
                }
                length += more;
            }
            if (!inflater.finished() && inflater.inflate(new byte[1]) > 0) {
                throw new ZipException("the member is longer than the directory says");
            }
            return content;
        } catch (DataFormatException e) {
            throw new ZipException("the member is not deflated");
        } finally {
            inflater.end();
        }
    }

    private static ZipMember member(ByteBuffer window, int at, String name, int extraBytes) throws ZipException {
        long size = window.getInt(at + 24) & NEEDS_64;
        long compressed = window.getInt(at + 20) & NEEDS_64;
        long header = window.getInt(at + 42) & NEEDS_64;
        int extra = at + MEMBER_BYTES + unsigned(window, at + 28);
        int end = extra + extraBytes;
        while (extra + 4 <= end) {
            int id = unsigned(window, extra);
            int length = unsigned(window, extra + 2);
            if (id == 1 && extra + 4 + length <= end) {
                ByteBuffer wide = window.duplicate().order(ByteOrder.LITTLE_ENDIAN);
                wide.limit(extra + 4 + length).position(extra + 4);
                size = size == NEEDS_64 ? wide(wide) : size;
                compressed = compressed == NEEDS_64 ? wide(wide) : compressed;
                header = header == NEEDS_64 ? wide(wide) : header;
            }
            extra += 4 + length;
        }
        int flags = unsigned(window, at + 8);
        int method = unsigned(window, at + 10);
        return new ZipMember(name, flags, method, window.getInt(at + 16) & NEEDS_64, compressed, size, header);
    }

    private static long wide(ByteBuffer extra) throws ZipException {
        if (extra.remaining() < 8) {
            throw new ZipException("the member's Zip64 field is cut");
        }
        return extra.getLong();
    }

    /** Where the directory lies, from the record at the end of the file. */
    private Directory directory() throws IOException {
        int tail = (int) Math.min(size, END_BYTES + COMMENT_MAX);
        long tailStart = size - tail;
        ByteBuffer end = at(tailStart, tail);
        for (int at = tail - END_BYTES; at >= 0; at--) {
            if (end.getInt(at) == END_SIGNATURE && at + END_BYTES + unsigned(end, at + 20) == tail) {
                return directory(end, at, tailStart + at);
            }
        }
        throw new ZipException("no zip file");
    }

    private Directory directory(ByteBuffer end, int at, long endStart) throws IOException {
        long members = unsigned(end, at + 10);
        long bytes = end.getInt(at + 12) & NEEDS_64;
        long start = end.getInt(at + 16) & NEEDS_64;
        if (members == 0xffff || bytes == NEEDS_64 || start == NEEDS_64) {
            ByteBuffer locator = at(endStart - LOCATOR64_BYTES, LOCATOR64_BYTES);
            if (locator.getInt(0) == LOCATOR64_SIGNATURE) {
                ByteBuffer end64 = at(locator.getLong(8), END64_BYTES);
                if (end64.getInt(0) != END64_SIGNATURE) {
                    throw new ZipException("no Zip64 record where the locator says");
                }
                members = end64.getLong(32);
                bytes = end64.getLong(40);
                start = end64.getLong(48);
            }
        }
        if (members < 0
                || members > MEMBERS_MAX
                || start < 0
                || bytes < 0
                || start > endStart
                || bytes > endStart - start) {
            throw new ZipException("the directory does not lie within the file");
        }
        return new Directory(start, start + bytes, members);
    }

    /** Makes the window hold {@code bytes} bytes from {@code offset} of the file on, at its position. */
    private void ensure(ByteBuffer window, int bytes, long offset, long end) throws IOException {
        if (bytes > end - offset) {
            throw new ZipException("the directory is cut");
        }
        if (window.remaining() >= bytes) {
            return;
        }
        int length = (int) Math.min(window.capacity(), end - offset);
        if (length < bytes) {
            throw new ZipException("a member's entry is too long");
        }
        window.clear().limit(length);
        fill(window, offset);
    }

    private ByteBuffer at(long offset, int bytes) throws IOException {
        if (offset < 0 || bytes > size - offset) {
            throw new ZipException("a record lies outside of the file");
        }
        return fill(buffer(bytes), offset);
    }

    private ByteBuffer fill(ByteBuffer target, long offset) throws IOException {
        channel.position(offset);
        while (target.hasRemaining()) {
            if (channel.read(target) < 0) {
                throw new EOFException("the zip file is cut");
            }
        }
        return target.flip();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int unsigned(ByteBuffer buffer, int at) {
        return Short.toUnsignedInt(buffer.getShort(at));
    }

    private record Directory(long start, long end, long members) {}
}
