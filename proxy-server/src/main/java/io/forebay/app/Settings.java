package io.forebay.app;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What was set, layer upon layer: a later setting of a path replaces an earlier one. One thread. */
final class Settings {
    private final Map<String, Setting> byPath = new LinkedHashMap<>();

    void put(Setting setting) {
        byPath.put(setting.path(), setting);
    }

    void putAll(Collection<Setting> settings) {
        settings.forEach(this::put);
    }

    /** Sets what nobody has set. */
    void putDefault(Key<?> key, String name, Object raw) {
        String path = key.path(name);
        byPath.putIfAbsent(path, new Setting(path, raw, Setting.DEFAULT));
    }

    /** @throws ConfigurationException when the value is not of the key's type */
    <T> T get(Key<T> key) {
        return get(key, "");
    }

    /** @throws ConfigurationException when the value is not of the key's type */
    <T> T get(Key<T> key, String name) {
        Setting setting = setting(key, name);
        try {
            return key.type().read(setting.raw());
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(setting.from(), setting.path() + ": " + e.getMessage());
        }
    }

    /** What is set, or the key's own default. */
    Setting setting(Key<?> key, String name) {
        String path = key.path(name);
        Setting set = byPath.get(path);
        return set != null ? set : new Setting(path, key.fallback(), Setting.DEFAULT);
    }

    /** Whether somebody, not the defaults, has set the key. */
    boolean given(Key<?> key, String name) {
        return !setting(key, name).from().equals(Setting.DEFAULT);
    }

    /** The names in a table, in the order they came up: {@code sources} to {@code cran, bioconductor, pypi}. */
    Set<String> names(String table) {
        Set<String> names = new LinkedHashSet<>();
        for (String path : byPath.keySet()) {
            if (path.startsWith(table + ".")) {
                names.add(path.substring(table.length() + 1).split("\\.")[0]);
            }
        }
        return names;
    }

    /** Where a path was set, or else the table around it. */
    String from(String path) {
        String at = path;
        while (!at.isEmpty()) {
            Setting setting = byPath.get(at);
            if (setting != null && !setting.from().equals(Setting.DEFAULT)) {
                return setting.from();
            }
            at = at.contains(".") ? at.substring(0, at.lastIndexOf('.')) : "";
        }
        return nearby(path);
    }

    /** A setting inside or beside the path: a table that was made by single keys has no place of its own. */
    private String nearby(String path) {
        for (String around : List.of(path + ".", path.substring(0, path.lastIndexOf('.') + 1))) {
            for (Setting setting : byPath.values()) {
                if (setting.path().startsWith(around) && !setting.from().equals(Setting.DEFAULT)) {
                    return setting.from();
                }
            }
        }
        return Setting.DEFAULT;
    }

    /** Every key with the value in force, in the order of the sample file. */
    List<Explained> explained() {
        List<Explained> all = new ArrayList<>();
        Set<String> sections = new LinkedHashSet<>();
        for (Key<?> key : Keys.all()) {
            sections.add(section(key));
        }
        for (String section : sections) {
            Set<String> names = section.isEmpty() ? Set.of("") : names(section);
            for (String name : names) {
                for (Key<?> key : Keys.all()) {
                    if (section(key).equals(section)) {
                        all.add(new Explained(key, setting(key, name)));
                    }
                }
            }
        }
        return List.copyOf(all);
    }

    /** What stands before the star; empty for a key of its own. */
    private static String section(Key<?> key) {
        int star = key.pattern().indexOf(".*");
        return star < 0 ? "" : key.pattern().substring(0, star);
    }

    /** A key, its value in force and where that came from. */
    record Explained(Key<?> key, Setting setting) {}
}
