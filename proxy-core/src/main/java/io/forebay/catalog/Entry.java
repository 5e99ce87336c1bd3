package io.forebay.catalog;

import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.net.URI;
import java.time.Instant;

/**
 * One revision of a resource: a row of the catalog.
 *
 * @param digest the blob that holds the bytes
 * @param size of the bytes
 * @param base the URL the bytes came from, after redirects; as text, since many thousand entries are held and few are asked for it
 * @param seen when these bytes were first seen as this resource
 * @param validated when the origin last said that these are the bytes
 */
public record Entry(
        ResourceKey key,
        Nature nature,
        Digest digest,
        long size,
        Head head,
        String base,
        Instant seen,
        Instant validated) {
    /** The URL the bytes came from: what links in them are relative to. */
    public URI url() {
        return URI.create(base);
    }

    public Entry validatedAt(Instant instant) {
        return new Entry(key, nature, digest, size, head, base, seen, instant);
    }
}
