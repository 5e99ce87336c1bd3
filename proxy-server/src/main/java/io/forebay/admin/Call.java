package io.forebay.admin;

import io.forebay.model.ForebayException;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A call of the API, decoded.
 *
 * @param parameters of the path, by the names in the route's pattern
 * @param query in order
 * @param client address of the peer
 * @param principal who calls
 * @param body as text; empty when there is none
 */
record Call(
        Map<String, String> parameters, Map<String, List<String>> query, String client, String principal, String body) {

    static Map<String, List<String>> parsed(String uri) {
        return new QueryStringDecoder(uri).parameters();
    }

    String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the route has no " + name);
        }
        return value;
    }

    /** The value of a query parameter; empty when it is not there or has none. */
    Optional<String> value(String name) {
        List<String> values = query.getOrDefault(name, List.of());
        if (values.size() > 1) {
            throw ForebayException.badRequest(name + " is given more than once");
        }
        return values.stream().filter(value -> !value.isEmpty()).findFirst();
    }
}
