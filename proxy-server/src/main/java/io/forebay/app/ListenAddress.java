package io.forebay.app;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the server listens.
 *
 * @param host name or address, without brackets; empty for every address of the machine
 * @param port 0 for any free one
 */
record ListenAddress(String host, int port) {
    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9A-Fa-f:.%a-z]+)]|([^:\\[\\]/@\\s]*)):(\\d{1,5})");

    /** @throws IllegalArgumentException when the text is not {@code host:port} */
    static ListenAddress parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > 65_535) {
            throw new IllegalArgumentException("\"" + text
                    + "\" is not an address; write host:port, such as 127.0.0.1:4242, [::1]:4242 or :4242 for all");
        }
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return new ListenAddress(host, Integer.parseInt(matcher.group(3)));
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
