package io.forebay.r2dbc.sqlite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * Finds where statements end, what they are and which parameters they have, by SQLite's rules for tokens
 * (https://www.sqlite.org/lang_expr.html#parameters, https://www.sqlite.org/c3ref/complete.html). Anything else is left to
 * SQLite. Used once, by one thread.
 */
final class SqlParser {
    private static final int LARGEST_PARAMETER = 250_000;

    private final String text;
    private final List<Sql.Part> parts = new ArrayList<>();
    private final Map<String, Integer> names = new HashMap<>();
    private final TreeSet<Integer> required = new TreeSet<>();
    private int parameters;

    private int at;
    private int depth;
    private int start;
    private boolean significant;
    private boolean returning;
    private Kind kind = Kind.OTHER;
    /** WITH: the kind is told by a later word. */
    private boolean undecided;

    private final List<String> firstWords = new ArrayList<>();
    private String previous = "";
    private String beforePrevious = "";
    private final List<Integer> own = new ArrayList<>();
    private final Map<String, Integer> ownNames = new HashMap<>();

    SqlParser(String text) {
        this.text = text;
    }

    Sql parse() {
        while (at < text.length()) {
            token();
        }
        end(text.length());
        return new Sql(List.copyOf(parts), parameters, List.copyOf(required), Map.copyOf(names));
    }

    private void token() {
        char c = text.charAt(at);
        if (Character.isWhitespace(c)) {
            at++;
        } else if (text.startsWith("--", at)) {
            skipTo("\n", 2);
        } else if (text.startsWith("/*", at)) {
            skipTo("*/", 2);
        } else if (c == ';') {
            separator();
        } else if (isName(c) && !Character.isDigit(c) && c != '$') {
            word(name(at));
        } else if (c == '?' || ((c == ':' || c == '@' || c == '$') && name(at + 1) > at + 1)) {
            parameter(c);
        } else {
            symbol(c);
        }
    }

    private void symbol(char c) {
        significant = true;
        push(String.valueOf(c));
        if (c == '\'' || c == '"' || c == '`') {
            quoted(c);
        } else if (c == '[') {
            skipTo("]", 1);
        } else if (Character.isDigit(c)) {
            at = name(at);
        } else {
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            at++;
        }
    }

    /** A trigger's body has separators of its own; its last one follows END, which follows another separator. */
    private void separator() {
        boolean trigger = firstWords.size() > 1
                && firstWords.get(0).equals("CREATE")
                && (firstWords.get(1).equals("TRIGGER")
                        || (firstWords.get(1).startsWith("TEMP") && firstWords.contains("TRIGGER")));
        if (trigger && !(previous.equals("END") && beforePrevious.equals(";"))) {
            push(";");
            at++;
            return;
        }
        end(at);
        at++;
        start = at;
    }

    private void word(int end) {
        String word = text.substring(at, end).toUpperCase(Locale.ROOT);
        if (firstWords.isEmpty()) {
            undecided = word.equals("WITH");
            kind = kind(word);
        } else if (undecided && depth == 0 && kind(word) != Kind.OTHER) {
            undecided = false;
            kind = kind(word);
        }
        if (firstWords.size() < 3) {
            firstWords.add(word);
        }
        returning |= depth == 0 && word.equals("RETURNING");
        significant = true;
        push(word);
        at = end;
    }

    private static Kind kind(String word) {
        return switch (word) {
            case "SELECT", "VALUES" -> Kind.QUERY;
            case "INSERT", "REPLACE", "UPDATE", "DELETE" -> Kind.WRITE;
            case "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE" -> Kind.TRANSACTION;
            default -> Kind.OTHER;
        };
    }

    private void parameter(char prefix) {
        int end = name(at + 1);
        String written = text.substring(at, end);
        significant = true;
        push("?");
        if (written.equals("?")) {
            occurs(own.size(), parameters);
        } else if (prefix == '?') {
            int number = number(written);
            occurs(number - 1, number - 1);
            names.put(written, number - 1);
        } else {
            int index = names.computeIfAbsent(written, name -> parameters);
            int place = ownNames.computeIfAbsent(written, name -> own.size());
            names.putIfAbsent(written.substring(1), index);
            occurs(place, index);
        }
        at = end;
    }

    private static int number(String written) {
        try {
            int number = Integer.parseInt(written.substring(1));
            if (number >= 1 && number <= LARGEST_PARAMETER) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Falls through to the one message for all of these.
        }
        throw new IllegalArgumentException(written + " is no parameter of SQLite");
    }

    private void occurs(int place, int index) {
        while (own.size() <= place) {
            own.add(-1);
        }
        own.set(place, index);
        parameters = Math.max(parameters, index + 1);
        required.add(index);
    }

    private void end(int end) {
        if (significant) {
            parts.add(new Sql.Part(text.substring(start, end).strip(), kind, returning, List.copyOf(own)));
        }
        depth = 0;
        significant = false;
        returning = false;
        undecided = false;
        kind = Kind.OTHER;
        firstWords.clear();
        previous = "";
        beforePrevious = "";
        own.clear();
        ownNames.clear();
    }

    private void push(String token) {
        beforePrevious = previous;
        previous = token;
    }

    private void quoted(char quote) {
        for (at++; at < text.length(); at++) {
            if (text.charAt(at) == quote) {
                at++;
                if (at >= text.length() || text.charAt(at) != quote) {
                    return;
                }
            }
        }
    }

    private void skipTo(String mark, int from) {
        int found = text.indexOf(mark, at + from);
        at = found < 0 ? text.length() : found + mark.length();
    }

    private int name(int from) {
        int end = Math.min(from, text.length());
        while (end < text.length() && isName(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isName(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '$'
                || c >= 0x80;
    }
}
