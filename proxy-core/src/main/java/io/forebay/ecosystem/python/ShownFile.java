package io.forebay.ecosystem.python;

import io.forebay.model.Digest;
import java.util.Map;
import java.util.Optional;

/**
 * A file as it is to be shown.
 *
 * @param href relative reference, percent-encoded, without fragment
 * @param provenance absolute URL
 * @param cut digest of the core metadata that Forebay cut out of the file and the origin does not advertise
 */
record ShownFile(PageFile file, String href, Optional<String> provenance, Optional<Digest> cut) {
    /** What is advertised of the core metadata: hashes, no entry when they are not known. */
    Optional<Map<String, String>> metadata() {
        return file.metadata().or(() -> cut.map(digest -> Map.of("sha256", digest.hex())));
    }
}
