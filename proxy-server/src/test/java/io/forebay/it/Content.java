package io.forebay.it;

/** Bytes that do not change, with their digest. */
final class Content {
    private final byte[] bytes;
    private final String sha256;

    Content(byte[] bytes) {
        this.bytes = bytes;
        this.sha256 = Digests.sha256(bytes);
    }

    /** Shared, not to be changed. */
    byte[] bytes() {
        return bytes;
    }

    int size() {
        return bytes.length;
    }

    String sha256() {
        return sha256;
    }
}
