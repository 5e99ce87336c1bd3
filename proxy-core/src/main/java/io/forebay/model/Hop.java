package io.forebay.model;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What one proxy says of the request it was sent.
 *
 * @param from who sent it; empty when it is not said or is no address (RFC 7239 sections 6.2 and 6.3)
 * @param scheme as the sender used it
 * @param host as the sender asked for it
 */
record Hop(Optional<InetAddress> from, Optional<String> scheme, Optional<String> host) {
    private static final Hop UNKNOWN = new Hop(Optional.empty(), Optional.empty(), Optional.empty());

    /** Hops of {@code X-Forwarded-For} fields, the client's first. */
    static List<Hop> ofAddresses(List<String> fields) {
        return split(String.join(",", fields), ',').stream()
                .map(node -> new Hop(address(node), Optional.empty(), Optional.empty()))
                .toList();
    }

    /** Hops of {@code Forwarded} fields (RFC 7239 section 4), the client's first. An element that is none says nothing. */
    static List<Hop> ofElements(List<String> fields) {
        return split(String.join(",", fields), ',').stream().map(Hop::element).toList();
    }

    private static Hop element(String text) {
        Hop hop = UNKNOWN;
        for (String pair : split(text, ';')) {
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                return UNKNOWN;
            }
            String value = unquoted(pair.substring(equals + 1).strip());
            hop = switch (pair.substring(0, equals).strip().toLowerCase(Locale.ROOT)) {
                case "for" -> new Hop(address(value), hop.scheme, hop.host);
                case "proto" -> new Hop(hop.from, Optional.of(value), hop.host);
                case "host" -> new Hop(hop.from, hop.scheme, Optional.of(value));
                default -> hop;
            };
        }
        return hop;
    }

    /** {@code 192.0.2.1}, {@code 192.0.2.1:4711}, {@code [2001:db8::1]:4711} or {@code 2001:db8::1}. */
    private static Optional<InetAddress> address(String node) {
        if (node.startsWith("[")) {
            int end = node.indexOf(']');
            return end < 0 ? Optional.empty() : AddressRange.literal(node.substring(1, end));
        }
        int colon = node.indexOf(':');
        boolean port = colon > 0 && colon == node.lastIndexOf(':');
        return AddressRange.literal(port ? node.substring(0, colon) : node);
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1") : value;
    }

    /** Parts between separators that stand in no quoted string (RFC 9110 section 5.6.4), without the empty ones. */
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(start, i).strip());
                start = i + 1;
            }
        }
        parts.add(text.substring(start).strip());
        parts.removeIf(String::isEmpty);
        return parts;
    }
}
