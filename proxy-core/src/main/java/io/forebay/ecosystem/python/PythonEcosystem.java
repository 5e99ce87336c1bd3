package io.forebay.ecosystem.python;

import io.forebay.ecosystem.Directory;
import io.forebay.ecosystem.Ecosystem;
import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.Nature;
import io.forebay.model.PackageId;
import io.forebay.model.Plan;
import io.forebay.model.Source;
import io.forebay.model.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Python package indexes: what {@code simple/}, {@code packages/}, {@code files/}, {@code <project>/json} and
 * {@code integrity/} mean (PEP 503, 592, 629, 658, 691, 700, 714, 740; PyPI's JSON API).
 *
 * <p>Stateless and pure; safe for use by many threads. Fails as {@link Ecosystem} says.
 */
public final class PythonEcosystem implements Ecosystem {
    static final String NAME = "python";

    private static final String JSON = "json";
    private static final String PYPI = "pypi";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Directory directory() {
        return PythonDirectory.INSTANCE;
    }

    @Override
    public Plan plan(Target target, List<Source> sources) {
        List<String> segments = target.segments();
        if (segments.isEmpty()) {
            throw ForebayException.notFound("a Python index is found under simple/");
        }
        PypiOrigins origins = new PypiOrigins(sources);
        return switch (segments.get(0)) {
            case "simple" -> simple(target, origins);
            case "packages", "files" -> FilePlans.plan(target, origins);
            case "integrity" -> integrity(target, origins);
            case PYPI -> json(target, segments.subList(1, segments.size()), origins);
            default -> json(target, segments, origins);
        };
    }

    private static Plan simple(Target target, PypiOrigins origins) {
        List<String> segments = target.segments();
        if (segments.size() == 1) {
            return target.directory() ? projects(target, origins) : redirect(target, "simple/");
        }
        if (segments.size() > 2) {
            throw unknown(target);
        }
        String asked = segments.get(1);
        String project = project(asked);
        if (!target.directory()) {
            return redirect(target, project + "/");
        }
        if (!project.equals(asked)) {
            return redirect(target, "../" + project + "/");
        }
        SimpleForm form = SimpleForm.of(target.accept(), target.query());
        List<Candidate> pages = new ArrayList<>();
        for (PypiOrigin origin : origins) {
            pages.add(origin.page(project, target.snapshot()));
        }
        return new Plan.Rendered(
                target.snapshot(),
                Plan.Selection.FIRST,
                pages,
                new SimplePageRenderer(project, form, up(target), origins),
                Optional.of(PackageId.of(NAME, project)));
    }

    private static Plan projects(Target target, PypiOrigins origins) {
        List<Candidate> lists = new ArrayList<>();
        for (PypiOrigin origin : origins) {
            lists.add(origin.projects());
        }
        SimpleForm form = SimpleForm.of(target.accept(), target.query());
        return new Plan.Streamed(target.snapshot(), lists, new ProjectListRenderer(form));
    }

    private static Plan json(Target target, List<String> path, PypiOrigins origins) {
        boolean ofProject = path.size() == 2 && path.get(1).equals(JSON);
        boolean ofVersion = path.size() == 3 && path.get(2).equals(JSON);
        if (!ofProject && !ofVersion) {
            throw unknown(target);
        }
        String project = project(path.get(0));
        Optional<String> version = ofVersion ? Optional.of(path.get(1)) : Optional.empty();
        List<String> upstream = new ArrayList<>(List.of(PYPI, project));
        version.ifPresent(upstream::add);
        upstream.add(JSON);
        List<Candidate> documents = new ArrayList<>();
        for (PypiOrigin origin : origins) {
            documents.add(origin.beside(upstream, "application/json"));
        }
        return new Plan.Rendered(
                target.snapshot(),
                Plan.Selection.FIRST,
                documents,
                new ProjectJsonRenderer(project, up(target), origins),
                Optional.of(new PackageId(NAME, project, version.map(PythonEcosystem::normalVersion))));
    }

    private static Plan integrity(Target target, PypiOrigins origins) {
        List<String> segments = target.segments();
        if (segments.size() != 5 || !segments.get(4).equals("provenance")) {
            throw unknown(target);
        }
        String project = project(segments.get(1));
        List<String> upstream = List.of("integrity", project, segments.get(2), segments.get(3), "provenance");
        List<Candidate> documents = new ArrayList<>();
        for (PypiOrigin origin : origins) {
            documents.add(origin.beside(upstream, "application/vnd.pypi.integrity.v1+json, application/json;q=0.1"));
        }
        PackageId subject = PackageId.of(NAME, project, normalVersion(segments.get(2)));
        return new Plan.Verbatim(Nature.INDEX, target.snapshot(), documents, Optional.of(subject), Optional.empty());
    }

    private static String project(String asked) {
        if (!ProjectName.isLegal(asked)) {
            String shown = asked.length() > 80 ? asked.substring(0, 80) + "..." : asked;
            throw ForebayException.badRequest("illegal project name: " + shown);
        }
        return ProjectName.normalise(asked);
    }

    private static String normalVersion(String version) {
        return VersionText.normalise(version).orElse(version);
    }

    /** From the directory of the request's path up to the repository itself, above the snapshot. */
    private static String up(Target target) {
        int depth = target.segments().size() - (target.directory() ? 0 : 1) + (target.snapshotNamed() ? 1 : 0);
        return "../".repeat(depth);
    }

    private static Plan redirect(Target target, String location) {
        Optional<String> query =
                target.query().filter(text -> !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7f));
        return new Plan.Redirect(location + query.map(text -> "?" + text).orElse(""));
    }

    private static ForebayException unknown(Target target) {
        String path = target.path();
        return ForebayException.notFound(
                "nothing of a Python index is called " + (path.length() > 200 ? path.substring(0, 200) + "..." : path));
    }
}
