package io.forebay.ecosystem.python;

import java.util.regex.Pattern;

/** Names of projects, after PEP 508 (which are legal) and PEP 503 (which are the same). */
final class ProjectName {
    /** Longer than any name that an index accepts; keeps what a client makes up out of keys and logs. */
    private static final int LENGTH_MAX = 200;

    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?");

    private ProjectName() {}

    static boolean isLegal(String name) {
        return name.length() <= LENGTH_MAX && LEGAL.matcher(name).matches();
    }

    /** The one spelling of a legal name: lower case, every run of {@code -}, {@code _} and {@code .} one hyphen. */
    static String normalise(String name) {
        if (isNormal(name)) {
            return name;
        }
        StringBuilder normal = new StringBuilder(name.length());
        boolean separated = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '-' || c == '_' || c == '.') {
                separated = true;
                continue;
            }
            if (separated) {
                normal.append('-');
                separated = false;
            }
            normal.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
        }
        return separated ? normal.append('-').toString() : normal.toString();
    }

    private static boolean isNormal(String name) {
        char last = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '_' || c == '.' || (c >= 'A' && c <= 'Z') || (c == '-' && last == '-')) {
                return false;
            }
            last = c;
        }
        return true;
    }
}
