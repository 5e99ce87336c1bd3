package io.forebay.catalog;

import io.forebay.model.Head;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

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

    static ObjectNode write(Head head) {
        ObjectNode json = MAPPER.createObjectNode();
        head.contentType().ifPresent(text -> json.put(CONTENT_TYPE, text));
        head.etag().ifPresent(text -> json.put(ETAG, text));
        head.originEtag().ifPresent(text -> json.put(ORIGIN_ETAG, text));
        head.lastModified().ifPresent(instant -> json.put(LAST_MODIFIED, instant.toEpochMilli()));
        if (!head.extra().isEmpty()) {
            ObjectNode extra = json.putObject(EXTRA);
            new TreeMap<>(head.extra()).forEach(extra::put);
        }
        return json;
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
