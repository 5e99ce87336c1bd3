package io.forebay.ecosystem.python;

import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.PackageId;
import io.forebay.model.Part;
import io.forebay.model.ResourceKey;
import io.forebay.model.Snapshot;
import io.forebay.model.Source;
import io.forebay.model.Target;
import io.forebay.model.View;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Sources, targets and pages that the tests of this package share. */
final class Fixtures {
    static final String JSON = "application/vnd.pypi.simple.v1+json";
    static final String HTML = "text/html";
    static final Source PYPI = source("pypi", "https://pypi.org", "https://files.pythonhosted.org");
    static final URI BASE = URI.create("https://pypi.org/simple/demo/");
    static final Instant SEEN = Instant.parse("2026-05-01T12:00:00Z");
    static final String FILES = "https://files.pythonhosted.org/packages/";
    static final String HEX60 = "5eb343847601ae32ead399e1ae01b9ad49eb1a83cd8ed3e30b096990fb54";

    private Fixtures() {}

    static Source source(String name, String url, String... hosts) {
        List<URI> fileHosts = Arrays.stream(hosts).map(URI::create).toList();
        return new Source(name, "pypi", URI.create(url), fileHosts, Optional.empty());
    }

    static Target target(String path) {
        return target(path, Optional.empty(), true);
    }

    /** @param path below the repository and the snapshot, decoded; a slash at its end makes it a directory */
    static Target target(String path, Optional<String> accept, boolean snapshotNamed) {
        int question = path.indexOf('?');
        Optional<String> query = question < 0 ? Optional.empty() : Optional.of(path.substring(question + 1));
        String plain = question < 0 ? path : path.substring(0, question);
        List<String> segments =
                Arrays.stream(plain.split("/", -1)).filter(s -> !s.isEmpty()).toList();
        boolean directory = plain.isEmpty() || plain.endsWith("/");
        return new Target("pypi", Snapshot.LATEST, snapshotNamed, segments, directory, query, accept, Optional.empty());
    }

    static Part part(String contentType, String body) {
        return part(contentType, body, Map.of());
    }

    static Part part(String contentType, String body, Map<String, Digest> cut) {
        Head head = new Head(Optional.of(contentType), Optional.empty(), Optional.empty(), Optional.empty(), Map.of());
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return new Part("pypi", ResourceKey.of("pypi", "simple/demo/"), BASE, head, SEEN, cut, bytes);
    }

    static View everything() {
        return new View(Optional.empty(), View.Gate.open());
    }

    static View before(String instant) {
        return new View(Optional.of(Instant.parse(instant)), View.Gate.open());
    }

    static View gated(Predicate<PackageId> rule) {
        return new View(Optional.empty(), new View.Gate() {
            @Override
            public boolean allows(PackageId id) {
                return rule.test(id);
            }

            @Override
            public boolean isAbout(String ecosystem, String packageName) {
                return true;
            }

            @Override
            public String epoch() {
                return "test";
            }
        });
    }

    static String render(SimpleForm form, Part part, View view) {
        return render(form, part, view, "../../../", PYPI);
    }

    static String render(SimpleForm form, Part part, View view, String up, Source source) {
        SimplePageRenderer renderer = new SimplePageRenderer("demo", form, up, new PypiOrigins(List.of(source)));
        return new String(renderer.render(List.of(part), view).body(), StandardCharsets.UTF_8);
    }
}
