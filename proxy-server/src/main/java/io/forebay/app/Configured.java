package io.forebay.app;

import io.forebay.app.ConfigurationReader.Read;
import io.forebay.app.Settings.Explained;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What a running server was told: the settings in force, and where they can be read again. Safe for use by many threads.
 */
final class Configured {
    private final Supplier<Read> reader;
    private final Read first;
    private volatile Map<String, Explained> inForce;

    /**
     * Reads the configuration for the first time.
     *
     * @throws WrongUse when it has a mistake, as {@code reader} does
     */
    Configured(Supplier<Read> reader) {
        this.reader = reader;
        this.first = reader.get();
        this.inForce = byPath(first.configuration());
    }

    /** What the server was started with. */
    Read first() {
        return first;
    }

    Configuration configuration() {
        return first.configuration();
    }

    /** What file, environment and options say now. */
    Read again() {
        return reader.get();
    }

    /** Paths of the settings that are others than in force. */
    Set<String> changed(Configuration fresh) {
        Map<String, Explained> now = inForce;
        Map<String, Explained> next = byPath(fresh);
        Set<String> paths = new TreeSet<>(now.keySet());
        paths.addAll(next.keySet());
        paths.removeIf(
                path -> value(now, path).equals(value(next, path)) || (isUnset(now, path) && isUnset(next, path)));
        return paths;
    }

    private static Optional<Object> value(Map<String, Explained> settings, String path) {
        return Optional.ofNullable(settings.get(path))
                .map(line -> line.setting().raw());
    }

    /** A key of a source or rule that is not there, or that nobody gave a value. */
    private static boolean isUnset(Map<String, Explained> settings, String path) {
        Explained line = settings.get(path);
        return line == null || line.setting().from().equals(Setting.DEFAULT);
    }

    /** The settings whose paths are live are in force from now on. */
    void take(Configuration fresh, Predicate<String> live) {
        Map<String, Explained> next = byPath(fresh);
        Map<String, Explained> now = inForce;
        next.replaceAll((path, line) -> live.test(path) ? line : now.getOrDefault(path, line));
        inForce = next;
    }

    /** What {@code check-config} tells, of the settings in force; and what would become of those that the files name now. */
    Map<String, Object> report() {
        Map<String, Object> report = new LinkedHashMap<>();
        first.file().ifPresent(file -> report.put("file", file.toString()));
        report.put("settings", settings(inForce.values()));
        try {
            Read now = again();
            report.put("warnings", now.warnings());
            report.put("changed", changed(now.configuration()));
        } catch (WrongUse e) {
            report.put("problem", String.valueOf(e.getMessage()));
        }
        return report;
    }

    /** Each with its value, secrets masked, and where that came from. */
    static List<Map<String, Object>> settings(Iterable<Explained> lines) {
        List<Map<String, Object>> settings = new ArrayList<>();
        for (Explained line : lines) {
            Map<String, Object> setting = new LinkedHashMap<>();
            setting.put("key", line.setting().path());
            setting.put("value", line.setting().masked(line.key()));
            setting.put("from", line.setting().from());
            settings.add(setting);
        }
        return settings;
    }

    private static Map<String, Explained> byPath(Configuration configuration) {
        Map<String, Explained> settings = new LinkedHashMap<>();
        configuration.explained().forEach(line -> settings.put(line.setting().path(), line));
        return settings;
    }
}
