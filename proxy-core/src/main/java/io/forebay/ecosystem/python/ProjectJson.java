package io.forebay.ecosystem.python;

import io.forebay.model.ForebayException;
import io.forebay.model.PackageId;
import io.forebay.model.Part;
import io.forebay.model.View;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/** Rewrites one document of PyPI's JSON API: its lists of files stand in {@code urls} and {@code releases.*}. */
final class ProjectJson {
    private final String project;
    private final PypiOrigin origin;
    private final String up;
    private final Part part;
    private final View.Gate gate;
    private final Splice out;
    private int copied;

    ProjectJson(String project, PypiOrigin origin, String up, Part part, View view) {
        this.project = project;
        this.origin = origin;
        this.up = up;
        this.part = part;
        this.gate = view.gate();
        this.out = new Splice(part.body());
    }

    byte[] rewrite() {
        byte[] body = part.body();
        try (JsonParser parser = JsonPage.JSON.createParser(ObjectReadContext.empty(), body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT
                    || parser.currentTokenLocation().getByteOffset() < 0) {
                throw ForebayException.originInvalid("the origin's JSON of " + project + " is no object in UTF-8");
            }
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                JsonToken value = parser.nextToken();
                if (name.equals("urls") && value == JsonToken.START_ARRAY) {
                    files(parser);
                } else if (name.equals("releases") && value == JsonToken.START_OBJECT) {
                    releases(parser);
                } else {
                    parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                throw ForebayException.originInvalid("the origin's JSON of " + project + " goes on behind its end");
            }
        } catch (JacksonException e) {
            throw ForebayException.originInvalid("the origin's JSON of " + project + " is not valid");
        }
        copyTo(body.length);
        return out.join();
    }

    private void releases(JsonParser parser) {
        while (parser.nextName() != null) {
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                files(parser);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void files(JsonParser parser) {
        copyTo(end(parser));
        String separator = "";
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            int start = start(parser);
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw ForebayException.originInvalid(
                        "the origin's JSON of " + project + " lists a file that is no object");
            }
            File file = file(parser);
            int end = end(parser);
            copied = end;
            if (!gate.allows(new PackageId(PythonEcosystem.NAME, project, version(file)))) {
                continue;
            }
            out.write(separator);
            separator = ",";
            Optional<String> href = file.url.flatMap(this::href);
            if (href.isPresent()) {
                out.copy(start, file.urlStart);
                out.write("\"" + href.get() + "\"");
                out.copy(file.urlEnd, end);
            } else {
                out.copy(start, end);
            }
        }
        copied = start(parser);
    }

    private File file(JsonParser parser) {
        File file = new File();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            boolean text = parser.nextToken() == JsonToken.VALUE_STRING;
            if (text && name.equals("filename")) {
                file.name = parser.getString();
            } else if (text && name.equals("url")) {
                if (file.url.isPresent()) {
                    throw ForebayException.originInvalid(
                            "the origin's JSON of " + project + " has a file with two URLs");
                }
                file.urlStart = start(parser);
                file.url = Optional.of(parser.getString());
                file.urlEnd = end(parser);
            } else {
                parser.skipChildren();
            }
        }
        return file;
    }

    private Optional<String> version(File file) {
        return FileName.versionOf(file.name, project);
    }

    private Optional<String> href(String url) {
        return origin.link(part.base(), url, up).map(FileLink::href);
    }

    private void copyTo(int end) {
        out.copy(copied, end);
        copied = end;
    }

    private static int start(JsonParser parser) {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    private static int end(JsonParser parser) {
        parser.finishToken();
        return (int) parser.currentLocation().getByteOffset();
    }

    /** What is read of one file. */
    private static final class File {
        private String name = "";
        private Optional<String> url = Optional.empty();
        private int urlStart;
        private int urlEnd;
    }
}
