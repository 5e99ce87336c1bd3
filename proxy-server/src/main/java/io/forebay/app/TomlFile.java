package io.forebay.app;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Reads a configuration file: every key it sets, with its line. The first thing that is wrong is the failure. */
final class TomlFile {
    private final String file;
    private final KeyLines lines;
    private final List<Setting> settings = new ArrayList<>();

    private TomlFile(String file, KeyLines lines) {
        this.file = file;
        this.lines = lines;
    }

    /** @throws ConfigurationException when the file cannot be read, is not TOML, or has a key that does not exist */
    static List<Setting> read(Path path) {
        String file = path.toString();
        String text = text(path);
        KeyLines lines = KeyLines.of(text);
        try {
            TomlFile reading = new TomlFile(file, lines);
            reading.table(new TomlMapper().readTree(text), List.of(), Schema.ROOT);
            return reading.settings;
        } catch (JacksonException e) {
            if (lines.repeated().isPresent()) {
                KeyLines.Repeated repeated = lines.repeated().get();
                throw new ConfigurationException(
                        file + ":" + repeated.line(), "key " + repeated.path() + " is set a second time");
            }
            int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
            String problem = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new ConfigurationException(file + ":" + line, "not TOML: " + problem);
        }
    }

    private static String text(Path path) {
        try {
            return Files.readString(path);
        } catch (NoSuchFileException e) {
            throw new ConfigurationException(path.toString(), "no such file");
        } catch (CharacterCodingException e) {
            throw new ConfigurationException(path.toString(), "is not UTF-8 text");
        } catch (IOException e) {
            throw new ConfigurationException(
                    path.toString(), "cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    private void table(JsonNode table, List<String> path, Schema schema) {
        for (Map.Entry<String, JsonNode> entry : table.properties()) {
            List<String> childPath = child(path, entry.getKey());
            Optional<Schema> known = schema.child(entry.getKey());
            if (known.isEmpty()) {
                throw unknown(childPath, schema);
            }
            if (schema.open()) {
                Configuration.wrongName(entry.getKey()).ifPresent(problem -> {
                    throw problem(childPath, problem);
                });
            }
            node(entry.getValue(), childPath, known.get());
        }
    }

    private void node(JsonNode node, List<String> path, Schema schema) {
        String name = String.join(".", path);
        if (schema.key().isPresent()) {
            Object raw = raw(node, path);
            settings.add(new Setting(name, raw, where(path)));
        } else if (name.equals("policy.rules")) {
            rules(node, path, schema);
        } else if (node.isObject()) {
            settings.add(new Setting(name, Map.of(), where(path)));
            table(node, path, schema);
        } else {
            throw problem(path, name + " must be a table");
        }
    }

    private void rules(JsonNode rules, List<String> path, Schema schema) {
        if (!rules.isArray()) {
            throw problem(path, "policy.rules must be written as [[policy.rules]], once for each rule");
        }
        for (int i = 0; i < rules.size(); i++) {
            node(
                    rules.get(i),
                    child(path, Integer.toString(i)),
                    schema.child("").orElseThrow());
        }
    }

    private Object raw(JsonNode node, List<String> path) {
        if (node.isString()) {
            return node.stringValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            return node.longValue();
        }
        if (node.isArray()) {
            List<Object> items = new ArrayList<>();
            node.forEach(item -> items.add(raw(item, path)));
            return List.copyOf(items);
        }
        throw problem(path, String.join(".", path) + " cannot be " + (node.isObject() ? "a table" : node.toString()));
    }

    private ConfigurationException unknown(List<String> path, Schema parent) {
        String last = path.get(path.size() - 1);
        String hint = parent.nearest(last)
                .map(name -> " (did you mean " + name + "?)")
                .orElse("");
        return problem(path, "unknown key " + String.join(".", path) + hint);
    }

    private ConfigurationException problem(List<String> path, String problem) {
        return new ConfigurationException(where(path), problem);
    }

    private String where(List<String> path) {
        return file + ":" + lines.of(path);
    }

    private static List<String> child(List<String> path, String name) {
        List<String> child = new ArrayList<>(path);
        child.add(name);
        return child;
    }
}
