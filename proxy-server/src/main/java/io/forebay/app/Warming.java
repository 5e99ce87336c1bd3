package io.forebay.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * From packages to the URLs of a running server that must be asked so that installing them later finds everything held. Asks
 * index pages on the way, which warms those. Blocks.
 *
 * <p>Python: the files of the version named, or of the highest one of the range that is neither yanked nor a pre-release; of
 * those, the ones a lock has hashes of; of those, wheels whose names match, and the source distribution when none does. What a
 * wheel needs is wanted as well, unless there are hashes: a lock names all of it. Each need is taken by itself, the newest version
 * in its range; an installer that has to reconcile needs may come to an older one. R: the version named, or the newest with all
 * it needs to be installed.
 */
final class Warming {
    private static final String SIMPLE = "application/vnd.pypi.simple.v1+json";
    private static final String NEED = "Requires-Dist:";

    /** Of a file's core metadata; larger ones are mostly description. */
    private static final int METADATA_MAX = 4 << 20;

    private static final Pattern NEEDS = Pattern.compile("(Depends|Imports|LinkingTo):(.*)");

    private final Remote remote;
    private final Pattern wheels;
    private final Map<String, Map<String, Listed>> indexes = new HashMap<>();

    Warming(Remote remote, Pattern wheels) {
        this.remote = remote;
        this.wheels = wheels;
    }

    private record Listed(String version, List<String> needs) {}

    /**
     * What there is of a package.
     *
     * @param urls to be asked
     * @param needs that are not among the URLs
     */
    record Found(List<URI> urls, List<Wanted> needs) {
        Found {
            urls = List.copyOf(urls);
            needs = List.copyOf(needs);
        }
    }

    /** Of one package. */
    Found find(Wanted wanted, String repository, String ecosystem) throws IOException {
        return ecosystem.equals("r") ? new Found(r(wanted, repository), List.of()) : python(wanted, repository);
    }

    // ---- Python

    private Found python(Wanted wanted, String repository) throws IOException {
        String name = Requirement.normal(wanted.name());
        URI page = URI.create(remote.base() + "/" + repository + "/latest/simple/" + name + "/");
        JsonNode files;
        try (InputStream in = remote.fetch(page, SIMPLE)) {
            files = JsonMapper.builder().build().readTree(in.readAllBytes()).path("files");
        }
        List<JsonNode> ofVersion = new ArrayList<>();
        Optional<String> version = wanted.version().or(() -> newest(files, wanted.range()));
        for (JsonNode file : files) {
            boolean meant = wanted.hashes().isEmpty()
                    || wanted.hashes()
                            .contains(file.path("hashes").path("sha256").asString(""));
            if (meant && version.filter(text -> isSame(text, version(file))).isPresent()) {
                ofVersion.add(file);
            }
        }
        List<URI> urls = new ArrayList<>();
        Optional<URI> described = Optional.empty();
        for (JsonNode file : chosen(ofVersion)) {
            URI url = page.resolve(file.path("url").asString(""));
            urls.add(url);
            JsonNode metadata = file.path("core-metadata");
            if (metadata.isObject() || metadata.asBoolean(false)) {
                described = Optional.of(URI.create(url.toString().replaceFirst("#.*", "") + ".metadata"));
                urls.add(described.get());
            }
        }
        if (urls.isEmpty()) {
            throw new WrongUse(name
                    + version.map(text -> " " + text)
                            .orElse(" " + wanted.range())
                            .stripTrailing() + ": the index has no such file");
        }
        boolean isLocked = !wanted.hashes().isEmpty();
        return new Found(
                urls,
                isLocked || described.isEmpty() ? List.of() : needs(described.get(), repository, wanted.extras()));
    }

    private List<Wanted> needs(URI metadata, String repository, Set<String> extras) throws IOException {
        String text;
        try (InputStream in = remote.fetch(metadata, "")) {
            text = new String(in.readNBytes(METADATA_MAX), StandardCharsets.UTF_8);
        }
        return text.lines()
                .takeWhile(line -> !line.isEmpty())
                .filter(line -> line.startsWith(NEED))
                .map(line -> Requirement.of(line.substring(NEED.length())))
                .flatMap(Optional::stream)
                .filter(need -> need.applies(extras))
                .map(need -> new Wanted(
                        "python",
                        Optional.of(repository),
                        need.name(),
                        Optional.empty(),
                        need.range(),
                        need.extras(),
                        Set.of()))
                .toList();
    }

