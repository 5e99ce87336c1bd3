package io.forebay.ecosystem.python;

import io.forebay.model.ForebayException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** Reads a project's page in JSON (PEP 691) token by token. One reader serves one page and one thread. */
final class JsonPage {
    /** Names, URLs and reasons are short; long texts such as readmes are skipped or copied without being read. */
    private static final int TEXT_MAX = 1024 * 1024;

    static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxStringLength(TEXT_MAX).build())
            .build();

    private final JsonParser parser;
    private final PageVisitor visitor;

    private String apiVersion = PageHead.SILENT.apiVersion();
    private List<String> tracks = List.of();
    private List<String> alternateLocations = List.of();
    private Optional<String> status = Optional.empty();
    private Optional<String> statusReason = Optional.empty();
    private Optional<String> serial = Optional.empty();

    private JsonPage(JsonParser parser, PageVisitor visitor) {
        this.parser = parser;
        this.visitor = visitor;
    }

    /**
     * Reads a page.
     *
     * @throws ForebayException of kind {@code ORIGIN_INVALID} when it is not such a page
     */
    static PageHead read(byte[] body, PageVisitor visitor) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), body)) {
            return new JsonPage(parser, visitor).page();
        } catch (JacksonException e) {
            throw ForebayException.originInvalid("the origin's page is not valid JSON");
        }
    }

    private PageHead page() {
        expect(parser.nextToken(), JsonToken.START_OBJECT, "an object");
        if (start() < 0) {
            throw invalid("UTF-8");
        }
        boolean files = false;
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            if (name.equals("files")) {
                if (files) {
                    throw invalid("\"files\" once");
                }
                expect(token, JsonToken.START_ARRAY, "\"files\" as a list");
                files = true;
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    expect(parser.currentToken(), JsonToken.START_OBJECT, "objects in \"files\"");
                    visitor.file(file());
                }
                continue;
            }
            int start = start();
            member(name);
            visitor.member(name, start, end());
        }
        if (!files || parser.nextToken() != null) {
            throw invalid("one object with \"files\" in it");
        }
        return new PageHead(apiVersion, tracks, alternateLocations, status, statusReason, serial);
    }

    private void member(String name) {
        switch (name) {
            case "meta" -> {
                eachMember(key -> {
                    switch (key) {
                        case "api-version" -> apiVersion = text().orElse(apiVersion);
                        case "_last-serial" -> serial = scalar();
                        case "tracks" -> tracks = texts();
                        default -> parser.skipChildren();
                    }
                });
            }
            case "alternate-locations" -> alternateLocations = texts();
            case "project-status" -> {
                eachMember(key -> {
                    if (key.equals("status")) {
                        status = text();
                    } else if (key.equals("reason")) {
                        statusReason = text();
                    } else {
                        parser.skipChildren();
                    }
                });
            }
            default -> parser.skipChildren();
        }
    }

    private PageFile file() {
        int start = start();
        Fields fields = new Fields();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            parser.nextToken();
            field(fields, name);
        }
        if (fields.name.isEmpty() || fields.url.isEmpty()) {
            throw invalid("\"filename\" and \"url\" of every file");
        }
        JsonSpan span = new JsonSpan(start, end(), fields.values);
        return new PageFile(
                fields.name.get(),
                withoutFragment(fields.url.get()),
                fields.hashes,
                fields.requiresPython,
                fields.yanked,
                fields.metadata,
                fields.signed,
                fields.provenance,
                fields.uploadTime,
                fields.size,
                Optional.of(span));
    }

    private void field(Fields fields, String name) {
        switch (name) {
            case "filename" -> fields.name = text();
            case "url" -> replaceable(fields, name, () -> fields.url = text());
            case "hashes" -> fields.hashes = hashes();
            case "requires-python" -> fields.requiresPython = text();
            case "yanked" -> {
                fields.yanked = parser.currentToken() == JsonToken.VALUE_TRUE
                        ? Optional.of("")
                        : text().filter(reason -> !reason.isEmpty());
            }
            case "core-metadata", "dist-info-metadata", "data-dist-info-metadata" -> {
                replaceable(fields, name, () -> {
                    if (fields.metadata.isPresent()) {
                        parser.skipChildren();
                    } else {
                        fields.metadata = metadata();
                    }
                });
            }
            case "gpg-sig" -> fields.signed = flag();
            case "provenance" -> replaceable(fields, name, () -> fields.provenance = text());
            case "upload-time" -> fields.uploadTime = text();
            case "size" -> fields.size = number();
            default -> parser.skipChildren();
        }
    }

    /** A member that the answer may have to say differently: saying it twice would let one through as it is. */
    private void replaceable(Fields fields, String name, Runnable read) {
        for (JsonSpan.Value value : fields.values) {
            if (value.name().equals(name)) {
                throw invalid("\"" + name + "\" of a file once");
            }
        }
        int start = start();
        read.run();
        fields.values.add(new JsonSpan.Value(name, start, end()));
    }

    private Optional<Map<String, String>> metadata() {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            return Optional.of(hashes());
        }
        return flag().filter(advertised -> advertised).map(advertised -> Map.of());
    }

    private Map<String, String> hashes() {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return Map.of();
        }
        Map<String, String> hashes = Map.of();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            parser.nextToken();
            Optional<String> value = text();
            if (value.isPresent()) {
                hashes = with(hashes, name, value.get());
            }
        }
        return hashes;
    }

    /** Nearly every file has one hash: a map that can grow would be the largest part of what is read of it. */
    private static Map<String, String> with(Map<String, String> hashes, String name, String value) {
        if (hashes.isEmpty()) {
            return Map.of(name, value);
        }
        Map<String, String> grown = hashes instanceof LinkedHashMap ? hashes : new LinkedHashMap<>(hashes);
        grown.put(name, value);
        return grown;
    }

    /** Calls back with the parser on each member's value; what is no object has no members. */
    private void eachMember(Consumer<String> reader) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            parser.nextToken();
            reader.accept(name);
        }
    }

    private List<String> texts() {
        List<String> texts = new ArrayList<>();
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                text().ifPresent(texts::add);
            }
        }
        return texts;
    }

    private Optional<String> text() {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return Optional.of(parser.getString());
        }
        parser.skipChildren();
        return Optional.empty();
    }

    private Optional<String> scalar() {
        if (parser.currentToken().isScalarValue()) {
            return Optional.of(parser.getString());
        }
        parser.skipChildren();
        return Optional.empty();
    }

    private Optional<Boolean> flag() {
        JsonToken token = parser.currentToken();
        parser.skipChildren();
        return token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE
                ? Optional.of(token == JsonToken.VALUE_TRUE)
                : Optional.empty();
    }

    private OptionalLong number() {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            parser.skipChildren();
            return OptionalLong.empty();
        }
        long value = parser.getLongValue();
        return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private int start() {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    private int end() {
        parser.finishToken();
        return (int) parser.currentLocation().getByteOffset();
    }

    private static String withoutFragment(String url) {
        int fragment = url.indexOf('#');
        return fragment < 0 ? url : url.substring(0, fragment);
    }

    private static void expect(JsonToken found, JsonToken wanted, String what) {
        if (found != wanted) {
            throw invalid(what);
        }
    }

    private static ForebayException invalid(String wanted) {
        return ForebayException.originInvalid("the origin's page is no simple API page (PEP 691): it lacks " + wanted);
    }

    /** Members of one file as they come in. */
    private static final class Fields {
        private Optional<String> name = Optional.empty();
        private Optional<String> url = Optional.empty();
        private Map<String, String> hashes = Map.of();
        private Optional<String> requiresPython = Optional.empty();
        private Optional<String> yanked = Optional.empty();
        private Optional<Map<String, String>> metadata = Optional.empty();
        private Optional<Boolean> signed = Optional.empty();
        private Optional<String> provenance = Optional.empty();
        private Optional<String> uploadTime = Optional.empty();
        private OptionalLong size = OptionalLong.empty();
        private final List<JsonSpan.Value> values = new ArrayList<>(4);
    }
}
