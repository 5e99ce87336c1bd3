package io.forebay.app;

/**
 * Why the program cannot start: one line for the person at the terminal, who may see local paths. Thrown by whatever start
 * needs (data directory, port, database); the command prints the message and ends with status 1.
 */
class StartFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StartFailure(String message) {
        super(message);
    }

    StartFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
