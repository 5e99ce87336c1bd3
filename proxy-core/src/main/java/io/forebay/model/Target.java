package io.forebay.model;

import java.util.List;
import java.util.Optional;

/**
 * A request as an ecosystem sees it: the repository and the snapshot are already taken off the path.
 *
 * @param repository name of the repository
 * @param snapshotNamed whether the path named the snapshot ({@code /cran/latest/...} and not {@code /cran/...}); links
 *     that go up the path depend on it
 * @param segments the rest of the path, percent-decoded, none empty, none {@code .} or {@code ..}, no control character,
 *     no slash or backslash inside
 * @param directory whether the path ended in a slash (true as well when there are no segments)
 * @param query as it came, without the question mark
 * @param accept value of Accept
 * @param userAgent value of User-Agent
 */
public record Target(
        String repository,
        Snapshot snapshot,
        boolean snapshotNamed,
        List<String> segments,
        boolean directory,
        Optional<String> query,
        Optional<String> accept,
        Optional<String> userAgent) {
    public Target {
        segments = List.copyOf(segments);
    }

    /** The segments joined by slashes, with one at the end for a directory. */
    public String path() {
        String joined = String.join("/", segments);
        return directory && !joined.isEmpty() ? joined + "/" : joined;
    }
}
