package io.forebay.store;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.bouncycastle.crypto.digests.Blake2bDigest;

/** Running hashes over one body: SHA-256 always, others as asked for. Used by one thread at a time. */
public final class Hashing {
    private static final int SCRATCH_BYTES = 64 * 1024;
    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[SCRATCH_BYTES]);

    private final MessageDigest sha256 = java("SHA-256");
    private final List<Algorithm> algorithms;
    private final List<Hash> others = new ArrayList<>();
    private long size;

    public Hashing(Set<Algorithm> algorithms) {
        this.algorithms = algorithms.stream()
                .filter(algorithm -> algorithm != Algorithm.SHA256)
                .toList();
        for (Algorithm algorithm : this.algorithms) {
            others.add(hash(algorithm));
        }
    }

    /** Takes in the readable bytes; the buffer stays the caller's and its indexes stay where they are. */
    public void update(ByteBuf bytes) {
        size += bytes.readableBytes();
        byte[] scratch = SCRATCH.get();
        int end = bytes.writerIndex();
        for (int at = bytes.readerIndex(); at < end; ) {
            int length = Math.min(end - at, scratch.length);
            bytes.getBytes(at, scratch, 0, length);
            sha256.update(scratch, 0, length);
            for (Hash other : others) {
                other.update(scratch, length);
            }
            at += length;
        }
    }

    /** The SHA-256 of what was taken in so far. */
    Digest soFar() {
        try {
            MessageDigest copy = (MessageDigest) sha256.clone();
            return new Digest(HexFormat.of().formatHex(copy.digest()));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("SHA-256 of this Java cannot be copied", e);
        }
    }

    /** What was taken in hashes to; ends the use of this object. */
    public Draft.Sum finish() {
        Digest digest = new Digest(HexFormat.of().formatHex(sha256.digest()));
        List<Checksum> checksums = new ArrayList<>();
        checksums.add(digest.checksum());
        for (int i = 0; i < others.size(); i++) {
            Algorithm algorithm = algorithms.get(i);
            checksums.add(new Checksum(
                    algorithm, HexFormat.of().formatHex(others.get(i).value())));
        }
        return new Draft.Sum(digest, size, List.copyOf(checksums));
    }

    private static Hash hash(Algorithm algorithm) {
        return switch (algorithm) {
            case MD5 -> new JavaHash(java("MD5"));
            case SHA1 -> new JavaHash(java("SHA-1"));
            case SHA224 -> new JavaHash(java("SHA-224"));
            case SHA256 -> new JavaHash(java("SHA-256"));
            case SHA384 -> new JavaHash(java("SHA-384"));
            case SHA512 -> new JavaHash(java("SHA-512"));
            case BLAKE2B_256 -> new Blake2b();
        };
    }

    static MessageDigest java(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(name + " is missing from this Java", e);
        }
    }

    private interface Hash {
        void update(byte[] bytes, int length);

        byte[] value();
    }

    private record JavaHash(MessageDigest digest) implements Hash {
        @Override
        public void update(byte[] bytes, int length) {
            digest.update(bytes, 0, length);
        }

        @Override
        public byte[] value() {
            return digest.digest();
        }
    }

    private static final class Blake2b implements Hash {
        private final Blake2bDigest digest = new Blake2bDigest(256);

        @Override
        public void update(byte[] bytes, int length) {
            digest.update(bytes, 0, length);
        }

        @Override
        public byte[] value() {
            byte[] value = new byte[digest.getDigestSize()];
            digest.doFinal(value, 0);
            return value;
        }
    }
}
