package io.forebay.app;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A key with the value somebody gave it.
 *
 * @param path with dots, names filled in
 * @param raw the TOML value: a text, a {@link Long}, a {@link Boolean} or a list
 * @param from {@code default}, file and line, environment variable or option
 */
record Setting(String path, Object raw, String from) {
    static final String DEFAULT = "default";

    /** The value as TOML writes it, what is secret masked. */
    String toml(Key<?> key) {
        return toml(masked(key));
    }

    /** The value with what is secret in it masked. */
    Object masked(Key<?> key) {
        if (key.secret()) {
            return raw.equals("") ? raw : Secret.MASK;
        }
        return raw instanceof String text ? text.replaceFirst("://[^/@]*@", "://" + Secret.MASK + "@") : raw;
    }

    private static String toml(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(Setting::toml).collect(Collectors.joining(", ", "[", "]"));
        }
        return value instanceof String text ? quote(text) : value.toString();
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
            } else if (c < ' ' || c == 0x7F) {
                quoted.append(String.format("\\u%04X", c));
            } else {
                quoted.append((char) c);
            }
        });
        return quoted.append('"').toString();
    }

    @Override
    public String toString() {
        return path + " (" + from + ")";
    }
}
