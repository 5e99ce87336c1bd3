package io.forebay.catalog;

import io.forebay.model.Head;
import io.forebay.model.ResourceKey;
import java.net.URI;

/**
 * What an origin told of a body of which only the beginning has come: enough to ask for the rest, and to see whether it is the
 * rest of the same.
 *
 * @param url that answered, after redirects
 * @param total length of the whole
 */
public record Unfinished(ResourceKey key, URI url, Head head, long total) {}
