package io.forebay.admin;

import io.forebay.cache.PackageCache;
import io.forebay.catalog.Catalog;
import io.forebay.model.Candidate;
import io.forebay.model.ForebayException;
import io.forebay.model.PackageId;
import io.forebay.model.Plan;
import io.forebay.model.ResourceKey;
import io.forebay.model.Snapshot;
import io.forebay.model.Source;
import io.forebay.model.Target;
import io.forebay.repository.Repository;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Forgets a path of a repository, or everything of a package, so that it is fetched anew. */
final class Purge {
    private final Catalog catalog;
    private final PackageCache cache;

    Purge(Catalog catalog, PackageCache cache) {
        this.catalog = catalog;
        this.cache = cache;
    }

    /**
     * Forgets.
     *
     * @param what a path within the repository, or, without a slash, the name of a package
     * @return what was held and is no longer
     */
    Mono<List<String>> run(Repository repository, String what) {
        Flux<ResourceKey> keys = what.contains("/")
                ? Flux.defer(() -> Flux.fromIterable(keys(repository, what)))
                : Flux.fromIterable(repository.sources()).concatMap(source -> ofPackage(repository, source, what));
        return keys.distinct()
                .collectList()
                .flatMapMany(Flux::fromIterable)
                .concatMap(key -> cache.purge(key).filter(held -> held).map(held -> key.source() + ":" + key.path()))
                .distinct()
                .collectList();
    }

    private Flux<ResourceKey> ofPackage(Repository repository, Source source, String name) {
        String wanted = normalised(repository, name);
        return catalog.keys(source.name()).filter(key -> subject(repository, key)
                .filter(id -> id.name().equals(wanted))
                .isPresent());
    }

    /** PEP 503 for Python; R's names are what they are. */
    private static String normalised(Repository repository, String name) {
        return repository.ecosystem().name().equals("python")
                ? name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-")
                : name;
    }

    /** The package of a stored resource: what a request for its path would be about. */
    private static Optional<PackageId> subject(Repository repository, ResourceKey key) {
        try {
            return repository.plan(target(repository, key.path())).subject();
        } catch (ForebayException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static List<ResourceKey> keys(Repository repository, String path) {
        Plan plan = repository.plan(target(repository, path));
        if (plan instanceof Plan.Verbatim verbatim) {
            return keys(verbatim.candidates());
        }
        if (plan instanceof Plan.Rendered rendered) {
            return keys(rendered.parts());
        }
        if (plan instanceof Plan.Streamed streamed) {
            return keys(streamed.candidates());
        }
        throw ForebayException.badRequest(
                path + " is another spelling of " + ((Plan.Redirect) plan).location() + ": purge that");
    }

    /** An index with its other forms: they are of one generation. */
    private static List<ResourceKey> keys(List<Candidate> candidates) {
        List<ResourceKey> keys = new ArrayList<>();
        for (Candidate candidate : candidates) {
            keys.add(candidate.key());
            candidate.siblings().forEach(sibling -> keys.add(sibling.key()));
        }
        return keys;
    }

    private static Target target(Repository repository, String path) {
        List<String> segments =
                Arrays.stream(path.split("/")).filter(part -> !part.isEmpty()).toList();
        if (segments.contains(".") || segments.contains("..")) {
            throw ForebayException.badRequest("the path holds a dot segment");
        }
        return new Target(
                repository.name(),
                Snapshot.LATEST,
                false,
                segments,
                path.endsWith("/"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
