package io.forebay.model;

import java.util.Map;

/**
 * A computed representation.
 *
 * @param extra further header fields, names in lower case
 * @param body identity-coded; nobody changes it after this value is made
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Rendition(String contentType, Map<String, String> extra, byte[] body) {
    public Rendition {
        extra = Map.copyOf(extra);
    }
}
