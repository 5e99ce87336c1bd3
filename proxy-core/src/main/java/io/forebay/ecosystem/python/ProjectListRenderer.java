package io.forebay.ecosystem.python;

import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import io.forebay.model.StreamRenderer;
import java.io.BufferedInputStream;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jsoup.nodes.Element;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;

/**
 * Rewrites the list of all projects from either form to either, one project at a time. JSON to JSON is a copy: it holds
 * names and no links.
 */
final class ProjectListRenderer implements StreamRenderer {
    /** Enough to see whether a page of an unknown media type begins with a brace or an angle. */
    private static final int START_BYTES = 64;

    private static final int BUFFER_BYTES = 16 * 1024;

    private final SimpleForm form;

    ProjectListRenderer(SimpleForm form) {
        this.form = form;
    }

    @Override
    public String id() {
        return "python-project-list/1 " + form;
    }

    @Override
    public String contentType() {
        return form.contentType();
    }

    @Override
    public void render(Head head, InputStream page, OutputStream out) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(page, BUFFER_BYTES);
        buffered.mark(START_BYTES);
        byte[] start = buffered.readNBytes(START_BYTES);
        buffered.reset();
        boolean json = SimplePage.isJson(head, start);
        if (json && form.isJson()) {
            buffered.transferTo(out);
            return;
        }
        try (Names names = form.isJson() ? new JsonNames(out) : new HtmlNames(out)) {
            if (json) {
                fromJson(buffered, names);
            } else {
                fromHtml(buffered, head, names);
            }
            names.end();
        } catch (JacksonException e) {
            throw ForebayException.originInvalid("the origin's list of projects is not valid JSON");
        }
    }

    /** The legal names of such a list, as the list spells them. */
    static void names(Head head, InputStream page, Consumer<String> taken) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(page, BUFFER_BYTES);
        buffered.mark(START_BYTES);
        boolean json = SimplePage.isJson(head, buffered.readNBytes(START_BYTES));
        buffered.reset();
        Names names = new TakenNames(taken);
        try {
            if (json) {
                fromJson(buffered, names);
            } else {
                fromHtml(buffered, head, names);
            }
        } catch (JacksonException e) {
            throw ForebayException.originInvalid("the origin's list of projects is not valid JSON");
        }
    }

    private static void fromJson(InputStream page, Names names) throws IOException {
        // The caller's stream stays open: the parser closes only what it opened itself.
        try (JsonParser parser = JsonPage.JSON.createParser(ObjectReadContext.empty(), new Unclosed(page))) {
            boolean projects = false;
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                for (String key = parser.nextName(); key != null; key = parser.nextName()) {
                    JsonToken value = parser.nextToken();
                    if (key.equals("projects") && value == JsonToken.START_ARRAY) {
                        projects = true;
                        projects(parser, names);
                    } else {
                        parser.skipChildren();
                    }
                }
            }
            if (!projects) {
                throw ForebayException.originInvalid("the origin's list of projects is no simple API page (PEP 691)");
            }
        }
    }

    private static void projects(JsonParser parser, Names names) throws IOException {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                continue;
            }
            for (String key = parser.nextName(); key != null; key = parser.nextName()) {
                if (parser.nextToken() == JsonToken.VALUE_STRING && key.equals("name")) {
                    names.name(parser.getString());
                } else {
                    parser.skipChildren();
                }
            }
        }
    }

    private static void fromHtml(InputStream page, Head head, Names names) throws IOException {
        try (Reader reader = HtmlPage.reader(new Unclosed(page), head.contentType())) {
            HtmlElements.read(reader, element -> project(element, names));
        }
    }

    private static void project(Element element, Names names) {
        if (!element.normalName().equals("a")) {
            return;
        }
        String[] segments = element.attr("href").split("/", -1);
        String inHref = Arrays.stream(segments).filter(s -> !s.isEmpty()).reduce("", (first, last) -> last);
        String text = element.text().strip();
        try {
            names.name(ProjectName.isLegal(text) ? text : Percent.decode(inHref));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes the projects of the list; those with illegal names are left out. Closing closes nothing of the caller's. */
    private interface Names extends AutoCloseable {
        void name(String name) throws IOException;

        void end() throws IOException;

        @Override
        void close();
    }

    private record TakenNames(Consumer<String> taken) implements Names {
        @Override
        public void name(String name) {
            if (ProjectName.isLegal(name)) {
                taken.accept(name);
            }
        }

        @Override
        public void end() {}

        @Override
        public void close() {}
    }

    private static final class JsonNames implements Names {
        private final JsonGenerator json;

        JsonNames(OutputStream out) {
            json = JsonPage.JSON.createGenerator(ObjectWriteContext.empty(), out);
            json.writeStartObject();
            json.writeObjectPropertyStart("meta");
            json.writeStringProperty("api-version", "1.0");
            json.writeEndObject();
            json.writeArrayPropertyStart("projects");
        }

        @Override
        public void name(String name) {
            if (ProjectName.isLegal(name)) {
                json.writeStartObject();
                json.writeStringProperty("name", name);
                json.writeEndObject();
            }
        }

        @Override
        public void end() {
            json.writeEndArray();
            json.writeEndObject();
            json.flush();
        }

        @Override
        public void close() {}
    }

    private static final class HtmlNames implements Names {
        private final Writer html;

        HtmlNames(OutputStream out) throws IOException {
            html = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), BUFFER_BYTES);
            html.write("""
                    <!DOCTYPE html>
                    <html>
                    <head>
                    <meta charset="utf-8">
                    <meta name="pypi:repository-version" content="1.0">
                    <title>Simple index</title>
                    </head>
                    <body>
                    """);
        }

        @Override
        public void name(String name) throws IOException {
            if (ProjectName.isLegal(name)) {
                html.write("<a href=\"" + ProjectName.normalise(name) + "/\">" + name + "</a><br>\n");
            }
        }

        @Override
        public void end() throws IOException {
            html.write("</body>\n</html>\n");
            html.flush();
        }

        @Override
        public void close() {}
    }
}
