package io.forebay.load.origin;

import io.netty.buffer.ByteBuf;

/** Bytes that are answered. Immutable; may be read by many threads, each at its own place. */
interface Body {
    int length();

    Digests digests();

    /** A part of it. The buffer needs no release. */
    ByteBuf slice(int position, int length);
}
