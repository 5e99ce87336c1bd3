package io.forebay.app;

/** A value that its record refuses. Carries the key; the reader adds where the value came from. */
final class InvalidValue extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String key;

    InvalidValue(String key, String reason) {
        super(reason, null, false, false);
        this.key = key;
    }

    /** Path of the key, such as {@code sources.pypi.url}. */
    String key() {
        return key;
    }

    static void unless(boolean valid, String key, String reason) {
        if (!valid) {
            throw new InvalidValue(key, reason);
        }
    }
}
