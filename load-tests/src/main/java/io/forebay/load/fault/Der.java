package io.forebay.load.fault;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** Writes the little of DER (X.690) that a certificate needs. Pure. */
final class Der {
    private static final byte[] TRUE = {0x01, 0x01, (byte) 0xff};

    private Der() {}

    static byte[] value(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 128) {
            out.write(content.length);
        } else if (content.length < 256) {
            out.write(0x81);
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    static byte[] sequence(byte[]... parts) {
        return value(0x30, joined(parts));
    }

    static byte[] tagged(int number, byte[] content) {
        return value(0xa0 | number, content);
    }

    static byte[] integer(BigInteger number) {
        return value(0x02, number.toByteArray());
    }

    static byte[] oid(int... encoded) {
        byte[] bytes = new byte[encoded.length];
        for (int i = 0; i < encoded.length; i++) {
            bytes[i] = (byte) encoded[i];
        }
        return value(0x06, bytes);
    }

    static byte[] bits(byte[] content) {
        return value(0x03, joined(new byte[1], content));
    }

    /** A name of one common name. */
    static byte[] name(String common) {
        byte[] text = value(0x0c, common.getBytes(StandardCharsets.UTF_8));
        return sequence(value(0x31, sequence(oid(0x55, 0x04, 0x03), text)));
    }

    /** The extension that makes an authority. */
    static byte[] authority() {
        return sequence(oid(0x55, 0x1d, 0x13), TRUE, value(0x04, sequence(TRUE)));
    }

    /** The extension that names an address of a host. */
    static byte[] host(byte[] address) {
        return sequence(oid(0x55, 0x1d, 0x11), value(0x04, sequence(value(0x87, address))));
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
