package io.forebay.ecosystem.r;

import io.forebay.model.ForebayException;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The part of a query by which an origin with binaries for Linux is told the platform: {@code r_version} and {@code arch}. */
final class BinaryQuery {
    private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9._-]{1,32}");

    private BinaryQuery() {}

    /**
     * The two parameters in one order and without any other, with a question mark in front; empty when there is none.
     *
     * @throws ForebayException of kind {@code BAD_REQUEST} when a value cannot be a version or an architecture
     */
    static String canonical(String query) {
        TreeMap<String, String> known = new TreeMap<>();
        for (String parameter : query.split("&")) {
            int equals = parameter.indexOf('=');
            String name = equals < 0 ? parameter : parameter.substring(0, equals);
            if (name.equals("r_version") || name.equals("arch")) {
                String value = parameter.substring(equals + 1);
                if (equals < 0 || !VALUE.matcher(value).matches()) {
                    throw ForebayException.badRequest("not a value of " + name + ": " + value);
                }
                known.put(name, value);
            }
        }
        StringBuilder canonical = new StringBuilder();
        known.forEach((name, value) -> canonical
                .append(canonical.isEmpty() ? '?' : '&')
                .append(name)
                .append('=')
                .append(value));
        return canonical.toString();
    }
}
