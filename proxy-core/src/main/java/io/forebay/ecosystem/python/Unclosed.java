package io.forebay.ecosystem.python;

import java.io.FilterInputStream;
import java.io.InputStream;

/** A stream that a reader may close without closing the one that somebody else owns. */
final class Unclosed extends FilterInputStream {
    Unclosed(InputStream owned) {
        super(owned);
    }

    @Override
    public void close() {}
}
