package io.forebay.catalog;

import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

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

    /** Bytes; most notes are shorter. */
    private static final int SIZE_EXPECTED = 1024;

    private Notes() {}

    public static byte[] write(Entry entry) {
        return note(entry.key(), entry.head(), json -> {
            json.writeStringProperty("nature", entry.nature().name());
            json.writeStringProperty("sha256", entry.digest().hex());
            json.writeNumberProperty("size", entry.size());
            json.writeStringProperty("base", entry.base());
            json.writeNumberProperty("seen", entry.seen().toEpochMilli());
            json.writeNumberProperty("validated", entry.validated().toEpochMilli());
        });
    }

    private static byte[] note(ResourceKey key, Head head, Consumer<JsonGenerator> properties) {
        ByteArrayOutputStream note = new ByteArrayOutputStream(SIZE_EXPECTED);
        try (JsonGenerator json = HeadJson.MAPPER.createGenerator(note)) {
            json.writeStartObject();
            json.writeNumberProperty("v", VERSION);
            json.writeStringProperty("source", key.source());
            json.writeStringProperty("path", key.path());
            if (!key.variant().isEmpty()) {
                json.writeStringProperty("variant", key.variant());
            }
            properties.accept(json);
            json.writeName("head");
            HeadJson.write(json, head);
            json.writeEndObject();
        }
        return note.toByteArray();
    }

    public static byte[] write(Unfinished body) {
        return note(body.key(), body.head(), json -> {
            json.writeStringProperty("base", body.url().toString());
            json.writeNumberProperty("total", body.total());
        });
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
