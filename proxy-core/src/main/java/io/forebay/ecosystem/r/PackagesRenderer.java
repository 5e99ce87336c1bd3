package io.forebay.ecosystem.r;

import io.forebay.model.PackageId;
import io.forebay.model.Part;
import io.forebay.model.Renderer;
import io.forebay.model.Rendition;
import io.forebay.model.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes one index of those of several sources. The first source that has a package's name owns it with all its versions, so
 * that nobody can put a newer version of a private package into a public repository; what policy forbids is left out after
 * that, so that a forbidden private package does not open its name to others. Immutable.
 */
final class PackagesRenderer implements Renderer {
    private final PackagesForm form;

    PackagesRenderer(PackagesForm form) {
        this.form = form;
    }

    @Override
    public String id() {
        return "r-packages-" + form.file();
    }

    @Override
    public Rendition render(List<Part> parts, View view) {
        Map<String, Integer> owners = new HashMap<>();
        List<PackageRow> rows = new ArrayList<>();
        for (int source = 0; source < parts.size(); source++) {
            for (PackageRow row : PackagesReader.read(parts.get(source).body(), field -> true)) {
                String name = row.value("Package").orElseThrow();
                Integer owner = owners.putIfAbsent(name, source);
                if ((owner == null || owner == source) && isAllowed(name, row, view)) {
                    rows.add(row);
                }
            }
        }
        return new Rendition(form.contentType(), Map.of(), new PackagesWriter(rows).write(form));
    }

    private static boolean isAllowed(String name, PackageRow row, View view) {
        PackageId id = new PackageId(REcosystem.NAME, name, row.value("Version"));
        return view.gate().allows(id);
    }
}
