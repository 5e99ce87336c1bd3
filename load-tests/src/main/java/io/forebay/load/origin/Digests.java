package io.forebay.load.origin;

/**
 * Digests of one body in lower-case hex.
 *
 * @param blake2b of 256 bits, which PyPI makes paths of
 */
public record Digests(String md5, String sha256, String blake2b) {}
