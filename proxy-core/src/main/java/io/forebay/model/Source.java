package io.forebay.model;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * A place packages come from, as an administrator declared it.
 *
 * @param type {@code cran}, {@code bioconductor} or {@code pypi}
 * @param url base of the origin, without a slash at its end
 * @param fileHosts bases ({@code scheme://host[:port]}) on which files of this source's pages may lie, in order of
 *     preference; the source's own host is allowed whether it is listed or not
 * @param datedUrl template of the origin's own snapshots with {@code {date}} in it
 */
public record Source(String name, String type, URI url, List<URI> fileHosts, Optional<String> datedUrl) {
    public Source {
        fileHosts = List.copyOf(fileHosts);
    }

    /** {@code scheme://host[:port]} of the source's own host. */
    public URI authority() {
        return URI.create(url.getScheme() + "://" + url.getRawAuthority());
    }
}
