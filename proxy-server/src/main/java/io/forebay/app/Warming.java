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
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * From packages to the URLs of a running server that must be asked so that installing them later finds everything held. Asks
 * index pages on the way, which warms those. Blocks.
 *
 * <p>Python: the files of the version named, or of the one uploaded last that is neither yanked nor a pre-release; of those,
 * the ones a lock has hashes of; of those, wheels whose names match, and the source distribution when none does. Dependencies are
 * what a lock is for: they are not resolved. R: the version named, or the newest with all it needs to be installed.
 */
final class Warming {
    private static final String SIMPLE = "application/vnd.pypi.simple.v1+json";
    private static final Pattern PRERELEASE = Pattern.compile(".*\\d(a|b|rc|\\.?dev)\\d.*");
    private static final Pattern NEEDS = Pattern.compile("(Depends|Imports|LinkingTo):(.*)");

    private final Remote remote;
    private final Pattern wheels;
    private final Map<String, Map<String, Listed>> indexes = new HashMap<>();

    Warming(Remote remote, Pattern wheels) {
        this.remote = remote;
        this.wheels = wheels;
    }

    private record Listed(String version, List<String> needs) {}

    /** The URLs of one package. */
    List<URI> urls(Wanted wanted, String repository, String ecosystem) throws IOException {
        return ecosystem.equals("r") ? r(wanted, repository) : python(wanted, repository);
    }

    // ---- Python

    private List<URI> python(Wanted wanted, String repository) throws IOException {
        String name = wanted.name().toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
        URI page = URI.create(remote.base() + "/" + repository + "/latest/simple/" + name + "/");
        JsonNode files;
        try (InputStream in = remote.fetch(page, SIMPLE)) {
            files = JsonMapper.builder().build().readTree(in.readAllBytes()).path("files");
        }
        List<JsonNode> ofVersion = new ArrayList<>();
        Optional<String> version = wanted.version().or(() -> newest(files));
        for (JsonNode file : files) {
            boolean meant = wanted.hashes().isEmpty()
                    || wanted.hashes()
                            .contains(file.path("hashes").path("sha256").asString(""));
            if (meant && version.equals(Optional.of(version(file)))) {
                ofVersion.add(file);
            }
        }
        List<URI> urls = new ArrayList<>();
        for (JsonNode file : chosen(ofVersion)) {
            URI url = page.resolve(file.path("url").asString(""));
            urls.add(url);
            JsonNode metadata = file.path("core-metadata");
            if (metadata.isObject() || metadata.asBoolean(false)) {
                urls.add(URI.create(url.toString().replaceFirst("#.*", "") + ".metadata"));
            }
        }
        if (urls.isEmpty()) {
            throw new WrongUse(name + version.map(text -> " " + text).orElse("") + ": the index has no such file");
        }
        return urls;
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

    private static Optional<String> newest(JsonNode files) {
        List<JsonNode> released = new ArrayList<>();
        for (JsonNode file : files) {
            JsonNode yanked = file.path("yanked");
            boolean isYanked = yanked.isString() || yanked.asBoolean(false);
            if (!isYanked && !PRERELEASE.matcher(version(file)).matches()) {
                released.add(file);
            }
        }
        // Pages list oldest first, so of files without a time the last one wins.
        return released.stream()
                .max(Comparator.comparing(
                        (JsonNode file) -> file.path("upload-time").asString("")))
                .map(latest -> {
                    String time = latest.path("upload-time").asString("");
                    return version(time.isEmpty() ? released.get(released.size() - 1) : latest);
                });
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
