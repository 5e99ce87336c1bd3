package io.forebay.admin;

import io.netty.handler.codec.http.HttpMethod;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * One operation of the API.
 *
 * @param pattern of the path below {@code /api/v1}, with names in braces; one with a star in front takes the rest of the path
 * @param bodyMax bytes
 */
record Route(HttpMethod method, String pattern, Need need, int bodyMax, Function<Call, Mono<ApiReply>> handler) {
    /** Of nearly all operations: a name, a directory, a few words. */
    private static final int BODY_MAX = 16 << 10;

    Route(HttpMethod method, String pattern, Need need, Function<Call, Mono<ApiReply>> handler) {
        this(method, pattern, need, BODY_MAX, handler);
    }

    /** Who may call. */
    enum Need {
        /** Everybody who reaches the server: what is told is on the pages as well. */
        NOTHING,
        /** Who is on the machine, or a token of any scope. */
        READ,
        /** Who is on the machine, or a token of the scope admin. */
        ADMIN,
        /** Who is on the machine alone: {@link LocalAccess}. */
        LOCAL
    }

    /** The parameters of a path; empty when it is not this route's. */
    Optional<Map<String, String>> match(String path) {
        String[] wanted = pattern.substring(1).split("/");
        String[] given = path.substring(1).split("/", -1);
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < wanted.length; i++) {
            if (i >= given.length) {
                return Optional.empty();
            }
            String part = wanted[i];
            if (part.startsWith("{*")) {
                String rest = String.join("/", java.util.Arrays.asList(given).subList(i, given.length));
                parameters.put(part.substring(2, part.length() - 1), rest);
                return rest.isEmpty() ? Optional.empty() : Optional.of(parameters);
            }
            if (part.startsWith("{")) {
                parameters.put(part.substring(1, part.length() - 1), given[i]);
            } else if (!part.equals(given[i])) {
                return Optional.empty();
            }
        }
        return wanted.length == given.length ? Optional.of(parameters) : Optional.empty();
    }
}
