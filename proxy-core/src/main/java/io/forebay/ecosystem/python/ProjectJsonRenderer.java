package io.forebay.ecosystem.python;

import io.forebay.model.ForebayException;
import io.forebay.model.Part;
import io.forebay.model.Renderer;
import io.forebay.model.Rendition;
import io.forebay.model.View;
import java.util.List;

/**
 * Renders PyPI's own JSON of a project or of one version: the origin's bytes with the URLs of files on allowed hosts made
 * relative to this repository, and without the files that the gate does not allow.
 */
final class ProjectJsonRenderer implements Renderer {
    private final String project;
    private final String up;
    private final PypiOrigins origins;

    ProjectJsonRenderer(String project, String up, PypiOrigins origins) {
        this.project = project;
        this.up = up;
        this.origins = origins;
    }

    @Override
    public String id() {
        return "python-project-json/1 " + up + " " + origins.id();
    }

    @Override
    public Rendition render(List<Part> parts, View view) {
        if (parts.isEmpty()) {
            throw ForebayException.notFound(project + " is in no source");
        }
        Part part = parts.get(0);
        if (view.before().filter(end -> !part.seen().isBefore(end)).isPresent()) {
            throw ForebayException.notFound("dates work for the JSON of " + project
                    + " from the day of its first revision on;" + " ask simple/" + project + "/ for an earlier one");
        }
        byte[] body = new ProjectJson(project, origins.of(part.source()), up, part, view).rewrite();
        return new Rendition("application/json", SimplePageRenderer.extra(part), body);
    }
}
