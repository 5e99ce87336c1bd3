package io.forebay.admin;

import reactor.core.publisher.Flux;

/** What the API answers with. */
sealed interface ApiReply {
    /**
     * A value written as JSON.
     *
     * @param status of HTTP
     */
    record Json(int status, Object value) implements ApiReply {}

    /** Text of another kind. */
    record Text(String contentType, Flux<String> text) implements ApiReply {}

    /**
     * Work that takes long: a line of JSON for each value, as it comes. The last one has {@code result} or, since the status is
     * long gone when it fails, {@code error}.
     */
    record Lines(Flux<?> values) implements ApiReply {}

    static ApiReply ok(Object value) {
        return new Json(200, value);
    }
}
