package io.forebay.store;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.jspecify.annotations.Nullable;

/** Running hashes over one body: SHA-256 always, others as asked for. Used by one thread at a time. */
public final class Hashing {
    private static final int COPY_BYTES = 8192;

    private final MessageDigest sha256 = digest("SHA-256");
    private final Map<Algorithm, MessageDigest> others = new LinkedHashMap<>();
    private final @Nullable Blake2bDigest blake2b;
    private final byte @Nullable [] copy;
    private long size;

    public Hashing(Set<Algorithm> algorithms) {
        for (Algorithm algorithm : algorithms) {
            String name = jdkName(algorithm);
            if (!name.isEmpty()) {
                others.put(algorithm, digest(name));
            }
        }
        boolean blake = algorithms.contains(Algorithm.BLAKE2B_256);
        blake2b = blake ? new Blake2bDigest(256) : null;
        copy = blake ? new byte[COPY_BYTES] : null;
    }

    private static String jdkName(Algorithm algorithm) {
        return switch (algorithm) {
            case MD5 -> "MD5";
            case SHA1 -> "SHA-1";
            case SHA224 -> "SHA-224";
            case SHA384 -> "SHA-384";
            case SHA512 -> "SHA-512";
            case SHA256, BLAKE2B_256 -> "";
        };
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no " + name, e);
        }
    }

    /** Adds the readable bytes; the buffer stays the caller's and its indexes stay where they are. */
    public void update(ByteBuf bytes) {
        for (ByteBuffer part : bytes.nioBuffers()) {
            update(part);
        }
    }

    /** Adds the remaining bytes; the buffer's position stays where it is. */
    public void update(ByteBuffer bytes) {
        size += bytes.remaining();
        sha256.update(bytes.duplicate());
        for (MessageDigest other : others.values()) {
            other.update(bytes.duplicate());
        }
        Blake2bDigest blake = blake2b;
        byte[] array = copy;
        if (blake != null && array != null) {
            ByteBuffer rest = bytes.duplicate();
            while (rest.hasRemaining()) {
                int count = Math.min(array.length, rest.remaining());
                rest.get(array, 0, count);
                blake.update(array, 0, count);
            }
        }
    }

    /** Ends the hashes. The object is of no use afterwards. */
    public Draft.Sum finish() {
        Digest name = new Digest(hex(sha256.digest()));
        List<Checksum> checksums = new ArrayList<>();
        others.forEach((algorithm, digest) -> checksums.add(new Checksum(algorithm, hex(digest.digest()))));
        if (blake2b != null) {
            byte[] out = new byte[32];
            blake2b.doFinal(out, 0);
            checksums.add(new Checksum(Algorithm.BLAKE2B_256, hex(out)));
        }
        checksums.add(name.checksum());
        return new Draft.Sum(name, size, List.copyOf(checksums));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
