package io.forebay.app;

/** A text that is never printed. Empty when there is none. */
record Secret(String value) {
    static final String MASK = "********";

    boolean isPresent() {
        return !value.isEmpty();
    }

    @Override
    public String toString() {
        return value.isEmpty() ? "" : MASK;
    }
}
