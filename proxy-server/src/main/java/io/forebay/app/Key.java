package io.forebay.app;

/**
 * A key of the configuration.
 *
 * @param pattern path with dots; a star stands for the name of a source or repository, or for the place of a rule
 * @param fallback the TOML value when nobody sets the key
 */
record Key<T>(String pattern, Type<T> type, Object fallback) {
    /** The path for one source, repository or rule. */
    String path(String name) {
        return pattern.replace("*", name);
    }

    /** Whether the value must not be shown. */
    boolean secret() {
        return type.equals(Type.SECRET);
    }
}
