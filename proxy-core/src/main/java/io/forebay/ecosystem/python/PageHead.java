package io.forebay.ecosystem.python;

import java.util.List;
import java.util.Optional;

/**
 * What a page says beside its files.
 *
 * @param apiVersion PEP 629
 * @param tracks PEP 708
 * @param alternateLocations PEP 708
 * @param status PEP 792
 * @param statusReason PEP 792
 * @param serial {@code _last-serial}, PyPI's own
 */
record PageHead(
        String apiVersion,
        List<String> tracks,
        List<String> alternateLocations,
        Optional<String> status,
        Optional<String> statusReason,
        Optional<String> serial) {
    /** Of a page that says nothing: the first version of the API. */
    static final PageHead SILENT =
            new PageHead("1.0", List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());

    PageHead {
        tracks = List.copyOf(tracks);
        alternateLocations = List.copyOf(alternateLocations);
    }
}
