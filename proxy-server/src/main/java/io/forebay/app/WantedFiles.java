package io.forebay.app;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * What files of installers name: pip's requirements, uv.lock, poetry.lock, pylock.toml (PEP 751), renv.lock, and plain lists, known
 * by their names. What comes from elsewhere than an index (a path, a URL, a Git repository) is left out.
 *
 * <p>Failure: {@link WrongUse} naming the file, and the line of a text.
 */
final class WantedFiles {
    private static final Pattern LINE = Pattern.compile(
            "(?:([A-Za-z0-9][A-Za-z0-9_-]*)/)?([A-Za-z0-9][A-Za-z0-9._-]*)\\s*(?:\\[([^]]*)])?\\s*(.*)",
            Pattern.DOTALL);
    private static final Pattern PINNED = Pattern.compile("={2,3}\\s*([^\\s,;*]+)\\s*");
    private static final Pattern HASH = Pattern.compile("--hash[= ]sha256:([0-9a-fA-F]{64})");
    private static final Pattern SPECIFIER = Pattern.compile("(?:\\(?\\s*(?:===?|~=|!=|<=?|>=?).*)?", Pattern.DOTALL);

    private final Set<Path> reading = new HashSet<>();
    private final Set<Wanted> wanted = new LinkedHashSet<>();
    private final Texts texts;
    private final String plain;

    private WantedFiles(Texts texts, String plain) {
        this.texts = texts;
        this.plain = plain;
    }

    /** Where the files are. */
    @FunctionalInterface
    interface Texts {
        String read(Path file) throws IOException;
    }

    /**
     * What files name, and those that they include.
     *
     * @param plain ecosystem of names in a list that says nothing else
     */
    static List<Wanted> read(List<Path> files, Texts texts, String plain) {
        WantedFiles reader = new WantedFiles(texts, plain);
        files.forEach(reader::read);
        return List.copyOf(reader.wanted);
    }

    private void read(Path file) {
        if (!reading.add(file.toAbsolutePath().normalize())) {
            return;
        }
        String text;
        try {
            text = texts.read(file);
        } catch (MalformedInputException e) {
            throw new WrongUse(file + ": is not a text");
        } catch (IOException e) {
            throw new WrongUse(file + ": cannot be read");
        }
        String name = String.valueOf(file.getFileName());
        try {
            if (name.equals("renv.lock")) {
                renv(parsed(JsonMapper.builder().build(), text));
            } else if (name.equals("uv.lock") || name.equals("poetry.lock")) {
                locked(parsed(TomlMapper.builder().build(), text).path("package"));
            } else if (name.startsWith("pylock.") && name.endsWith(".toml")) {
                locked(parsed(TomlMapper.builder().build(), text).path("packages"));
            } else {
                requirements(file, text);
            }
        } catch (JacksonException e) {
            throw new WrongUse(file + ": "
                    + String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("broken"));
        }
    }

    private static JsonNode parsed(ObjectMapper mapper, String text) {
        return mapper.readTree(text);
    }

    private void renv(JsonNode root) {
        for (JsonNode one : root.path("Packages")) {
            if (one.path("Source").asString("").equals("Repository")) {
                wanted.add(new Wanted(
                        "r",
                        Optional.empty(),
                        one.path("Package").asString(""),
                        Optional.of(one.path("Version").asString("")),
                        "",
                        Set.of(),
                        Set.of()));
            }
        }
    }

    /** The three kinds of locks name their packages alike: {@code name}, {@code version}, files with hashes somewhere below. */
    private void locked(JsonNode packages) {
        for (JsonNode one : packages) {
            Set<String> hashes = new LinkedHashSet<>();
            for (String part : List.of("wheels", "sdist", "files", "archive")) {
                hashes(one.path(part), hashes);
            }
            String version = one.path("version").asString("");
            if (!hashes.isEmpty() && !version.isEmpty()) {
                wanted.add(new Wanted(
                        "python",
                        Optional.empty(),
                        one.path("name").asString(""),
                        Optional.of(version),
                        "",
                        Set.of(),
                        hashes));
            }
        }
    }

    private static void hashes(JsonNode node, Set<String> hashes) {
        if (node.isArray()) {
            node.forEach(file -> hashes(file, hashes));
        } else if (node.isObject()) {
            String hash = node.path("hash").asString("");
            String of = hash.startsWith("sha256:")
                    ? hash.substring("sha256:".length())
                    : node.path("hashes").path("sha256").asString("");
            if (!of.isEmpty()) {
                hashes.add(of);
            }
        }
    }

    private void requirements(Path file, String text) {
        List<String> lines = text.lines().toList();
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String part = lines.get(i).replaceFirst("(^|\\s)#.*", "").strip();
            if (part.endsWith("\\")) {
                line.append(part, 0, part.length() - 1).append(' ');
                continue;
            }
            requirement(file, i + 1, line.append(part).toString().strip());
            line.setLength(0);
        }
    }

    private void requirement(Path file, int number, String line) {
        if (line.isEmpty() || line.startsWith("--") || line.startsWith("-e")) {
            return;
        }
        if (line.startsWith("-r") || line.startsWith("-c")) {
            if (line.startsWith("-r")) {
                read(file.resolveSibling(line.substring(2).strip()));
            }
            return;
        }
        Set<String> hashes = new LinkedHashSet<>();
        Matcher hash = HASH.matcher(line);
        while (hash.find()) {
            hashes.add(hash.group(1));
        }
        String bare =
                line.replaceAll("\\s--hash.*", "").replaceFirst("\\s*;.*", "").strip();
        if (bare.contains(" @ ") || bare.contains("://")) {
            return;
        }
        Matcher matcher = LINE.matcher(bare);
        if (!matcher.matches() || !SPECIFIER.matcher(matcher.group(4)).matches()) {
            throw new WrongUse(file + ":" + number + ": \"" + bare + "\" names no package");
        }
        Matcher pinned = PINNED.matcher(matcher.group(4));
        Optional<String> repository = Optional.ofNullable(matcher.group(1));
        wanted.add(new Wanted(
                repository.isPresent() ? "" : plain,
                repository,
                matcher.group(2),
                pinned.matches() ? Optional.of(pinned.group(1)) : Optional.empty(),
                pinned.matches() ? "" : matcher.group(4).replaceAll("[()]", "").strip(),
                Requirement.extras(Optional.ofNullable(matcher.group(3)).orElse("")),
                hashes));
    }
}
