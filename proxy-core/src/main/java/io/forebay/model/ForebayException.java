package io.forebay.model;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A failure with a kind. The message is safe to show to a client: it names no local path and no secret. There is no stack
 * trace: these are answers, not bugs.
 */
public final class ForebayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Who can act on a failure. Only the HTTP server's {@code ErrorResponses} turns a kind into a status. */
    public enum Kind {
        /** The client: what it asked for is malformed or an illegal name. */
        BAD_REQUEST,
        /** Nobody: no source has it, and each said so itself. */
        NOT_FOUND,
        /** The administrator: a rule forbids it. */
        FORBIDDEN,
        /** The client: the method means nothing here. */
        METHOD_NOT_ALLOWED,
        /** The client, later: too much at once. */
        OVERLOADED,
        /** The client, later: the origin is down, silent, refuses or is in trouble, and nothing is held to answer with. */
        ORIGIN_UNAVAILABLE,
        /** The origin's operator: it breaks HTTP, or its index is not an index. */
        ORIGIN_INVALID,
        /** The origin's operator: the bytes are not what was promised of them. */
        CORRUPT,
        /** Forebay's operator. */
        INTERNAL;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** In lower case, as metrics write it. */
        public String label() {
            return label;
        }
    }

    private final Kind kind;
    private final String text;
    private final transient Optional<Duration> retryAfter;

    public ForebayException(Kind kind, String message) {
        this(kind, message, Optional.empty(), null);
    }

    public ForebayException(Kind kind, String message, Optional<Duration> retryAfter, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.kind = kind;
        this.text = message;
        this.retryAfter = retryAfter;
    }

    @Override
    public String getMessage() {
        return text;
    }

    public Kind kind() {
        return kind;
    }

    /** When the origin or Forebay says it is worth asking again. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }

    public static ForebayException badRequest(String message) {
        return new ForebayException(Kind.BAD_REQUEST, message);
    }

    public static ForebayException notFound(String message) {
        return new ForebayException(Kind.NOT_FOUND, message);
    }

    public static ForebayException originInvalid(String message) {
        return new ForebayException(Kind.ORIGIN_INVALID, message);
    }

    public static ForebayException unavailable(String message) {
        return new ForebayException(Kind.ORIGIN_UNAVAILABLE, message);
    }
}
