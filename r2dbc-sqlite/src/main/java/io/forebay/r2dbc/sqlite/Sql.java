package io.forebay.r2dbc.sqlite;

import java.util.List;
import java.util.Map;

/**
 * SQL text, taken apart: its statements and its parameters. Immutable.
 *
 * @param statements the statements, comments and separators aside
 * @param parameters how many values can be bound; indexes run through all statements of the text
 * @param required which of them occur in the text: {@code ?3} alone leaves gaps before it
 * @param names index by name, with its prefix ({@code :a}) and, the first of a kind, without
 */
record Sql(List<Part> statements, int parameters, List<Integer> required, Map<String, Integer> names) {
    /**
     * One statement.
     *
     * @param parameters for each parameter in SQLite's own order the index in the whole text, -1 for a gap
     */
    record Part(String text, Kind kind, boolean returning, List<Integer> parameters) {
        /** The same statement with a RETURNING clause; a comment may end the text, hence the line break. */
        Part returning(List<String> columns) {
            if (kind != Kind.WRITE || returning) {
                return this;
            }
            // Back quotes never fall back to a string literal, as SQLite's double quotes do.
            String list = columns.isEmpty()
                    ? "*"
                    : String.join(
                            ", ",
                            columns.stream()
                                    .map(name -> "`" + name.replace("`", "``") + "`")
                                    .toList());
            return new Part(text + "\nRETURNING " + list, kind, true, parameters);
        }
    }

    static Sql parse(String text) {
        return new SqlParser(text).parse();
    }
}
