package io.forebay.app;

/** A command or its configuration was given what it cannot use: one line, exit status 2, nothing was changed. */
class WrongUse extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongUse(String message) {
        super(message);
    }
}
