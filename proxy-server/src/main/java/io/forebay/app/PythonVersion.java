package io.forebay.app;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A version in the order of PEP 440. Local labels count for nothing: indexes have none.
 *
 * @param release without trailing zeros
 * @param stage of the release: 0 for what is developed towards it, 1 to 3 for a, b and rc, 4 for itself
 * @param post -1 for none
 * @param dev what is developed towards all before; -1 for none
 */
record PythonVersion(
        BigInteger epoch, List<BigInteger> release, int stage, BigInteger pre, BigInteger post, BigInteger dev)
        implements Comparable<PythonVersion> {
    private static final int LENGTH_MAX = 200;
    private static final BigInteger NONE = BigInteger.ONE.negate();
    private static final int FINAL = 4;

    private static final Pattern FORM = Pattern.compile("v?(?:(\\d+)!)?(\\d+(?:\\.\\d+)*+)"
            + "(?:[-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?(\\d*))?"
            + "(?:-(\\d+)|([-_.]?(?:post|rev|r)[-_.]?)(\\d*))?(?:([-_.]?dev[-_.]?)(\\d*))?(?:\\+[a-z0-9._-]+)?");

    /** One of the terms that stand between commas. */
    private static final Pattern TERM = Pattern.compile("(===|==|!=|~=|<=|>=|<|>)\\s*([^\\s,*]+?)(\\.\\*)?");

    PythonVersion {
        release = List.copyOf(release);
    }

    /** Empty for what is no version. */
    static Optional<PythonVersion> of(String text) {
        Matcher form = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (text.length() > LENGTH_MAX || !form.matches()) {
            return Optional.empty();
        }
        boolean isPost = form.group(5) != null || form.group(6) != null;
        boolean isDev = form.group(8) != null;
        int stage = form.group(3) != null ? stage(form.group(3)) : isDev && !isPost ? 0 : FINAL;
        return Optional.of(new PythonVersion(
                number(form.group(1)),
                trimmed(numbers(form.group(2))),
                stage,
                number(form.group(4)),
                isPost ? number(form.group(5) != null ? form.group(5) : form.group(7)) : NONE,
                isDev ? number(form.group(9)) : NONE));
    }

    private static int stage(String label) {
        return label.startsWith("a") ? 1 : label.startsWith("b") ? 2 : 3;
    }

    private static BigInteger number(@Nullable String digits) {
        return digits == null || digits.isEmpty() ? BigInteger.ZERO : new BigInteger(digits);
    }

    private static List<BigInteger> numbers(String release) {
        return List.of(release.split("\\.")).stream().map(BigInteger::new).toList();
    }

    private static List<BigInteger> trimmed(List<BigInteger> numbers) {
        int end = numbers.size();
        while (end > 1 && numbers.get(end - 1).signum() == 0) {
            end--;
        }
        return numbers.subList(0, end);
    }

    boolean isPrerelease() {
        return stage != FINAL || !dev.equals(NONE);
    }

    /** Whether all terms of a specifier, such as {@code >=2,<3}, hold; one that cannot be read holds. */
    boolean isIn(String range) {
        for (String part : range.split(",")) {
            Matcher term = TERM.matcher(part.strip());
            if (term.matches() && !holds(term.group(1), term.group(2), term.group(3) != null)) {
                return false;
            }
        }
        return true;
    }

    private boolean holds(String operator, String text, boolean anyBelow) {
        Optional<PythonVersion> bound = of(text);
        if (bound.isEmpty()) {
            return true;
        }
        int order = compareTo(bound.get());
        return switch (operator) {
            case "===", "==" -> anyBelow ? isBelow(text) : order == 0;
            case "!=" -> anyBelow ? !isBelow(text) : order != 0;
            case "~=" -> order >= 0 && isBelow(text.replaceFirst("^((?:\\d+!)?\\d+(?:\\.\\d+)*)\\.\\d+.*$", "$1"));
            case "<=" -> order <= 0;
            case ">=" -> order >= 0;
            case "<" -> order < 0 && (!isPrerelease() || !release.equals(bound.get().release));
            default -> order > 0 && (post.equals(NONE) || !release.equals(bound.get().release));
        };
    }

    /** Whether the release begins with the numbers of another. */
    private boolean isBelow(String prefix) {
        Matcher form = FORM.matcher(prefix.toLowerCase(Locale.ROOT));
        if (!form.matches()) {
            return true;
        }
        List<BigInteger> wanted = numbers(form.group(2));
        List<BigInteger> own = new ArrayList<>(release);
        while (own.size() < wanted.size()) {
            own.add(BigInteger.ZERO);
        }
        return epoch.equals(number(form.group(1)))
                && own.subList(0, wanted.size()).equals(wanted);
    }

    @Override
    public int compareTo(PythonVersion other) {
        int order = epoch.compareTo(other.epoch);
        for (int i = 0; order == 0 && i < Math.max(release.size(), other.release.size()); i++) {
            order = at(i).compareTo(other.at(i));
        }
        if (order == 0) {
            order = Integer.compare(stage, other.stage);
        }
        if (order == 0) {
            order = pre.compareTo(other.pre);
        }
        if (order == 0) {
            order = post.compareTo(other.post);
        }
        return order != 0 || dev.equals(other.dev)
                ? order
                : dev.equals(NONE) ? 1 : other.dev.equals(NONE) ? -1 : dev.compareTo(other.dev);
    }

    private BigInteger at(int index) {
        return index < release.size() ? release.get(index) : BigInteger.ZERO;
    }
}
