package io.forebay.model;

/** A pure function from the bytes of an index to what it promises. Safe for use by many threads. */
public interface ListingReader {
    /** Names the function: equal ids and equal bytes give equal listings. */
    String id();

    /**
     * Reads an index.
     *
     * @param key which form of the index the bytes are
     * @param head its media type
     * @throws ForebayException of kind {@link ForebayException.Kind#ORIGIN_INVALID} when the bytes are not such an index
     */
    Listing read(ResourceKey key, Head head, byte[] body);
}
