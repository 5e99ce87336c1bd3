package io.forebay.app;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The tables and keys that exist, as a tree. Immutable once it is built. */
final class Schema {
    /** The child that stands for any name. */
    private static final String ANY = "*";

    static final Schema ROOT = build();

    private final Map<String, Schema> children = new LinkedHashMap<>();
    private Optional<Key<?>> key = Optional.empty();

    private Schema() {}

    private static Schema build() {
        Schema root = new Schema();
        for (Key<?> key : Keys.all()) {
            Schema node = root;
            for (String segment : key.pattern().split("\\.")) {
                node = node.children.computeIfAbsent(segment, name -> new Schema());
            }
            node.key = Optional.of(key);
        }
        return root;
    }

    /** The key that ends here; empty for a table. */
    Optional<Key<?>> key() {
        return key;
    }

    /** Whether the names below are the administrator's own. */
    boolean open() {
        return children.containsKey(ANY);
    }

    Optional<Schema> child(String name) {
        Schema any = children.get(ANY);
        return Optional.ofNullable(any != null ? any : children.get(name));
    }

    /** The name here that was most likely meant. */
    Optional<String> nearest(String name) {
        return nearest(name, children.keySet());
    }

    /** The nearest of the given names, when it is near at all: a third of the letters may be wrong. */
    static Optional<String> nearest(String name, Collection<String> names) {
        return names.stream()
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .filter(candidate -> distance(name, candidate) <= Math.max(1, name.length() / 3));
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
