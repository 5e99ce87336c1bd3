package io.forebay.model;

import java.util.Set;

/** A pure function from the bytes of an index to what it promises. Safe for use by many threads. */
public interface ListingReader {
    /** Names the function: equal ids and equal bytes give equal listings. */
    String id();

    /** By which algorithms beside SHA-256 the index may promise files; empty when it promises nothing of any file. */
    Set<Algorithm> algorithms();

    /**
     * Reads an index.
     *
     * @param key which form of the index the bytes are
     * @param head its media type
     * @throws ForebayException of kind {@link ForebayException.Kind#ORIGIN_INVALID} when the bytes are not such an index
     */
    Listing read(ResourceKey key, Head head, byte[] body);
}