    private static boolean isSame(String one, String other) {
        Optional<PythonVersion> version = PythonVersion.of(one);
        return one.equals(other) || (version.isPresent() && version.equals(PythonVersion.of(other)));
    }

    private List<JsonNode> chosen(List<JsonNode> files) {
        List<JsonNode> fitting = files.stream()
                .filter(file -> name(file).endsWith(".whl")
                        && wheels.matcher(name(file)).find())
                .toList();
        if (!fitting.isEmpty()) {
            return fitting;
        }
        List<JsonNode> sources =
                files.stream().filter(file -> !name(file).endsWith(".whl")).toList();
        return sources.isEmpty() ? files : sources;
    }

    private static String name(JsonNode file) {
        return file.path("filename").asString("");
    }

    private static String version(JsonNode file) {
        String name = name(file);
        if (name.endsWith(".whl")) {
            String[] parts = name.split("-", 3);
            return parts.length > 2 ? parts[1] : "";
        }
        return name.replaceFirst("\\.(tar\\.\\w+|zip|tgz|egg)$", "").replaceFirst("^.*-", "");
    }

    /** A pre-release only where there is nothing else. */
    private static Optional<String> newest(JsonNode files, String range) {
        Map<PythonVersion, String> released = new TreeMap<>();
        Map<PythonVersion, String> before = new TreeMap<>();
        for (JsonNode file : files) {
            JsonNode yanked = file.path("yanked");
            boolean isYanked = yanked.isString() || yanked.asBoolean(false);
            PythonVersion.of(version(file))
                    .filter(version -> !isYanked && version.isIn(range))
                    .ifPresent(version ->
                            (version.isPrerelease() ? before : released).putIfAbsent(version, version(file)));
        }
        return (released.isEmpty() ? before : released).values().stream().reduce((first, second) -> second);
    }

    // ---- R

    private List<URI> r(Wanted wanted, String repository) throws IOException {
        String contrib = remote.base() + "/" + repository + "/latest/src/contrib/";
        if (wanted.version().isPresent()) {
            return List.of(
                    URI.create(contrib + wanted.name() + "_" + wanted.version().get() + ".tar.gz"));
        }
        Map<String, Listed> index = index(repository, contrib);
        if (!index.containsKey(wanted.name())) {
            throw new WrongUse(wanted.name() + ": the index has no such package");
        }
        Set<String> closure = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(wanted.name()));
        while (!open.isEmpty()) {
            String name = open.pop();
            Listed listed = index.get(name);
            // What is not in the index comes with R itself.
            if (listed != null && closure.add(name)) {
                open.addAll(listed.needs());
            }
        }
        List<URI> urls = new ArrayList<>();
        for (String name : closure) {
            Listed listed = index.get(name);
            if (listed != null) {
                urls.add(URI.create(contrib + name + "_" + listed.version() + ".tar.gz"));
            }
        }
        return urls;
    }

    private Map<String, Listed> index(String repository, String contrib) throws IOException {
        Map<String, Listed> known = indexes.get(repository);
        if (known != null) {
            return known;
        }
        Map<String, Listed> index = new HashMap<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(remote.fetch(URI.create(contrib + "PACKAGES.gz"), "")), StandardCharsets.UTF_8))) {
            List<String> record = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isBlank()) {
                    add(record, index);
                    record.clear();
                } else if (Character.isWhitespace(line.charAt(0)) && !record.isEmpty()) {
                    record.set(record.size() - 1, record.get(record.size() - 1) + " " + line.strip());
                } else {
                    record.add(line);
                }
            }
            add(record, index);
        }
        indexes.put(repository, index);
        return index;
    }

    private static void add(List<String> record, Map<String, Listed> index) {
        String name = "";
        String version = "";
        List<String> needs = new ArrayList<>();
        for (String field : record) {
            Matcher matcher = NEEDS.matcher(field);
            if (field.startsWith("Package:")) {
                name = field.substring("Package:".length()).strip();
            } else if (field.startsWith("Version:")) {
                version = field.substring("Version:".length()).strip();
            } else if (matcher.matches()) {
                for (String need : matcher.group(2).split(",")) {
                    needs.add(need.replaceFirst("\\(.*", "").strip());
                }
            }
        }
        if (!name.isEmpty()) {
            index.put(name, new Listed(version, needs));
        }
    }

    /** Fetches a URL to its end; the bytes stay with the server. */
    long fetch(URI url) throws IOException {
        try (InputStream in = remote.fetch(url, "")) {
            return in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
