package io.forebay.it;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.bouncycastle.crypto.digests.Blake2bDigest;

/** Digests as indexes and paths write them: lower-case hex. */
final class Digests {
    private Digests() {}

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String blake2b(byte[] bytes) {
        Blake2bDigest digest = new Blake2bDigest(256);
        digest.update(bytes, 0, bytes.length);
        byte[] sum = new byte[32];
        digest.doFinal(sum, 0);
        return HexFormat.of().formatHex(sum);
    }

    /** Where PyPI keeps a file: {@code /packages/<aa>/<bb>/<60 hex>/<file>}. */
    static String pypiPath(byte[] bytes, String file) {
        String hex = blake2b(bytes);
        return "/packages/" + hex.substring(0, 2) + "/" + hex.substring(2, 4) + "/" + hex.substring(4) + "/" + file;
    }
}
