package io.forebay.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What is told about a representation beside its bytes.
 *
 * @param etag the strong entity tag that Forebay answers with, quotes included
 * @param originEtag the origin's entity tag as it came, weak or strong: what revalidation sends back
 * @param extra further header fields of the origin that clients act on, names in lower case
 */
public record Head(
        Optional<String> contentType,
        Optional<String> etag,
        Optional<String> originEtag,
        Optional<Instant> lastModified,
        Map<String, String> extra) {
    public static final Head EMPTY =
            new Head(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Map.of());

    public Head {
        extra = Map.copyOf(extra);
    }

    public Head withEtag(String newEtag) {
        return new Head(contentType, Optional.of(newEtag), originEtag, lastModified, extra);
    }
}
