package io.forebay.catalog;

import io.forebay.model.Head;
import java.io.StringWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A head as JSON, for the database and for notes. Fields that are not known are skipped when read, so that a later version
 * may add some.
 */
final class HeadJson {
    static final JsonMapper MAPPER = JsonMapper.shared();

    private static final String CONTENT_TYPE = "type";
    private static final String ETAG = "etag";
    private static final String ORIGIN_ETAG = "origin-etag";
    private static final String LAST_MODIFIED = "modified";
    private static final String EXTRA = "extra";

    private HeadJson() {}

    /** Straight to text: one is written for every object that is stored, and again for its row. */
    static void write(JsonGenerator json, Head head) {
        json.writeStartObject();
        head.contentType().ifPresent(text -> json.writeStringProperty(CONTENT_TYPE, text));
        head.etag().ifPresent(text -> json.writeStringProperty(ETAG, text));
        head.originEtag().ifPresent(text -> json.writeStringProperty(ORIGIN_ETAG, text));
        head.lastModified().ifPresent(instant -> json.writeNumberProperty(LAST_MODIFIED, instant.toEpochMilli()));
        if (!head.extra().isEmpty()) {
            json.writeObjectPropertyStart(EXTRA);
            new TreeMap<>(head.extra()).forEach(json::writeStringProperty);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    static String text(Head head) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = MAPPER.createGenerator(text)) {
            write(json, head);
        }
        return text.toString();
    }

    static Head read(JsonNode json) {
        Map<String, String> extra = new LinkedHashMap<>();
        json.path(EXTRA)
                .properties()
                .forEach(field -> extra.put(field.getKey(), field.getValue().asString()));
        return new Head(
                text(json, CONTENT_TYPE),
                text(json, ETAG),
                text(json, ORIGIN_ETAG),
                json.path(LAST_MODIFIED).isIntegralNumber()
                        ? Optional.of(
                                Instant.ofEpochMilli(json.path(LAST_MODIFIED).asLong()))
                        : Optional.empty(),
                extra);
    }

    static Head parse(String text) {
        try {
            return read(MAPPER.readTree(text));
        } catch (JacksonException e) {
            throw new CatalogException(CatalogException.Kind.DAMAGED, "the head of a row is not JSON", e);
        }
    }

    private static Optional<String> text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        return value.isString() ? Optional.of(value.asString()) : Optional.empty();
    }
}
