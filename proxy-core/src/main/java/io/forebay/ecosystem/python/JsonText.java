package io.forebay.ecosystem.python;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.io.JsonStringEncoder;

/** Strings of JSON. */
final class JsonText {
    private JsonText() {}

    /** A string with its quotes. */
    static byte[] quote(String text) {
        char[] escaped = JsonStringEncoder.getInstance().quoteAsCharArray(text);
        return ("\"" + String.valueOf(escaped) + "\"").getBytes(StandardCharsets.UTF_8);
    }
}
