package io.forebay.ecosystem.r;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.ecosystem.Directory;
import io.forebay.ecosystem.Ecosystem;
import io.forebay.model.Candidate;
import io.forebay.model.Listed;
import io.forebay.model.ListingReader;
import io.forebay.model.Nature;
import io.forebay.model.PackageId;
import io.forebay.model.Plan;
import io.forebay.model.Source;
import io.forebay.model.Target;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * CRAN, Bioconductor and every repository of their layout. Immutable, safe for use by many threads. Everything a single
 * source has is passed on as it is; the index of several sources, or one that policy filters, is computed. Follows "Setting
 * up a package repository" of "R Installation and Administration".
 */
public final class REcosystem implements Ecosystem {
    /** The types of sources it understands. */
    public static final Set<String> TYPES = Set.of("cran", "bioconductor");

    static final String NAME = "r";

    /** Directories: sources times their trees, platforms and dates in use (about 4 KiB each). */
    private static final int INDEXES_MAX = 1_000;

    private final boolean filterIndexes;
    private final Cache<IndexOf, List<Candidate>> indexes = Caffeine.newBuilder()
            .maximumSize(INDEXES_MAX)
            .executor(Runnable::run)
            .build();

    /** The index of a single source is passed on bit for bit, whatever policy says of single packages. */
    public REcosystem() {
        this(false);
    }

    /**
     * Chooses how the index of a single source is made.
     *
     * @param filterIndexes whether packages that policy forbids are left out of it; it is no longer the origin's file then
     */
    public REcosystem(boolean filterIndexes) {
        this.filterIndexes = filterIndexes;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Directory directory() {
        return RDirectory.INSTANCE;
    }

    @Override
    public Plan plan(Target target, List<Source> sources) {
        RPath path = RPath.of(target);
        Optional<PackageFile> file = path.packageFile();
        Optional<PackagesForm> form = path.form();
        List<Origin> origins =
                sources.stream().map(source -> origin(source, target)).toList();
        if (form.isPresent()) {
            return index(path, form.get(), target, origins);
        }
        return new Plan.Verbatim(
                file.isPresent() ? Nature.ARTIFACT : Nature.INDEX,
                target.snapshot(),
                origins.stream()
                        .map(origin -> resource(path, file, origin, origins.size() > 1))
                        .toList(),
                path.subject(),
                Optional.empty());
    }

    private static Origin origin(Source source, Target target) {
        return new Origin(source, target.snapshot(), target.userAgent().flatMap(Platform::ofUserAgent), target.query());
    }

    private Plan index(RPath path, PackagesForm form, Target target, List<Origin> origins) {
        if (origins.size() > 1 || filterIndexes) {
            RPath part = path.withForm(PackagesForm.GZIP);
            return new Plan.Rendered(
                    target.snapshot(),
                    Plan.Selection.ALL,
                    origins.stream().map(origin -> origin.index(part)).toList(),
                    new PackagesRenderer(form),
                    Optional.empty());
        }
        return new Plan.Verbatim(
                Nature.INDEX,
                target.snapshot(),
                origins.stream().map(origin -> origin.index(path)).toList(),
                Optional.empty(),
                Optional.empty());
    }

    private Candidate resource(RPath path, Optional<PackageFile> file, Origin origin, boolean shared) {
        boolean negotiated = origin.negotiates(path);
        if (file.isPresent()) {
            Candidate artifact = origin.artifact(path);
            // The index of negotiated binaries lists no checksums: it is read only where it says whose the name is.
            ListingReader reader = negotiated
                    ? PackagesListingReader.namesOnly()
                    : PackagesListingReader.of(path.tree().orElseThrow());
            return negotiated && !shared
                    ? artifact
                    : artifact.withListing(
                            listed(path, origin, reader, file.get().packageName()));
        }
        Optional<String> owner =
                shared && path.tree().isPresent() ? path.subject().map(PackageId::name) : Optional.empty();
        Candidate page = origin.page(path);
        return owner.map(name -> page.withListing(listed(path, origin, PackagesListingReader.namesOnly(), name)))
                .orElse(page);
    }

    private Listed listed(RPath path, Origin origin, ListingReader reader, String packageName) {
        RPath current = origin.negotiates(path) ? path : path.current();
        return new Listed(indexes(path, origin), reader, packageName, current.listedFile());
    }

    /** Planned once for all files of a directory: three forms of an index cost more than the file itself. */
    private List<Candidate> indexes(RPath path, Origin origin) {
        return indexes.get(new IndexOf(origin, path.index(PackagesForm.GZIP)), unused -> origin.indexes(path));
    }

    private record IndexOf(Origin origin, RPath index) {}
}
