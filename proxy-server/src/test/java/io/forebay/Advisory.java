package io.forebay;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** What is publicly known to be wrong with versions of a library. */
record Advisory(String id, List<String> packages, List<Range> affected, String severity, String about, String source) {
    private static final Pattern RANGE = Pattern.compile("([\\[(])([\\w.-]+),([\\w.-]+)([\\])])");

    /** The reviewed list. */
    static List<Advisory> all() throws IOException {
        try (InputStream in = Advisory.class.getResourceAsStream("/advisories.toml")) {
            List<Advisory> advisories = new ArrayList<>();
            for (var entry : new TomlMapper().readTree(in).properties()) {
                advisories.add(of(entry.getKey(), entry.getValue()));
            }
            return advisories;
        }
    }

    private static Advisory of(String id, JsonNode entry) {
        List<String> packages = new ArrayList<>();
        entry.required("packages").forEach(name -> packages.add(name.asString()));
        List<Range> affected = new ArrayList<>();
        for (String range : entry.required("affected").asString().split(" or ", -1)) {
            affected.add(Range.parse(range));
        }
        return new Advisory(
                id,
                packages,
                affected,
                entry.required("severity").asString(),
                entry.required("about").asString(),
                entry.required("source").asString());
    }

    boolean concerns(RuntimeDependency library) {
        boolean named = packages.contains(library.name()) || packages.contains(library.group() + ":*");
        return named && affected.stream().anyMatch(range -> range.contains(library.version()));
    }

    /** Versions between two, as Maven writes it. */
    record Range(String from, boolean withFrom, String to, boolean withTo) {
        static Range parse(String text) {
            Matcher range = RANGE.matcher(text);
            if (!range.matches()) {
                throw new IllegalArgumentException("no range of versions: " + text);
            }
            return new Range(
                    range.group(2),
                    range.group(1).equals("["),
                    range.group(3),
                    range.group(4).equals("]"));
        }

        boolean contains(String version) {
            int above = compare(version, from);
            int below = compare(version, to);
            return (above > 0 || (above == 0 && withFrom)) && (below < 0 || (below == 0 && withTo));
        }

        /** By the numbers: words such as {@code Final} say nothing of the order in the libraries of the list. */
        static int compare(String one, String other) {
            List<Integer> left = numbers(one);
            List<Integer> right = numbers(other);
            for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
                int order = Integer.compare(i < left.size() ? left.get(i) : 0, i < right.size() ? right.get(i) : 0);
                if (order != 0) {
                    return order;
                }
            }
            return 0;
        }

        private static List<Integer> numbers(String version) {
            List<Integer> numbers = new ArrayList<>();
            for (String part : version.split("[.-]", -1)) {
                if (!part.matches("[0-9]{1,9}")) {
                    break;
                }
                numbers.add(Integer.parseInt(part));
            }
            return numbers;
        }
    }
}
