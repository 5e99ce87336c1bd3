package io.forebay.app;

/** A command was given what it cannot use: one line, exit status 2, nothing was changed. */
final class WrongUse extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongUse(String message) {
        super(message);
    }
}
