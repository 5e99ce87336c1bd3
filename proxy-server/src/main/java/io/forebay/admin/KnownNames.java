package io.forebay.admin;

import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.catalog.Catalog;
import io.forebay.catalog.Inventory;
import io.forebay.ecosystem.Directory;
import io.forebay.model.ForebayException;
import io.forebay.model.ResourceKey;
import io.forebay.model.Source;
import io.forebay.repository.Repositories;
import io.forebay.repository.Repository;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The names of packages that this server has heard of, by repository: from lists that are held, from packages' own indexes that
 * are held, and from downloads. Made by workers when first asked for, and anew when asked for after a minute; meanwhile the
 * older ones are searched. Safe for use by many threads.
 */
final class KnownNames {
    private static final Logger LOG = LoggerFactory.getLogger(KnownNames.class);
    private static final Duration FRESH = Duration.ofMinutes(1);

    /** Packages in use that are found first. */
    private static final int USED_MAX = 50_000;

    private final Repositories repositories;
    private final Inventory inventory;
    private final Catalog catalog;
    private final HeldBytes bytes;
    private final Scheduler workers;
    private final AsyncLoadingCache<String, Known> known;

    KnownNames(Repositories repositories, Inventory inventory, Catalog catalog, HeldBytes bytes, Scheduler workers) {
        this.repositories = repositories;
        this.inventory = inventory;
        this.catalog = catalog;
        this.bytes = bytes;
        this.workers = workers;
        this.known = Caffeine.newBuilder()
                .maximumSize(1_000)
                .refreshAfterWrite(FRESH)
                .buildAsync((repository, executor) -> gathered(repository).toFuture());
    }

    /**
     * What is known of a repository's packages.
     *
     * @param lists paths of held lists, by source
     */
    record Known(NameIndex names, Map<String, List<String>> lists) {
        Known {
            lists = Map.copyOf(lists);
        }
    }

    /**
     * A name that was found.
     *
     * @param repository whose it is
     */
    record Match(String repository, NameIndex.Found found) {}

    Mono<Known> of(Repository repository) {
        return Mono.fromFuture(() -> known.get(repository.name()), true);
    }

    /**
     * Finds packages.
     *
     * @param in the repository to look in; empty for all
     * @return at most {@code limit}, best first
     */
    Mono<List<Match>> search(Optional<Repository> in, String text, int limit) {
        return Flux.fromIterable(in.map(List::of).orElseGet(() -> List.copyOf(repositories.all())))
                .concatMap(repository -> of(repository)
                        .publishOn(workers)
                        .map(all -> all.names().search(text, limit).stream()
                                .map(found -> new Match(repository.name(), found))
                                .toList()))
                .concatMapIterable(matches -> matches)
                .collectList()
                .map(matches -> matches.stream()
                        .sorted(Comparator.comparingInt(match -> match.found().rank()))
                        .limit(limit)
                        .toList());
    }

    /** How many names there are to search. */
    Mono<Long> count() {
        return Flux.fromIterable(repositories.all())
                .concatMap(this::of)
                .reduce(0L, (sum, all) -> sum + all.names().size());
    }

    private Mono<Known> gathered(String name) {
        Repository repository = repositories.find(name).orElseThrow();
        Set<String> names = new HashSet<>();
        Map<String, List<String>> lists = new HashMap<>();
        return Flux.fromIterable(repository.sources())
                .concatMap(source -> ofSource(repository.ecosystem().directory(), source, names)
                        .doOnNext(paths -> lists.put(source.name(), paths)))
                .then(used(repository))
                .publishOn(workers)
                .map(used -> {
                    names.addAll(used);
                    return new Known(NameIndex.of(names, used), lists);
                });
    }

    private Mono<Set<String>> used(Repository repository) {
        return inventory
                .mostUsed(LocalDate.EPOCH, USED_MAX)
                .filter(use -> use.repository().equals(repository.name())
                        && use.ecosystem().equals(repository.ecosystem().name()))
                .map(Inventory.Used::name)
                .collect(HashSet::new, Set::add);
    }

    /** Adds the names; the paths of the lists it read. */
    private Mono<List<String>> ofSource(Directory directory, Source source, Set<String> names) {
        return inventory.indexes(source.name()).collectList().flatMap(paths -> {
            Map<String, List<String>> lists = new LinkedHashMap<>();
            for (String path : paths) {
                directory.ownerOf(path).ifPresent(names::add);
                directory.listAt(path).ifPresent(list -> lists.computeIfAbsent(list, unused -> new ArrayList<>())
                        .add(path));
            }
            return Flux.fromIterable(lists.values())
                    .concatMap(forms -> read(directory, source, forms, names))
                    .then(Mono.just(
                            lists.values().stream().flatMap(List::stream).toList()));
        });
    }

    /** Reads the first form that can be read. */
    private Mono<Boolean> read(Directory directory, Source source, List<String> forms, Set<String> names) {
        return Flux.fromIterable(forms)
                .concatMap(
                        path -> catalog.find(ResourceKey.of(source.name(), path))
                                .flatMap(entry -> bytes.read(entry.digest(), list -> {
                                    Set<String> read = new HashSet<>();
                                    directory.names(entry.head(), list, name -> {
                                        if (read.size() < NameIndex.NAMES_MAX) {
                                            read.add(name);
                                        }
                                    });
                                    names.addAll(read);
                                    return true;
                                }))
                                .onErrorResume(ForebayException.class, e -> {
                                    LOG.warn("{} of {} names nothing: {}", path, source.name(), e.getMessage());
                                    return Mono.empty();
                                }),
                        1)
                .next();
    }
}
