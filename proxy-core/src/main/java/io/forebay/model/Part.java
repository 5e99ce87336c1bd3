package io.forebay.model;

import java.net.URI;
import java.time.Instant;
import java.util.Map;

/**
 * One revision of one source's page, as a renderer gets it.
 *
 * @param base the URL the page came from after redirects: relative links are resolved against it
 * @param seen when this revision was first seen
 * @param cut resources that Forebay cut out of this page's artifacts: path of the artifact's key to the digest of what
 *     was cut
 * @param body the page; the renderer must not change it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Part(
        String source, ResourceKey key, URI base, Head head, Instant seen, Map<String, Digest> cut, byte[] body) {}
