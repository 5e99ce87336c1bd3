package io.forebay.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A pure function that rewrites a page from a stream to a stream, in memory that does not grow with the page. */
public interface StreamRenderer {
    /** Names the function and its parameters. */
    String id();

    /** Media type of what {@link #render} writes. */
    String contentType();

    /** Reads to the end of {@code page}; closes neither stream. */
    void render(Head head, InputStream page, OutputStream out) throws IOException;
}
