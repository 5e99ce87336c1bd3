package io.forebay.ecosystem.python;

/** Text inside HTML. */
final class HtmlText {
    private HtmlText() {}

    /** Appends text so that it means itself as content and between quotes; control characters and halves of pairs become U+FFFD. */
    static void escape(StringBuilder out, String text) {
        int copied = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (meansItself(c) || (Character.isSurrogate(c) && !isHalf(text, i))) {
                continue;
            }
            out.append(text, copied, i);
            copied = i + 1;
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                case '\n' -> out.append("&#10;");
                case '\t' -> out.append("&#9;");
                default -> out.append('\ufffd');
            }
        }
        out.append(text, copied, text.length());
    }

    private static boolean meansItself(char c) {
        return c >= ' '
                && c != '"'
                && c != '&'
                && c != '\''
                && c != '<'
                && c != '>'
                && c != 0x7f
                && !Character.isSurrogate(c);
    }

    /** A surrogate without its other one: no encoding has bytes for it. */
    private static boolean isHalf(String text, int at) {
        char c = text.charAt(at);
        return Character.isHighSurrogate(c)
                ? at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1))
                : Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }
}
