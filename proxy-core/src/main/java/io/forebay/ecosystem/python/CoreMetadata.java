package io.forebay.ecosystem.python;

import io.forebay.ecosystem.PackageFacts;
import io.forebay.ecosystem.PackageFacts.Needs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What core metadata says of a release, as far as people ask ("Core metadata specifications" of packaging.python.org).
 *
 * @param needs values of {@code Requires-Dist} as they stand
 */
record CoreMetadata(
        Optional<String> summary, Optional<String> licence, Optional<String> requiresPython, List<String> needs) {
    /** Some projects put the whole text of their licence into the field; people want its name. */
    private static final int LICENCE_MAX = 80;

    private static final String LICENCE_CLASSIFIER = "License :: ";

    CoreMetadata {
        needs = List.copyOf(needs);
    }

    /** Reads the fields before the description; what is none is skipped. */
    static CoreMetadata read(byte[] metadata) {
        Optional<String> summary = Optional.empty();
        Optional<String> expression = Optional.empty();
        Optional<String> licence = Optional.empty();
        Optional<String> classifier = Optional.empty();
        Optional<String> python = Optional.empty();
        List<String> needs = new ArrayList<>();
        for (String line : (Iterable<String>) new String(metadata, StandardCharsets.UTF_8).lines()::iterator) {
            if (line.isEmpty()) {
                break;
            }
            int colon = line.indexOf(": ");
            if (colon <= 0 || Character.isWhitespace(line.charAt(0))) {
                continue;
            }
            String value = line.substring(colon + 2).strip();
            switch (line.substring(0, colon)) {
                case "Summary" -> summary = Optional.of(value);
                case "License-Expression" -> expression = Optional.of(value);
                case "License" -> licence = Optional.of(value).filter(text -> text.length() <= LICENCE_MAX);
                case "Requires-Python" -> python = Optional.of(value);
                case "Requires-Dist" -> needs.add(value);
                case "Classifier" -> {
                    if (value.startsWith(LICENCE_CLASSIFIER)) {
                        classifier = Optional.of(value.substring(value.lastIndexOf(" :: ") + 4));
                    }
                }
                default -> {}
            }
        }
        Optional<String> named = expression;
        if (named.isEmpty()) {
            named = licence.filter(text -> !text.equals("UNKNOWN")).isPresent() ? licence : classifier;
        }
        return new CoreMetadata(summary.filter(text -> !text.equals("UNKNOWN")), named, python, needs);
    }

    PackageFacts addTo(PackageFacts facts) {
        List<Needs> kinds = new ArrayList<>();
        kinds(kinds, "Requires", needs.stream().filter(need -> !isExtra(need)).toList());
        kinds(kinds, "With extras", needs.stream().filter(CoreMetadata::isExtra).toList());
        return new PackageFacts(
                facts.name(),
                summary.or(facts::summary),
                licence.or(facts::licence),
                facts.requires().or(() -> requiresPython.map(range -> "Python " + range)),
                kinds,
                facts.releases());
    }

    private static void kinds(List<Needs> kinds, String kind, List<String> packages) {
        if (!packages.isEmpty()) {
            kinds.add(new Needs(kind, packages));
        }
    }

    private static boolean isExtra(String need) {
        return need.matches(".*;.*\\bextra\\s*==.*");
    }
}
