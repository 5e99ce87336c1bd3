package io.forebay.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Keys set by environment variables: {@code FOREBAY_} and the path in capitals, dots and hyphens as underscores. In the name
 * of a source or repository that is not known yet, underscores become hyphens.
 *
 * @param settings in the order of the variables' names
 * @param warnings a line for each variable that looks like ours and is no key
 */
record Environment(List<Setting> settings, List<String> warnings) {
    private static final String PREFIX = "FOREBAY_";

    /** @param known names of sources and repositories by table, such as {@code sources} to {@code cran, pypi} */
    static Environment of(Map<String, String> variables, Map<String, Set<String>> known) {
        List<Setting> settings = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        new TreeMap<>(variables).forEach((variable, text) -> {
            if (variable.startsWith(PREFIX)) {
                Optional<Setting> setting = setting(variable, text, known);
                setting.ifPresentOrElse(settings::add, () -> warnings.add(warning(variable)));
            }
        });
        return new Environment(List.copyOf(settings), List.copyOf(warnings));
    }

    private static Optional<Setting> setting(String variable, String text, Map<String, Set<String>> known) {
        for (Key<?> key : candidates()) {
            Optional<String> path = path(key, variable, known);
            if (path.isPresent()) {
                return Optional.of(new Setting(path.get(), key.type().fromText(text), variable));
            }
        }
        return Optional.empty();
    }

    /** Longer keys first: {@code ..._DATED_URL} is a {@code dated-url}, not a {@code url}. */
    private static List<Key<?>> candidates() {
        List<Key<?>> keys = new ArrayList<>(Keys.all());
        keys.removeIf(key -> key.pattern().startsWith("policy."));
        keys.sort(Comparator.comparingInt(key -> -key.pattern().length()));
        return keys;
    }

    private static Optional<String> path(Key<?> key, String variable, Map<String, Set<String>> known) {
        String pattern = variableName(key.pattern());
        int star = pattern.indexOf('*');
        if (star < 0) {
            return pattern.equals(variable) ? Optional.of(key.pattern()) : Optional.empty();
        }
        String before = pattern.substring(0, star);
        String after = pattern.substring(star + 1);
        if (variable.length() <= before.length() + after.length()
                || !variable.startsWith(before)
                || !variable.endsWith(after)) {
            return Optional.empty();
        }
        String name = variable.substring(before.length(), variable.length() - after.length());
        String table = key.pattern().substring(0, key.pattern().indexOf('.'));
        String named = known.getOrDefault(table, Set.of()).stream()
                .filter(candidate -> upper(candidate).equals(name))
                .findFirst()
                .orElseGet(() -> name.toLowerCase(Locale.ROOT).replace('_', '-'));
        return Optional.of(key.path(named));
    }

    private static String warning(String variable) {
        List<String> names =
                Keys.all().stream().map(key -> variableName(key.pattern())).toList();
        return variable + " is set and is no key of the configuration"
                + Schema.nearest(variable, names)
                        .map(name -> " (did you mean " + name + "?)")
                        .orElse("");
    }

    private static String variableName(String pattern) {
        return PREFIX + upper(pattern);
    }

    private static String upper(String name) {
        return name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
