package io.forebay.app;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import io.swagger.v3.parser.OpenAPIV3Parser;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The API's own description, as libraries that others use understand it; nothing is looked up elsewhere. */
final class ApiDocument {
    private static final String HERE = "https://forebay.invalid/openapi.json";
    private static final JsonMapper JSON = new JsonMapper();

    private final String text;
    private final JsonNode root;
    private final SchemaRegistry schemas;

    ApiDocument(String text) {
        this.text = text;
        this.root = JSON.readTree(text);
        JsonNode closed = JSON.readTree(text);
        close(closed, false);
        this.schemas = SchemaRegistry.withDialect(
                Dialects.getDraft202012(), builder -> builder.schemas(Map.of(HERE, closed.toString())));
    }

    JsonNode root() {
        return root;
    }

    /** What is wrong with the document itself: its structure, references and parameters, then its schemas. */
    List<String> faults() {
        List<String> faults =
                new ArrayList<>(new OpenAPIV3Parser().readContents(text).getMessages());
        Schema ofSchemas = SchemaRegistry.withDialect(Dialects.getDraft202012())
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
        root.findValues("schema").forEach(schema -> told(ofSchemas.validate(schema), faults));
        root.path("components").path("schemas").forEach(schema -> told(ofSchemas.validate(schema), faults));
        return faults;
    }

    /** What an answer has that the document does not say of the operation, and the other way round; of lines, each is looked at. */
    List<String> faults(String path, String method, HttpResponse<String> answer) {
        String status = Integer.toString(answer.statusCode());
        String type = answer.headers().firstValue("content-type").orElse("").replaceFirst(";.*", "");
        JsonNode content = root.path("paths")
                .path(path)
                .path(method)
                .path("responses")
                .path(status)
                .path("content");
        if (!content.has(type)) {
            return List.of("the document has no " + status + " of " + type);
        }
        List<String> bodies = type.equals("application/x-ndjson")
                ? answer.body().lines().toList()
                : type.equals("application/json") ? List.of(answer.body()) : List.of();
        List<String> faults = new ArrayList<>();
        Schema schema = schemas.getSchema(SchemaLocation.of(HERE + "#/paths/" + part(path) + "/" + method
                + "/responses/" + status + "/content/" + part(type) + "/schema"));
        bodies.forEach(body -> told(schema.validate(JSON.readTree(body)), faults));
        return faults;
    }

    private static String part(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static void told(List<Error> errors, List<String> faults) {
        errors.forEach(error -> faults.add(error.toString()));
    }

    /** For a test, what the document does not name is not to be there; a part of {@code allOf} cannot say so for the rest. */
    private static void close(JsonNode node, boolean isPart) {
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            boolean areParts = entry.getKey().equals("allOf") || entry.getKey().equals("schemas");
            if (areParts) {
                entry.getValue().forEach(part -> close(part, true));
            } else {
                close(entry.getValue(), false);
            }
        }
        if (node.isArray()) {
            node.forEach(element -> close(element, false));
        }
        boolean isShape = node.has("$ref") || node.has("properties") || node.has("allOf");
        if (isShape && !isPart && node instanceof ObjectNode object) {
            object.put("unevaluatedProperties", false);
        }
    }
}
