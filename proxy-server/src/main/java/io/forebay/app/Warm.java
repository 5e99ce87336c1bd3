package io.forebay.app;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Has a server fetch what files name, as a client would: looks up what that is, then asks for all of it. Blocks.
 *
 * <p>Failure: {@link WrongUse} for what the caller wrote; what a single package or file could not give is in {@link Done}.
 */
final class Warm {
    static final String WHEELS = "-none-any\\.whl$|manylinux[0-9_]*_x86_64";

    /** At once: enough to keep a line busy, few enough to leave the origin alone. */
    private static final int FETCHES = 4;

    /** Far more than any environment has: an index that makes up needs for ever is not followed. */
    private static final int PACKAGES_MAX = 10_000;

    private final Remote remote;
    private final Warming warming;
    private final Optional<String> repository;
    private final Watcher watcher;
    private final Map<String, String> ecosystems = new LinkedHashMap<>();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();

    /** Who waits for it. Called by several threads. */
    interface Watcher {
        void lookedUp(int packages, int total);

        void fetched(int files, int total);

        /** Whether nobody waits any more: what runs ends soon then. */
        default boolean left() {
            return false;
        }
    }

    /** What came of it. */
    record Done(int packages, int files, long bytes, List<String> failures) {
        Done {
            failures = List.copyOf(failures);
        }

        Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("packages", packages);
            fields.put("files", files);
            fields.put("bytes", bytes);
            fields.put("failures", failures);
            return fields;
        }
    }

    /**
     * Nothing is asked yet.
     *
     * @param wheels a regular expression that names of wheels are to match
     * @param repository of names that say nothing else
     */
    Warm(Remote remote, String wheels, Optional<String> repository, Watcher watcher) {
        this.remote = remote;
        this.repository = repository;
        this.watcher = watcher;
        try {
            this.warming = new Warming(remote, Pattern.compile(wheels));
        } catch (PatternSyntaxException e) {
            throw new WrongUse("--wheels: is not a regular expression: " + e.getDescription());
        }
    }

    Done run(List<Path> files, WantedFiles.Texts texts) {
        // What is wrong with a file is told before the server is asked for anything.
        WantedFiles.read(files, texts, "python");
        for (JsonNode row : remote.api("GET", "/repositories")) {
            ecosystems.put(row.path("name").asString(""), row.path("ecosystem").asString(""));
        }
        List<Wanted> wanted =
                WantedFiles.read(files, texts, repository.map(this::known).orElse("python"));
        Set<URI> urls = urls(wanted);
        long bytes = fetched(urls);
        return new Done(wanted.size(), urls.size(), bytes, List.copyOf(failures));
    }

    private String known(String name) {
        return Optional.ofNullable(ecosystems.get(name))
                .orElseThrow(() -> new WrongUse(
                        "there is no repository " + name + "; there are: " + String.join(", ", ecosystems.keySet())));
    }

    private Set<URI> urls(List<Wanted> wanted) {
        wanted.forEach(one -> one.repository().ifPresent(this::known));
        Set<String> named =
                wanted.stream().map(one -> Requirement.normal(one.name())).collect(Collectors.toSet());
        Set<Wanted> seen = new LinkedHashSet<>(wanted);
        Deque<Wanted> open = new ArrayDeque<>(wanted);
        Set<URI> urls = new LinkedHashSet<>();
        int done = 0;
        while (!open.isEmpty() && !watcher.left()) {
            Wanted one = open.pop();
            try {
                String in = one.repository().orElseGet(() -> home(one.ecosystem()));
                Warming.Found found = warming.find(one, in, known(in));
                urls.addAll(found.urls());
                // What the files name themselves is meant as they name it.
                found.needs().stream()
                        .filter(need -> !named.contains(Requirement.normal(need.name())))
                        .filter(need -> seen.size() < PACKAGES_MAX && seen.add(need))
                        .forEach(open::add);
            } catch (Remote.NotRunning e) {
                throw e;
            } catch (IOException | WrongUse | StartFailure e) {
                failures.add(one.name() + ": " + e.getMessage());
            }
            watcher.lookedUp(++done, seen.size());
        }
        return urls;
    }

    private String home(String ecosystem) {
        return repository
                .filter(name -> ecosystem.equals(ecosystems.get(name)))
                .or(() -> ecosystems.entrySet().stream()
                        .filter(entry -> entry.getValue().equals(ecosystem))
                        .map(Map.Entry::getKey)
                        .findFirst())
                .orElseThrow(() -> new WrongUse("the server has no repository of " + ecosystem + " packages"));
    }

    private long fetched(Set<URI> urls) {
        AtomicLong bytes = new AtomicLong();
        AtomicInteger done = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(FETCHES);
        try {
            for (URI url : urls) {
                threads.execute(() -> {
                    if (watcher.left()) {
                        return;
                    }
                    try {
                        bytes.addAndGet(warming.fetch(url));
                    } catch (IOException | RuntimeException e) {
                        failures.add(url.getPath() + ": " + e.getMessage());
                    }
                    watcher.fetched(done.incrementAndGet(), urls.size());
                });
            }
            threads.shutdown();
            threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("interrupted", e);
        } finally {
            threads.shutdownNow();
        }
        return bytes.get();
    }
}
