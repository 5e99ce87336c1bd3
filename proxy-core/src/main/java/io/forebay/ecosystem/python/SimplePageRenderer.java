package io.forebay.ecosystem.python;

import io.forebay.model.ForebayException;
import io.forebay.model.Part;
import io.forebay.model.Renderer;
import io.forebay.model.Rendition;
import io.forebay.model.View;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Renders a project's page of the simple API in one form from the page of one source in either form: PEP 503 and 691, with
 * the links of this repository.
 */
final class SimplePageRenderer implements Renderer {
    private static final String SERIAL = "x-pypi-last-serial";

    private final String project;
    private final SimpleForm form;
    private final String up;
    private final PypiOrigins origins;

    /** @param up goes up from the page to the repository: {@code ../../} or {@code ../../../} */
    SimplePageRenderer(String project, SimpleForm form, String up, PypiOrigins origins) {
        this.project = project;
        this.form = form;
        this.up = up;
        this.origins = origins;
    }

    @Override
    public String id() {
        return "python-simple-page/1 " + form + " " + up + " " + origins.id();
    }

    @Override
    public boolean reachesBack() {
        return true;
    }

    @Override
    public Rendition render(List<Part> parts, View view) {
        if (parts.isEmpty()) {
            throw ForebayException.notFound(project + " is in no source");
        }
        Part part = parts.get(0);
        boolean json = SimplePage.isJson(part.head(), part.body());
        PageWriter writer = writer(json, part);
        ShownFiles shown = new ShownFiles(project, origins.of(part.source()), up, part, view, writer);
        PageHead head = SimplePage.read(part.head(), part.base(), part.body(), new FileLimit(shown));
        if (shown.isEmptiedByDate()) {
            throw nothingThen(part, view, shown.lacksUploadTimes());
        }
        byte[] page = writer.finish(head, shown.versions());
        return new Rendition(form.contentType(), extra(part), page);
    }

    private PageWriter writer(boolean json, Part part) {
        if (!form.isJson()) {
            return new HtmlPageWriter(project);
        }
        return json ? new JsonPageCopy(part.body()) : new JsonPageWriter(project);
    }

    static Map<String, String> extra(Part part) {
        return Optional.ofNullable(part.head().extra().get(SERIAL))
                .map(serial -> Map.of(SERIAL, serial))
                .orElse(Map.of());
    }

    private ForebayException nothingThen(Part part, View view, boolean lacksUploadTimes) {
        LocalDate day = LocalDate.ofInstant(view.before().orElse(part.seen()).minusNanos(1), ZoneOffset.UTC);
        if (lacksUploadTimes) {
            return ForebayException.notFound("dates work for " + project + " from "
                    + LocalDate.ofInstant(part.seen(), ZoneOffset.UTC)
                    + " on: its index does not say when files were uploaded");
        }
        return ForebayException.notFound(project + " had no file on " + day);
    }
}
