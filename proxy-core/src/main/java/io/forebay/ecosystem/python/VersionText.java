package io.forebay.ecosystem.python;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Spellings of versions, after PEP 440. */
final class VersionText {
    /** No real version is longer; bounds what the pattern works on. */
    private static final int LENGTH_MAX = 200;

    private static final Pattern PATTERN = Pattern.compile("v?(?:(?<epoch>[0-9]+)!)?(?<release>[0-9]+(?:\\.[0-9]+)*+)"
            + "(?:[-_.]?(?<pre>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?<preN>[0-9]*))?"
            + "(?<post>-(?<postImplicit>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?<postN>[0-9]*))?"
            + "(?<dev>[-_.]?dev[-_.]?(?<devN>[0-9]*))?"
            + "(?:\\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*+))?");

    private static final Pattern TRAILING_ZEROS =
            Pattern.compile("^((?:[0-9]+!)?[0-9]+(?:\\.[0-9]+)*?)(?:\\.0)++(?=$|[^0-9.]|\\.[^0-9])");

    private VersionText() {}

    /** The normal spelling; empty for what is no version by PEP 440. Trailing zeros of the release stay. */
    static Optional<String> normalise(String text) {
        if (text.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        if (isPlainRelease(text)) {
            return Optional.of(text);
        }
        Matcher match = PATTERN.matcher(text.trim().toLowerCase(Locale.ROOT));
        if (!match.matches()) {
            return Optional.empty();
        }
        StringBuilder normal = new StringBuilder();
        String epoch = match.group("epoch");
        if (epoch != null && !number(epoch).equals("0")) {
            normal.append(number(epoch)).append('!');
        }
        appendParts(normal, match.group("release"));
        String pre = match.group("pre");
        if (pre != null) {
            normal.append(label(pre)).append(number(match.group("preN")));
        }
        if (match.group("post") != null) {
            String implicit = match.group("postImplicit");
            normal.append(".post").append(number(implicit != null ? implicit : match.group("postN")));
        }
        if (match.group("dev") != null) {
            normal.append(".dev").append(number(match.group("devN")));
        }
        String local = match.group("local");
        if (local != null) {
            appendParts(normal.append('+'), local);
        }
        return Optional.of(normal.toString());
    }

    /** A text that is equal for versions that PEP 440 holds equal: {@code 1.0} and {@code 1.0.0} have one. */
    static String equalityKey(String text) {
        String normal = normalise(text).orElse(text);
        return normal.length() > LENGTH_MAX
                ? normal
                : TRAILING_ZEROS.matcher(normal).replaceFirst("$1");
    }

    /** Whether the text is numbers without leading zeros joined by dots, as nearly every version is: normal as it stands. */
    private static boolean isPlainRelease(String text) {
        boolean atStart = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean digit = c >= '0' && c <= '9';
            boolean leadingZero = atStart && c == '0' && i + 1 < text.length() && text.charAt(i + 1) != '.';
            if (atStart ? !digit || leadingZero : !digit && c != '.') {
                return false;
            }
            atStart = c == '.';
        }
        return !atStart;
    }

    private static void appendParts(StringBuilder normal, String parts) {
        String separator = "";
        for (String part : parts.split("[-_.]", -1)) {
            normal.append(separator).append(isNumber(part) ? number(part) : part);
            separator = ".";
        }
    }

    private static boolean isNumber(String part) {
        return part.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static String number(@Nullable String digits) {
        if (digits == null || digits.isEmpty()) {
            return "0";
        }
        int start = 0;
        while (start < digits.length() - 1 && digits.charAt(start) == '0') {
            start++;
        }
        return digits.substring(start);
    }

    private static String label(String pre) {
        return switch (pre) {
            case "alpha" -> "a";
            case "beta" -> "b";
            case "c", "pre", "preview" -> "rc";
            default -> pre;
        };
    }
}
