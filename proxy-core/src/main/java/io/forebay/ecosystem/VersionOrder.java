package io.forebay.ecosystem;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Orders versions as people expect: numbers by value, pre-releases before their release, post-releases behind it. For showing
 * only: installers have rules of their own (PEP 440, R's {@code package_version}). Stateless, safe for use by many threads.
 */
public enum VersionOrder implements Comparator<String> {
    OLDEST_FIRST;

    /** Longer texts are no versions; they are compared by their beginning. */
    private static final int LENGTH_MAX = 200;

    private static final Pattern WORD = Pattern.compile("[0-9]+|[A-Za-z]+|\\+");

    @Override
    public int compare(String one, String other) {
        List<String> left = words(one);
        List<String> right = words(other);
        for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
            String a = i < left.size() ? left.get(i) : "";
            String b = i < right.size() ? right.get(i) : "";
            int rank = Integer.compare(rank(a), rank(b));
            int order = rank != 0 ? rank : isNumber(a) ? compareNumbers(a, b) : a.compareTo(b);
            if (order != 0) {
                return order;
            }
        }
        return one.compareTo(other);
    }

    private static List<String> words(String version) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(version.substring(0, Math.min(LENGTH_MAX, version.length())));
        while (matcher.find()) {
            words.add(matcher.group());
        }
        return words;
    }

    /** The end stands between what comes before a release and what comes behind it. */
    private static int rank(String word) {
        if (word.isEmpty()) {
            return 2;
        }
        if (isNumber(word)) {
            return 4;
        }
        return switch (word) {
            case "dev" -> 0;
            case "post", "r", "rev", "+" -> 3;
            default -> 1;
        };
    }

    private static boolean isNumber(String word) {
        return !word.isEmpty() && Character.isDigit(word.charAt(0));
    }

    private static int compareNumbers(String one, String other) {
        String a = one.replaceFirst("^0+(?=.)", "");
        String b = other.replaceFirst("^0+(?=.)", "");
        int length = Integer.compare(a.length(), b.length());
        return length != 0 ? length : a.compareTo(b);
    }
}
