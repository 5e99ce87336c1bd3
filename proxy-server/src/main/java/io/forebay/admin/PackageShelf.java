package io.forebay.admin;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.catalog.Catalog;
import io.forebay.catalog.Inventory;
import io.forebay.catalog.Inventory.Day;
import io.forebay.catalog.Inventory.Held;
import io.forebay.ecosystem.Directory;
import io.forebay.ecosystem.PackageFacts;
import io.forebay.ecosystem.PackageFacts.Release;
import io.forebay.ecosystem.VersionOrder;
import io.forebay.model.Part;
import io.forebay.model.ResourceKey;
import io.forebay.model.Source;
import io.forebay.repository.Repository;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * All that is known here of single packages, from revisions that are held: a look at a package asks no origin. Answers are kept
 * for {@link #KEPT}, because reading an index of thousands of packages takes a tenth of a second. Safe for use by many threads.
 */
final class PackageShelf {
    static final Duration KEPT = Duration.ofSeconds(10);

    /** Releases that are shown and looked up; PyPI has projects with thousands. */
    static final int RELEASES_MAX = 200;

    private static final int PACKAGES_KEPT_MAX = 200;

    private final KnownNames names;
    private final Inventory inventory;
    private final Catalog catalog;
    private final HeldBytes bytes;
    private final AsyncCache<Key, Optional<Known>> kept;

    private record Key(String repository, String name) {}

    PackageShelf(KnownNames names, Inventory inventory, Catalog catalog, HeldBytes bytes) {
        this.names = names;
        this.inventory = inventory;
        this.catalog = catalog;
        this.bytes = bytes;
        this.kept = Caffeine.newBuilder()
                .maximumSize(PACKAGES_KEPT_MAX)
                .expireAfterWrite(KEPT)
                .buildAsync();
    }

    /**
     * What is known of one package.
     *
     * @param listed whether a held index has it; else it is known by its name or its downloads only
     * @param source whose index speaks of it
     * @param seen when that index was fetched or confirmed
     * @param held by path
     * @param downloads oldest first
     */
    record Known(
            PackageFacts facts,
            boolean listed,
            Optional<String> source,
            Optional<Instant> seen,
            Map<String, Held> held,
            List<Day> downloads) {
        Known {
            held = Map.copyOf(held);
            downloads = List.copyOf(downloads);
        }
    }

    private record Told(Source source, PackageFacts facts, Instant seen) {}

    /** Empty when nothing is known of it. */
    Mono<Known> find(Repository repository, String name) {
        return Mono.fromFuture(
                        () -> kept.get(new Key(repository.name(), name), (key, executor) -> looked(repository, name)
                                .map(Optional::of)
                                .defaultIfEmpty(Optional.empty())
                                .toFuture()),
                        true)
                .flatMap(Mono::justOrEmpty);
    }

    private Mono<Known> looked(Repository repository, String name) {
        Mono<List<Day>> downloads = inventory
                .days(repository.name(), repository.ecosystem().name(), name)
                .collectList();
        return Mono.zip(told(repository, name).map(Optional::of).defaultIfEmpty(Optional.empty()), downloads)
                .flatMap(both -> known(repository, name, both.getT1(), both.getT2()));
    }

    private Mono<Known> known(Repository repository, String name, Optional<Told> told, List<Day> downloads) {
        if (told.isEmpty() && downloads.isEmpty()) {
            return names.of(repository)
                    .filter(known -> known.names().contains(name))
                    .map(known ->
                            new Known(nothing(name), false, Optional.empty(), Optional.empty(), Map.of(), List.of()));
        }
        PackageFacts facts = withUsed(
                repository.ecosystem().directory(), told.map(Told::facts).orElseGet(() -> nothing(name)), downloads);
        Source source = told.map(Told::source).orElse(repository.sources().get(0));
        return inventory
                .held(source.name(), paths(facts))
                .collect(Collectors.toMap(held -> held.key().path(), Function.identity(), PackageShelf::newer))
                .map(held -> new Known(
                        facts,
                        told.isPresent(),
                        told.map(known -> known.source().name()),
                        told.map(Told::seen),
                        held,
                        downloads));
    }

    private static PackageFacts nothing(String name) {
        return new PackageFacts(name, Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of());
    }

    private static List<String> paths(PackageFacts facts) {
        return facts.releases().stream()
                .limit(RELEASES_MAX)
                .flatMap(release -> release.files().stream())
                .map(PackageFacts.File::path)
                .distinct()
                .toList();
    }

    private static Held newer(Held one, Held other) {
        return one.seen().isAfter(other.seen()) ? one : other;
    }

    /** Versions that were downloaded and are no longer listed: R's index has the newest one only. */
    private static PackageFacts withUsed(Directory directory, PackageFacts facts, List<Day> downloads) {
        Set<String> listed =
                facts.releases().stream().map(Release::version).collect(Collectors.toCollection(HashSet::new));
        List<Release> releases = new ArrayList<>(facts.releases());
        for (Day day : downloads) {
            if (listed.add(day.version())) {
                List<PackageFacts.File> files = directory.fileOf(facts.name(), day.version()).stream()
                        .map(path -> new PackageFacts.File(
                                path.substring(path.lastIndexOf('/') + 1), path, OptionalLong.empty()))
                        .toList();
                releases.add(new Release(day.version(), Optional.empty(), false, files));
            }
        }
        releases.sort(Comparator.comparing(Release::version, VersionOrder.OLDEST_FIRST)
                .reversed());
        return new PackageFacts(
                facts.name(), facts.summary(), facts.licence(), facts.requires(), facts.needs(), releases);
    }

    /** What the first source that knows the package says. */
    private Mono<Told> told(Repository repository, String name) {
        Directory directory = repository.ecosystem().directory();
        return names.of(repository).flatMap(known -> Flux.fromIterable(repository.sources())
                .concatMap(
                        source ->
                                ofSource(directory, source, name, known.lists().getOrDefault(source.name(), List.of())),
                        1)
                .next());
    }

    private Mono<Told> ofSource(Directory directory, Source source, String name, List<String> lists) {
        return Flux.fromIterable(directory.speakingOf(name, lists))
                .concatMap(path -> catalog.find(ResourceKey.of(source.name(), path)), 1)
                .concatMap(
                        entry -> bytes.whole(entry.digest())
                                .map(body -> new Revision(
                                        new Part(
                                                source.name(),
                                                entry.key(),
                                                entry.url(),
                                                entry.head(),
                                                entry.seen(),
                                                Map.of(),
                                                body),
                                        entry.validated())),
                        1)
                .collectList()
                .filter(revisions -> !revisions.isEmpty())
                .flatMap(revisions -> Mono.justOrEmpty(directory
                        .facts(
                                name,
                                source,
                                revisions.stream().map(Revision::part).toList())
                        .map(facts -> new Told(
                                source,
                                facts,
                                revisions.stream()
                                        .map(Revision::validated)
                                        .max(Comparator.naturalOrder())
                                        .orElseThrow()))))
                .flatMap(told -> described(directory, told));
    }

    private record Revision(Part part, Instant validated) {}

    private Mono<Told> described(Directory directory, Told told) {
        return Flux.fromIterable(directory.describing(told.facts()))
                .concatMap(path -> catalog.find(ResourceKey.of(told.source().name(), path)), 1)
                .next()
                .flatMap(entry -> bytes.whole(entry.digest()))
                .map(description ->
                        new Told(told.source(), directory.described(told.facts(), description), told.seen()))
                .defaultIfEmpty(told);
    }
}
