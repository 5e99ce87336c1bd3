package io.forebay.ecosystem.python;

import java.util.List;
import java.util.Optional;

/**
 * Where a JSON document has an object, and where in it the values stand that may have to be replaced. Everything between
 * is copied as it is, so that no member is lost and no number changes its spelling.
 *
 * @param start offset of the opening brace
 * @param end offset behind the closing brace
 * @param values in the order of the document
 */
record JsonSpan(int start, int end, List<Value> values) {
    JsonSpan {
        values = List.copyOf(values);
    }

    Optional<Value> value(String name) {
        return values.stream().filter(value -> value.name.equals(name)).findFirst();
    }

    /**
     * The value of a member.
     *
     * @param start offset of its first byte
     * @param end offset behind its last byte
     */
    record Value(String name, int start, int end) {}
}
