package io.forebay.ecosystem.python;

import io.forebay.model.Digest;
import io.forebay.model.PackageId;
import io.forebay.model.Part;
import io.forebay.model.View;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Lets through to a writer what of a page may be shown: by the hosts, by the date and by the gate. For one page. */
final class ShownFiles implements PageVisitor {
    private final String project;
    private final PypiOrigin origin;
    private final String up;
    private final Part part;
    private final View view;
    private final PageWriter writer;
    private final boolean dated;
    private final boolean gated;

    private final List<String> shown = new ArrayList<>();
    private int seen;
    private boolean leftOutByDate;
    private boolean lacksUploadTimes;

    ShownFiles(String project, PypiOrigin origin, String up, Part part, View view, PageWriter writer) {
        this.project = project;
        this.origin = origin;
        this.up = up;
        this.part = part;
        this.view = view;
        this.writer = writer;
        // A revision of that day, or the origin's own page of it, is the state of that day as it stands.
        this.dated = view.before().filter(end -> !part.seen().isBefore(end)).isPresent()
                && part.key().variant().isEmpty();
        this.gated = view.gate().isAbout(PythonEcosystem.NAME, project);
    }

    @Override
    public void member(String name, int start, int end) {
        writer.member(name, start, end);
    }

    @Override
    public void file(PageFile file) {
        seen++;
        Optional<FileLink> link = origin.link(part.base(), file.url(), up);
        if (link.isEmpty() || (dated && !isFromBefore(file)) || (gated && !isAllowed(file))) {
            return;
        }
        shown.add(file.name());
        writer.file(new ShownFile(file, link.get().href(), provenance(file), cut(file, link.get())));
    }

    /** Equality keys of the versions that have a file; empty when every file is shown. */
    Optional<Set<String>> versions() {
        if (shown.size() == seen) {
            return Optional.empty();
        }
        Set<String> versions = new HashSet<>();
        for (String name : shown) {
            FileName.versionOf(name, project).map(VersionText::equalityKey).ifPresent(versions::add);
        }
        return Optional.of(versions);
    }

    boolean isEmptiedByDate() {
        return leftOutByDate && shown.isEmpty();
    }

    /** Whether a file was left out because nobody knows when it was uploaded. */
    boolean lacksUploadTimes() {
        return lacksUploadTimes;
    }

    private boolean isFromBefore(PageFile file) {
        Optional<Instant> uploaded = uploaded(file);
        boolean before = uploaded.isPresent()
                && view.before().filter(uploaded.get()::isBefore).isPresent();
        lacksUploadTimes |= uploaded.isEmpty();
        leftOutByDate |= !before;
        return before;
    }

    private boolean isAllowed(PageFile file) {
        PackageId id = new PackageId(PythonEcosystem.NAME, project, FileName.versionOf(file.name(), project));
        return view.gate().allows(id);
    }

    private Optional<String> provenance(PageFile file) {
        return file.provenance()
                .flatMap(reference -> ResolvedLink.resolve(part.base(), reference))
                .map(URI::toString);
    }

    private Optional<Digest> cut(PageFile file, FileLink link) {
        if (part.cut().isEmpty() || !link.plain() || file.metadata().isPresent()) {
            return Optional.empty();
        }
        return Optional.ofNullable(part.cut().get(link.key()));
    }

    private static Optional<Instant> uploaded(PageFile file) {
        return file.uploadTime().flatMap(ShownFiles::instant);
    }

    static Optional<Instant> instant(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
