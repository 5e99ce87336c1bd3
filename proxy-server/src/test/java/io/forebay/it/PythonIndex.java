package io.forebay.it;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import tools.jackson.databind.json.JsonMapper;

/** The wheels and source distributions of a directory as PyPI's simple pages tell of them. Immutable. */
final class PythonIndex {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Instant FIRST_UPLOAD = Instant.parse("2024-03-01T12:00:00.123456Z");

    /**
     * One file.
     *
     * @param path below the file host, as PyPI forms it from the BLAKE2b digest
     */
    record File(
            String project,
            String version,
            String name,
            String path,
            Content content,
            Optional<Content> metadata,
            Optional<String> requiresPython,
            Optional<String> yanked,
            Instant uploaded) {
        String sha256() {
            return content.sha256();
        }
    }

    private final Map<String, List<File>> projects = new TreeMap<>();
    private final Map<String, Content> contents = new LinkedHashMap<>();

    PythonIndex(Path directory) throws IOException {
        Map<String, String> yanked = new TreeMap<>();
        for (String line : Files.readAllLines(directory.resolve("yanked.txt"))) {
            yanked.put(line.substring(0, line.indexOf(' ')), line.substring(line.indexOf(' ') + 1));
        }
        int number = 0;
        for (String name : Fixtures.names(directory)) {
            if (name.endsWith(".whl") || name.endsWith(".tar.gz")) {
                add(name, Files.readAllBytes(directory.resolve(name)), Optional.ofNullable(yanked.get(name)), number++);
            }
        }
    }

    private void add(String name, byte[] bytes, Optional<String> yanked, int number) throws IOException {
        boolean wheel = name.endsWith(".whl");
        int dash = wheel ? name.indexOf('-') : name.lastIndexOf('-');
        String project = normalise(name.substring(0, dash));
        String version = wheel
                ? name.substring(dash + 1, name.indexOf('-', dash + 1))
                : name.substring(dash + 1, name.length() - ".tar.gz".length());
        Optional<Content> metadata = wheel ? Optional.of(new Content(metadataOf(bytes))) : Optional.empty();
        Optional<String> requires = metadata.flatMap(PythonIndex::requiresPython);
        File file = new File(
                project,
                version,
                name,
                Digests.pypiPath(bytes, name),
                new Content(bytes),
                metadata,
                requires,
                yanked,
                FIRST_UPLOAD.plus(number, ChronoUnit.DAYS));
        projects.computeIfAbsent(project, key -> new ArrayList<>()).add(file);
        contents.put(file.path(), file.content());
        metadata.ifPresent(content -> contents.put(file.path() + ".metadata", content));
    }

    static String normalise(String name) {
        return name.replaceAll("[-_.]+", "-").toLowerCase(Locale.ROOT);
    }

