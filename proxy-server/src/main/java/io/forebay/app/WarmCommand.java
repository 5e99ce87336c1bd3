package io.forebay.app;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Has a running server fetch what files name, before anybody needs it. */
@Command(
        name = "warm",
        description = {
            "Have the running server fetch what FILEs name, before anybody needs it.",
            "requirements.txt (with hashes or without), uv.lock, poetry.lock, pylock.toml, renv.lock, or a list of names: name, "
                    + "name==version, repository/name. Locks hold all dependencies already. Of what is named without hashes all "
                    + "that it needs is fetched too, but for R packages with a version; of each need the newest version in its "
                    + "range, unless the files name it themselves. Without a version the newest is fetched."
        },
        mixinStandardHelpOptions = true)
final class WarmCommand implements Runnable {
    /** At once: enough to keep a line busy, few enough to leave the origin alone. */
    private static final int FETCHES = 4;

    /** Far more than any environment has: an index that makes up needs for ever is not followed. */
    private static final int PACKAGES_MAX = 10_000;

    private final Surroundings surroundings;

    @Mixin
    private RemoteOptions options = new RemoteOptions();

    @Option(
            names = "--repository",
            paramLabel = "NAME",
            description =
                    "Of names that say nothing else; default: the first one of the ecosystem, Python's for a list.")
    private Optional<String> repository = Optional.empty();

    @Option(
            names = "--wheels",
            paramLabel = "REGEX",
            defaultValue = "-none-any\\.whl$|manylinux[0-9_]*_x86_64",
            description =
                    "Which wheels, by file name; default: ${DEFAULT-VALUE}. The source distribution when none fits.")
    private String wheels = "";

    @Parameters(paramLabel = "FILE", arity = "1..*")
    private List<Path> files = new ArrayList<>();

    WarmCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        Pattern pattern;
        try {
            pattern = Pattern.compile(wheels);
        } catch (PatternSyntaxException e) {
            throw new WrongUse("--wheels: is not a regular expression: " + e.getDescription());
        }
        WantedFiles.read(files, "python");
        Remote remote = options.remote(surroundings.environment());
        Map<String, String> ecosystems = new LinkedHashMap<>();
        for (JsonNode row : remote.api("GET", "/repositories")) {
            ecosystems.put(row.path("name").asString(""), row.path("ecosystem").asString(""));
        }
        repository.ifPresent(name -> known(name, ecosystems));
        String plain = repository.map(name -> known(name, ecosystems)).orElse("python");
        List<Wanted> wanted = WantedFiles.read(files, plain);
        Warming warming = new Warming(remote, pattern);
        ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        Set<URI> urls = urls(wanted, ecosystems, warming, failures);
        long bytes = fetched(urls, warming, failures);
        report(wanted.size(), urls.size(), bytes, failures);
    }

    private static String known(String name, Map<String, String> ecosystems) {
        return Optional.ofNullable(ecosystems.get(name))
                .orElseThrow(() -> new WrongUse(
                        "there is no repository " + name + "; there are: " + String.join(", ", ecosystems.keySet())));
    }

    private Set<URI> urls(
            List<Wanted> wanted,
            Map<String, String> ecosystems,
            Warming warming,
            ConcurrentLinkedQueue<String> failures) {
        wanted.forEach(one -> one.repository().ifPresent(name -> known(name, ecosystems)));
        Set<String> named =
                wanted.stream().map(one -> Requirement.normal(one.name())).collect(Collectors.toSet());
        Set<Wanted> seen = new LinkedHashSet<>(wanted);
        Deque<Wanted> open = new ArrayDeque<>(wanted);
        Set<URI> urls = new LinkedHashSet<>();
        try (ProgressBar bar = ProgressBar.on(surroundings.err(), "look up", "packages")) {
            int done = 0;
            while (!open.isEmpty()) {
                Wanted one = open.pop();
                try {
                    String in = one.repository().orElseGet(() -> home(one.ecosystem(), ecosystems));
                    Warming.Found found = warming.find(one, in, known(in, ecosystems));
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
                bar.at(++done, seen.size());
            }
        }
        return urls;
    }

    private String home(String ecosystem, Map<String, String> ecosystems) {
        return repository
                .filter(name -> ecosystem.equals(ecosystems.get(name)))
                .or(() -> ecosystems.entrySet().stream()
                        .filter(entry -> entry.getValue().equals(ecosystem))
                        .map(Map.Entry::getKey)
                        .findFirst())
                .orElseThrow(() -> new WrongUse("the server has no repository of " + ecosystem + " packages"));
    }

    private long fetched(Set<URI> urls, Warming warming, ConcurrentLinkedQueue<String> failures) {
        AtomicLong bytes = new AtomicLong();
        AtomicInteger done = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(FETCHES);
        try (ProgressBar bar = ProgressBar.on(surroundings.err(), "fetch", "files")) {
            for (URI url : urls) {
                threads.execute(() -> {
                    try {
                        bytes.addAndGet(warming.fetch(url));
                    } catch (IOException | RuntimeException e) {
                        failures.add(url.getPath() + ": " + e.getMessage());
                    }
                    bar.at(done.incrementAndGet(), urls.size());
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

    private void report(int packages, int count, long bytes, ConcurrentLinkedQueue<String> failures) {
        if (options.json()) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("packages", packages);
            result.put("files", count);
            result.put("bytes", bytes);
            result.put("failures", List.copyOf(failures));
            surroundings.out().println(JsonMapper.builder().build().writeValueAsString(result));
        } else {
            surroundings.out().println(packages + " packages, " + count + " files, " + bytes + " bytes are held now");
            failures.forEach(failure -> surroundings.err().println("forebay: " + failure));
        }
        if (!failures.isEmpty()) {
            throw new StartFailure(failures.size() + " of them could not be fetched");
        }
    }
}
