package io.forebay.app;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a Python release needs, as its core metadata says it: {@code name[extra] >=1,<2; marker}.
 *
 * @param extras of the package that is needed, normalised
 * @param range of versions; empty for all
 * @param marker when it is needed; empty for always
 */
record Requirement(String name, Set<String> extras, String range, String marker) {
    private static final Pattern FORM =
            Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]*)\\s*(?:\\[([^]]*)])?\\s*\\(?([^();@]*)\\)?\\s*(?:;\\s*(.*))?");
    private static final Pattern EXTRA = Pattern.compile("extra\\s*==\\s*[\"']([^\"']+)[\"']");
    private static final Pattern ELSEWHERE = Pattern.compile(
            "(?:sys_platform|platform_system|os_name)\\s*==\\s*[\"'](?:win32|cygwin|darwin|nt|java|Windows|Darwin|Java)[\"']");

    Requirement {
        extras = Set.copyOf(extras);
    }

    /** Empty for what is no requirement, or one of a URL: no index has that. */
    static Optional<Requirement> of(String text) {
        Matcher form = FORM.matcher(text.strip());
        return form.matches()
                ? Optional.of(new Requirement(
                        form.group(1),
                        extras(Optional.ofNullable(form.group(2)).orElse("")),
                        form.group(3).strip(),
                        Optional.ofNullable(form.group(4)).orElse("")))
                : Optional.empty();
    }

    /** Names of extras between commas, normalised. */
    static Set<String> extras(String list) {
        return Arrays.stream(list.split(","))
                .map(Requirement::normal)
                .filter(extra -> !extra.isEmpty())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    static String normal(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
    }

    /**
     * Whether it is needed somewhere on Linux with some of the extras. Of a marker only extras and systems count: for which Python
     * it is fetched nobody says, and too much does no harm.
     */
    boolean applies(Set<String> wantedExtras) {
        if (ELSEWHERE.matcher(marker).find() && !marker.contains(" or ")) {
            return false;
        }
        Matcher extra = EXTRA.matcher(marker);
        boolean conditional = false;
        while (extra.find()) {
            if (wantedExtras.contains(normal(extra.group(1)))) {
                return true;
            }
            conditional = true;
        }
        return !conditional;
    }
}