    private static byte[] metadataOf(byte[] wheel) throws IOException {
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(wheel))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().matches("[^/]+\\.dist-info/METADATA")) {
                    return zip.readAllBytes();
                }
            }
        }
        throw new IOException("a wheel without METADATA");
    }

    private static Optional<String> requiresPython(Content metadata) {
        return new String(metadata.bytes(), StandardCharsets.UTF_8)
                .lines()
                .takeWhile(line -> !line.isEmpty())
                .filter(line -> line.startsWith("Requires-Python: "))
                .map(line -> line.substring("Requires-Python: ".length()))
                .findFirst();
    }

    List<File> files(String project) {
        return projects.getOrDefault(project, List.of());
    }

    File file(String name) {
        return projects.values().stream()
                .flatMap(List::stream)
                .filter(file -> file.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no fixture " + name));
    }

    /** The file that an installer takes of a project that has one wheel. */
    File only(String project) {
        return files(project).stream()
                .filter(file -> file.metadata().isPresent())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no Python fixture of " + project));
    }

    Optional<Content> content(String path) {
        return Optional.ofNullable(contents.get(path));
    }

    Optional<byte[]> json(String project, String fileHost, boolean metadata) {
        List<File> files = files(project);
        if (files.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("meta", Map.of("_last-serial", 1000 + files.size(), "api-version", "1.1"));
        page.put("name", project);
        page.put("versions", files.stream().map(File::version).distinct().toList());
        page.put(
                "files",
                files.stream().map(file -> asJson(file, fileHost, metadata)).toList());
        return Optional.of(JSON.writeValueAsBytes(page));
    }

    private static Map<String, Object> asJson(File file, String fileHost, boolean metadata) {
        Map<String, Object> entry = new LinkedHashMap<>();
        Object promise = file.metadata()
                .filter(content -> metadata)
                .<Object>map(content -> Map.of("sha256", content.sha256()))
                .orElse(false);
        entry.put("core-metadata", promise);
        entry.put("data-dist-info-metadata", promise);
        entry.put("filename", file.name());
        entry.put("hashes", Map.of("sha256", file.sha256()));
        file.requiresPython().ifPresent(value -> entry.put("requires-python", value));
        entry.put("size", file.content().size());
        entry.put("upload-time", file.uploaded().toString());
        entry.put("url", fileHost + escaped(file.path()));
        entry.put("yanked", file.yanked().<Object>map(reason -> reason).orElse(false));
        return entry;
    }

    Optional<byte[]> html(String project, String fileHost, boolean metadata) {
        List<File> files = files(project);
        if (files.isEmpty()) {
            return Optional.empty();
        }
        StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<html>\n<head>\n<meta name=\"pypi:repository-version\""
                + " content=\"1.1\">\n<title>Links for " + project + "</title>\n</head>\n<body>\n<h1>Links for "
                + project
                + "</h1>\n");
        for (File file : files) {
            page.append("<a href=\"")
                    .append(fileHost)
                    .append(escaped(file.path()))
                    .append("#sha256=")
                    .append(file.sha256());
            page.append('"');
            file.requiresPython().ifPresent(value -> page.append(" data-requires-python=\"")
                    .append(value.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;"))
                    .append('"'));
            file.yanked()
                    .ifPresent(reason ->
                            page.append(" data-yanked=\"").append(reason).append('"'));
            file.metadata().filter(content -> metadata).ifPresent(content -> {
                String promise = "sha256=" + content.sha256();
                page.append(" data-dist-info-metadata=\"").append(promise).append('"');
                page.append(" data-core-metadata=\"").append(promise).append('"');
            });
            page.append('>').append(file.name()).append("</a><br />\n");
        }
        return Optional.of(page.append("</body>\n</html>\n").toString().getBytes(StandardCharsets.UTF_8));
    }

    /** PyPI's JSON of a project or of one of its versions. */
    Optional<byte[]> projectJson(String project, Optional<String> version, String fileHost) {
        List<File> files = files(project).stream()
                .filter(file -> version.map(file.version()::equals).orElse(true))
                .toList();
        if (files.isEmpty()) {
            return Optional.empty();
        }
        String shown = files.get(files.size() - 1).version();
        List<Map<String, Object>> urls = files.stream()
                .filter(file -> file.version().equals(shown))
                .map(file -> Map.<String, Object>of(
                        "filename", file.name(),
                        "url", fileHost + escaped(file.path()),
                        "digests", Map.of("sha256", file.sha256()),
                        "size", file.content().size(),
                        "packagetype", file.metadata().isPresent() ? "bdist_wheel" : "sdist",
                        "upload_time_iso_8601", file.uploaded().toString(),
                        "yanked", file.yanked().isPresent()))
                .toList();
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("info", Map.of("name", project, "version", shown, "requires_dist", List.of()));
        page.put("last_serial", 1000 + files.size());
        page.put("releases", Map.of(shown, urls));
        page.put("urls", urls);
        return Optional.of(JSON.writeValueAsBytes(page));
    }

    /** Every project, as the root page lists them. */
    byte[] root(boolean json) {
        if (json) {
            List<Map<String, Object>> names = projects.keySet().stream()
                    .map(name -> Map.<String, Object>of("name", name))
                    .toList();
            return JSON.writeValueAsBytes(Map.of("meta", Map.of("api-version", "1.1"), "projects", names));
        }
        StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<html><body>\n");
        projects.keySet().forEach(name -> page.append("<a href=\"/simple/" + name + "/\">")
                .append(name)
                .append("</a>\n"));
        return page.append("</body></html>\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String escaped(String path) {
        return path.replace("+", "%2B");
    }
}
