package io.forebay.app;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * On which line of a TOML document each key and table stands. The parser tells no lines for what it has understood; this
 * scan leaves the checking to it. What stands inside an array or an inline table has the line
 * of the key that holds it.
 */
final class KeyLines {
    private final String text;
    private final Map<String, Integer> lines = new HashMap<>();
    private final Map<String, Integer> elements = new HashMap<>();
    private Optional<Repeated> repeated = Optional.empty();
    private int position;
    private int line = 1;

    private KeyLines(String text) {
        this.text = text;
    }

    static KeyLines of(String text) {
        KeyLines scan = new KeyLines(text);
        scan.document();
        return scan;
    }

    /** The line of a path with dots, or of the nearest table around it; 1 when there is none. */
    int of(List<String> path) {
        for (int length = path.size(); length > 0; length--) {
            Integer found = lines.get(join(path.subList(0, length)));
            if (found != null) {
                return found;
            }
        }
        return 1;
    }

    /** A key that is set a second time: in a document that the parser refuses without saying which. */
    Optional<Repeated> repeated() {
        return repeated;
    }

    /** A key set again, and on which line. */
    record Repeated(String path, int line) {}

    private void document() {
        List<String> table = List.of();
        while (skipBlank()) {
            int start = line;
            if (peek() == '[') {
                table = header();
                lines.putIfAbsent(join(table), start);
            } else {
                List<String> path = new ArrayList<>(table);
                path.addAll(keys('='));
                if (lines.putIfAbsent(join(path), start) != null && repeated.isEmpty()) {
                    repeated = Optional.of(new Repeated(String.join(".", path), start));
                }
                for (int length = table.size() + 1; length < path.size(); length++) {
                    lines.putIfAbsent(join(path.subList(0, length)), start);
                }
                value();
            }
        }
    }

    /** The table that a header opens; an element of an array of tables has its number as last name. */
    private List<String> header() {
        next();
        boolean array = peek() == '[';
        if (array) {
            next();
        }
        List<String> names = keys(']');
        if (array) {
            next();
            String name = join(names);
            int number = elements.merge(name, 1, Integer::sum) - 1;
            lines.putIfAbsent(name, line);
            names.add(Integer.toString(number));
        }
        return names;
    }

    /** Names joined by dots, up to and with the character that ends them. */
    private List<String> keys(char end) {
        List<String> names = new ArrayList<>();
        StringBuilder name = new StringBuilder();
        while (position < text.length()) {
            char c = next();
            if (c == end || c == '.') {
                names.add(name.toString());
                name.setLength(0);
                if (c == end) {
                    return names;
                }
            } else if (c == '"' || c == '\'') {
                while (position < text.length() && peek() != c) {
                    name.append(next());
                }
                next();
            } else if (c != ' ' && c != '\t') {
                name.append(c);
            }
        }
        return names;
    }

    /** Skips a value and the rest of its line. */
    private void value() {
        int depth = 0;
        while (position < text.length()) {
            char c = next();
            if (c == '"' || c == '\'') {
                quoted(c);
            } else if (c == '#') {
                comment();
            } else if (c == '[' || c == '{') {
                depth++;
            } else if (c == ']' || c == '}') {
                depth--;
            } else if (c == '\n' && depth == 0) {
                return;
            }
        }
    }

    /** Skips a text whose first quote has been read. */
    private void quoted(char quote) {
        String triple = String.valueOf(quote).repeat(3);
        boolean multiline = text.startsWith(triple, position - 1);
        String end = multiline ? triple : String.valueOf(quote);
        position += multiline ? 2 : 0;
        while (position < text.length() && !text.startsWith(end, position)) {
            if (next() == '\\' && quote == '"' && position < text.length()) {
                next();
            }
        }
        position = Math.min(text.length(), position + end.length());
        while (multiline && position < text.length() && peek() == quote) {
            position++; // up to two quotes may stand before the three that end the text
        }
    }

    private void comment() {
        while (position < text.length() && peek() != '\n') {
            position++;
        }
    }

    /** Goes to the next key or header; false at the end. */
    private boolean skipBlank() {
        while (position < text.length()) {
            char c = peek();
            if (c == '#') {
                comment();
            } else if (Character.isWhitespace(c) || c == '\uFEFF') {
                next();
            } else {
                return true;
            }
        }
        return false;
    }

    private char peek() {
        return position < text.length() ? text.charAt(position) : '\n';
    }

    private char next() {
        if (position >= text.length()) {
            return '\n';
        }
        char c = text.charAt(position++);
        if (c == '\n') {
            line++;
        }
        return c;
    }

    private static String join(List<String> path) {
        return String.join("\u0000", path);
    }
}
