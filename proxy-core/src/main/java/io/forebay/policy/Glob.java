package io.forebay.policy;

/** Matching with {@code *} and {@code ?}: no regular expression, so no pattern can take exponential time. */
final class Glob {
    /** Matches everything. */
    static final String ANY = "*";

    private Glob() {}

    /** Whether the glob stands for the whole text. Allocates nothing. */
    static boolean matches(String glob, String text) {
        int g = 0;
        int t = 0;
        int star = -1;
        int resume = 0;
        while (t < text.length()) {
            if (g < glob.length() && glob.charAt(g) == '*') {
                // Let the star stand for nothing at first, and for one character more at each failure behind it.
                star = g++;
                resume = t;
            } else if (g < glob.length() && (glob.charAt(g) == '?' || glob.charAt(g) == text.charAt(t))) {
                g++;
                t++;
            } else if (star >= 0) {
                g = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (g < glob.length() && glob.charAt(g) == '*') {
            g++;
        }
        return g == glob.length();
    }
}
