package io.forebay.model;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;

/** A pure function that cuts a small resource out of a stored artifact. It reads, so it runs where blocking is allowed. */
public interface Extractor {
    /**
     * Cuts the resource out.
     *
     * @return empty when the artifact does not hold it
     * @throws IOException when the artifact cannot be read or is not what its name says
     */
    Optional<Rendition> extract(SeekableByteChannel artifact) throws IOException;
}
