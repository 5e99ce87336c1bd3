package io.forebay.http;

import io.forebay.model.ForebayException;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * The one place that turns kinds of failure into statuses.
 *
 * <p>An origin that is down is 503 with Retry-After and never 504 or 404: pip asks again after a 503 and believes a 404. Only an
 * origin's own 404 or 410 is 404.
 */
final class ErrorResponses {
    /** Where nothing better is known: soon, since a flight has asked again several times already. */
    private static final Duration SOON = Duration.ofSeconds(2);

    private ErrorResponses() {}

    static HttpResponseStatus status(ForebayException failure) {
        return switch (failure.kind()) {
            case BAD_REQUEST -> HttpResponseStatus.BAD_REQUEST;
            case NOT_FOUND -> HttpResponseStatus.NOT_FOUND;
            case FORBIDDEN -> HttpResponseStatus.FORBIDDEN;
            case METHOD_NOT_ALLOWED -> HttpResponseStatus.METHOD_NOT_ALLOWED;
            case OVERLOADED, ORIGIN_UNAVAILABLE -> HttpResponseStatus.SERVICE_UNAVAILABLE;
            case ORIGIN_INVALID, CORRUPT -> HttpResponseStatus.BAD_GATEWAY;
            case INTERNAL -> HttpResponseStatus.INTERNAL_SERVER_ERROR;
        };
    }

    /** Seconds for Retry-After, rounded up. */
    static OptionalLong retryAfterSeconds(ForebayException failure) {
        return switch (failure.kind()) {
            case OVERLOADED, ORIGIN_UNAVAILABLE -> {
                Duration wait = failure.retryAfter().orElse(SOON);
                yield OptionalLong.of(Math.max(1, (wait.toMillis() + 999) / 1000));
            }
            default -> OptionalLong.empty();
        };
    }
}
