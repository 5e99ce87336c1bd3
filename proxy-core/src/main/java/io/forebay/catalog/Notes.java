package io.forebay.catalog;

import io.forebay.model.Digest;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Entries as notes: bytes that lie beside a blob and from which {@link SqlCatalog#rebuild} makes the catalog again; and what is
 * known of a body that is not whole yet, which lies beside its part.
 *
 * <p>A note is one JSON object in UTF-8 without line ends. {@code v} is its version: a reader takes its own version and skips
 * fields it does not know. Instants are milliseconds since 1970, so an entry comes back with its instants cut to that.
 *
 * <p>Pure functions, for any thread.
 */
public final class Notes {
    private static final int VERSION = 1;

    private Notes() {}

    public static byte[] write(Entry entry) {
        ObjectNode json = begin(entry.key());
        json.put("nature", entry.nature().name());
        json.put("sha256", entry.digest().hex());
        json.put("size", entry.size());
        json.put("base", entry.base());
        json.put("seen", entry.seen().toEpochMilli());
        json.put("validated", entry.validated().toEpochMilli());
        json.set("head", HeadJson.write(entry.head()));
        return HeadJson.MAPPER.writeValueAsBytes(json);
    }

    private static ObjectNode begin(ResourceKey key) {
        ObjectNode json = HeadJson.MAPPER.createObjectNode();
        json.put("v", VERSION);
        json.put("source", key.source());
        json.put("path", key.path());
        if (!key.variant().isEmpty()) {
            json.put("variant", key.variant());
        }
        return json;
    }

    public static byte[] write(Unfinished body) {
        ObjectNode json = begin(body.key());
        json.put("base", body.url().toString());
        json.put("total", body.total());
        json.set("head", HeadJson.write(body.head()));
        return HeadJson.MAPPER.writeValueAsBytes(json);
    }

    /** What is known of a body that is not whole; empty when the bytes are not a whole note of the version this program knows. */
    public static Optional<Unfinished> readUnfinished(byte[] note) {
        try {
            JsonNode json = versioned(note);
            return Optional.of(new Unfinished(
                    key(json),
                    URI.create(text(json, "base")),
                    HeadJson.read(json.path("head")),
                    number(json, "total")));
        } catch (JacksonException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The entry of a note; empty when the bytes are not a whole note of the version this program knows. */
    public static Optional<Entry> read(byte[] note) {
        try {
            JsonNode json = versioned(note);
            return Optional.of(new Entry(
                    key(json),
                    Nature.valueOf(text(json, "nature")),
                    new Digest(text(json, "sha256")),
                    number(json, "size"),
                    HeadJson.read(json.path("head")),
                    URI.create(text(json, "base")).toString(),
                    Instant.ofEpochMilli(number(json, "seen")),
                    Instant.ofEpochMilli(number(json, "validated"))));
        } catch (JacksonException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static JsonNode versioned(byte[] note) {
        JsonNode json = HeadJson.MAPPER.readTree(note);
        if (json.path("v").asInt(0) != VERSION) {
            throw new IllegalArgumentException("v");
        }
        return json;
    }

    private static ResourceKey key(JsonNode json) {
        return new ResourceKey(
                text(json, "source"), text(json, "path"), json.path("variant").asString(""));
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isString()) {
            throw new IllegalArgumentException(field);
        }
        return value.asString();
    }

    private static long number(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.canConvertToLong() || !value.isIntegralNumber()) {
            throw new IllegalArgumentException(field);
        }
        return value.asLong();
    }
}
