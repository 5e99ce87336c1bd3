package io.forebay.ecosystem.python;

import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/** Writes JSON from HTML: the members that HTML has, and none that it has not (PEP 691). */
final class JsonPageWriter implements PageWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(8192);
    private final JsonGenerator json = JsonPage.JSON.createGenerator(ObjectWriteContext.empty(), out);

    JsonPageWriter(String project) {
        json.writeStartObject();
        json.writeStringProperty("name", project);
        json.writeArrayPropertyStart("files");
    }

    @Override
    public void file(ShownFile shown) {
        PageFile file = shown.file();
        json.writeStartObject();
        json.writeStringProperty("filename", file.name());
        json.writeStringProperty("url", shown.href());
        hashes("hashes", file.hashes());
        file.requiresPython().ifPresent(value -> json.writeStringProperty("requires-python", value));
        file.yanked().ifPresent(this::yanked);
        shown.metadata().ifPresent(hashes -> {
            for (String key : new String[] {"core-metadata", "dist-info-metadata", "data-dist-info-metadata"}) {
                if (hashes.isEmpty()) {
                    json.writeBooleanProperty(key, true);
                } else {
                    hashes(key, hashes);
                }
            }
        });
        file.signed().ifPresent(value -> json.writeBooleanProperty("gpg-sig", value));
        shown.provenance().ifPresent(url -> json.writeStringProperty("provenance", url));
        json.writeEndObject();
    }

    @Override
    public byte[] finish(PageHead head, Optional<Set<String>> versions) {
        json.writeEndArray();
        json.writeObjectPropertyStart("meta");
        // Later versions of the API promise members that HTML does not have.
        json.writeStringProperty("api-version", "1.0");
        json.writeEndObject();
        json.writeEndObject();
        json.close();
        return out.toByteArray();
    }

    private void yanked(String reason) {
        if (reason.isEmpty()) {
            json.writeBooleanProperty("yanked", true);
        } else {
            json.writeStringProperty("yanked", reason);
        }
    }

    private void hashes(String name, Map<String, String> hashes) {
        json.writeObjectPropertyStart(name);
        hashes.forEach(json::writeStringProperty);
        json.writeEndObject();
    }
}
