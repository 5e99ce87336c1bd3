package io.forebay.ecosystem.r;

import java.util.Optional;

/**
 * One record of an index. Immutable by agreement: nobody changes the arrays.
 *
 * @param tags names of the fields, no two equal
 * @param values one for each tag; every char is one byte of the index, so that any encoding survives
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PackageRow(String[] tags, String[] values) {
    Optional<String> value(String tag) {
        for (int i = 0; i < tags.length; i++) {
            if (tags[i].equals(tag)) {
                return Optional.of(values[i]);
            }
        }
        return Optional.empty();
    }
}
