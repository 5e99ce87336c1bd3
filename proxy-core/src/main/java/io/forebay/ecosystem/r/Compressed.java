package io.forebay.ecosystem.r;

import io.forebay.model.ForebayException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/** The compressions in which R writes indexes, told by their first bytes as R itself does. */
final class Compressed {
    /** CRAN's index, the largest known, has some 10 MiB. */
    static final int MAX_BYTES = 64 << 20;

    /** xz's highest preset needs 65 MiB to read. */
    private static final int XZ_MEMORY_KIB = 72 << 10;

    /** Level 6 makes an index a tenth smaller and takes more than twice the time. */
    private static final int LEVEL = 3;

    private Compressed() {}

    /**
     * Decompresses bytes; what is not compressed is returned as it is.
     *
     * @throws ForebayException of kind {@code ORIGIN_INVALID} when they are damaged or become too many
     */
    static byte[] inflate(byte[] body) {
        if (startsWith(body, 0x1f, 0x8b)) {
            return drain(body, GZIPInputStream::new);
        }
        if (startsWith(body, 0xfd, '7', 'z', 'X', 'Z', 0)) {
            return drain(body, in -> new XZInputStream(in, XZ_MEMORY_KIB));
        }
        if (startsWith(body, 'B', 'Z', 'h')) {
            throw ForebayException.originInvalid(
                    "the origin's PACKAGES is compressed by bzip2, which is not supported");
        }
        return body;
    }

    private static byte[] drain(byte[] body, Opener opener) {
        try (InputStream in = opener.open(new ByteArrayInputStream(body))) {
            byte[] read = in.readNBytes(MAX_BYTES + 1);
            if (read.length > MAX_BYTES) {
                throw ForebayException.originInvalid("the origin's PACKAGES is too large");
            }
            return read;
        } catch (IOException e) {
            throw ForebayException.originInvalid("the origin's PACKAGES is damaged: it cannot be decompressed");
        }
    }

    /** Compresses by gzip; equal bytes give equal bytes, whatever the time and the machine's gzip header. */
    static byte[] gzip(byte[] bytes, int length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(length / 3 + 64);
        out.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff});
        Deflater deflater = new Deflater(LEVEL, true);
        try {
            deflater.setInput(bytes, 0, length);
            deflater.finish();
            byte[] buffer = new byte[64 << 10];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
        } finally {
            deflater.end();
        }
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, length);
        littleEndian(out, (int) crc.getValue());
        littleEndian(out, length);
        return out.toByteArray();
    }

    private static void littleEndian(ByteArrayOutputStream out, int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            out.write(value >>> shift);
        }
    }

    private static boolean startsWith(byte[] body, int... magic) {
        if (body.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if (body[i] != (byte) magic[i]) {
                return false;
            }
        }
        return true;
    }

    @FunctionalInterface
    private interface Opener {
        InputStream open(InputStream compressed) throws IOException;
    }
}
