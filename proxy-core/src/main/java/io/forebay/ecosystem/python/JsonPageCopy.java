package io.forebay.ecosystem.python;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;

/**
 * Writes JSON from JSON: the bytes of the origin's page with other values only where this repository has something else to
 * say. What no PEP knows yet is copied like the rest.
 */
final class JsonPageCopy implements PageWriter {
    private static final List<String> METADATA_KEYS =
            List.of("core-metadata", "dist-info-metadata", "data-dist-info-metadata");

    private final byte[] page;
    private final Splice out;
    private int versionsStart;
    private int versionsEnd;
    private boolean filesBegun;
    private boolean inFiles;
    private boolean empty = true;

    JsonPageCopy(byte[] page) {
        this.page = page;
        this.out = new Splice(page);
        out.write("{");
    }

    @Override
    public void member(String name, int start, int end) {
        if (name.equals("versions")) {
            versionsStart = start;
            versionsEnd = end;
            return;
        }
        name(name);
        out.copy(start, end);
    }

    @Override
    public void file(ShownFile shown) {
        if (inFiles) {
            out.write(",");
        } else {
            name("files");
            out.write("[");
            inFiles = true;
            filesBegun = true;
        }
        JsonSpan span = shown.file().span().orElseThrow();
        int at = span.start();
        for (JsonSpan.Value value : span.values()) {
            Optional<String> other = replacement(value.name(), shown);
            if (other.isPresent()) {
                out.copy(at, value.start());
                out.write(other.get());
                at = value.end();
            }
        }
        int brace = span.end() - 1;
        out.copy(at, brace);
        shown.cut().ifPresent(digest -> {
            for (String key : METADATA_KEYS) {
                if (span.value(key).isEmpty()) {
                    out.write(",\"" + key + "\":{\"sha256\":\"" + digest.hex() + "\"}");
                }
            }
        });
        out.copy(brace, span.end());
    }

    /** URLs are percent-encoded here, so nothing in them needs an escape. */
    private static Optional<String> replacement(String name, ShownFile shown) {
        return switch (name) {
            case "url" -> Optional.of("\"" + shown.href() + "\"");
            case "provenance" ->
                shown.provenance().equals(shown.file().provenance())
                        ? Optional.empty()
                        : Optional.of(
                                shown.provenance().map(url -> "\"" + url + "\"").orElse("null"));
            default -> shown.cut().map(digest -> "{\"sha256\":\"" + digest.hex() + "\"}");
        };
    }

    @Override
    public byte[] finish(PageHead head, Optional<Set<String>> versions) {
        if (!filesBegun) {
            name("files");
            out.write("[]");
        }
        if (versionsEnd > 0) {
            name("versions");
            if (versions.isPresent()) {
                reduced(versions.get());
            } else {
                out.copy(versionsStart, versionsEnd);
            }
        }
        endFiles();
        out.write("}");
        return out.join();
    }

    private void reduced(Set<String> versions) {
        ByteArrayOutputStream list = new ByteArrayOutputStream(versionsEnd - versionsStart);
        try (JsonParser parser = JsonPage.JSON.createParser(
                        ObjectReadContext.empty(), page, versionsStart, versionsEnd - versionsStart);
                JsonGenerator json = JsonPage.JSON.createGenerator(ObjectWriteContext.empty(), list)) {
            json.writeStartArray();
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING && versions.contains(VersionText.equalityKey(parser.getString()))) {
                    json.writeString(parser.getString());
                }
            }
            json.writeEndArray();
        }
        out.write(list.toByteArray());
    }

    private void name(String name) {
        endFiles();
        if (!empty) {
            out.write(",");
        }
        empty = false;
        out.write(JsonText.quote(name));
        out.write(":");
    }

    private void endFiles() {
        if (inFiles) {
            inFiles = false;
            out.write("]");
        }
    }
}
