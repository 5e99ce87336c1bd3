package io.forebay.model;

import java.util.List;

/**
 * Where a file is listed.
 *
 * @param forms the index in the forms the origin has; any one that is held will do, the first is fetched when none is
 * @param packageName the name by which the listing owns the package
 * @param file the name by which the listing knows the file
 */
public record Listed(List<Candidate> forms, ListingReader reader, String packageName, String file) {
    public Listed {
        forms = List.copyOf(forms);
    }
}
