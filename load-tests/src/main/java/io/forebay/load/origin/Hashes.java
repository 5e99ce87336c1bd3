package io.forebay.load.origin;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.bouncycastle.crypto.digests.Blake2bDigest;

/** The three digests that indexes name, over the same bytes. Confined to one thread unless it is only copied. */
final class Hashes {
    private static final int BLAKE2B_BITS = 256;

    private final MessageDigest md5;
    private final MessageDigest sha256;
    private final Blake2bDigest blake2b;

    Hashes() {
        this(digest("MD5"), digest("SHA-256"), new Blake2bDigest(BLAKE2B_BITS));
    }

    private Hashes(MessageDigest md5, MessageDigest sha256, Blake2bDigest blake2b) {
        this.md5 = md5;
        this.sha256 = sha256;
        this.blake2b = blake2b;
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    Hashes copy() {
        try {
            return new Hashes((MessageDigest) md5.clone(), (MessageDigest) sha256.clone(), new Blake2bDigest(blake2b));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("this JDK's digests cannot be copied", e);
        }
    }

    void update(byte[] bytes) {
        md5.update(bytes);
        sha256.update(bytes);
        blake2b.update(bytes, 0, bytes.length);
    }

    /** What has been taken in, as lower-case hex. Ends the use of this object. */
    Digests end() {
        byte[] blake = new byte[blake2b.getDigestSize()];
        blake2b.doFinal(blake, 0);
        HexFormat hex = HexFormat.of();
        return new Digests(hex.formatHex(md5.digest()), hex.formatHex(sha256.digest()), hex.formatHex(blake));
    }

    static Digests of(byte[] bytes) {
        Hashes hashes = new Hashes();
        hashes.update(bytes);
        return hashes.end();
    }
}
