package io.forebay.model;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The reverse proxies whose word about a request is taken: {@code Forwarded} (RFC 7239), or {@code X-Forwarded-For},
 * {@code -Proto}, {@code -Host} and {@code -Prefix}. From everybody else these fields are ignored.
 *
 * <p>Addresses are read from right to left; the first that is no trusted proxy's is the client's, and what stands left of it
 * is only what that client says. Where both kinds of fields are there and name different clients, one of them was passed on
 * as the client sent it: neither is believed, and the sender is the proxy itself.
 *
 * <p>Immutable and pure, for any thread.
 */
public final class TrustedProxies {
    /** Trusts nobody. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    private static final Pattern PREFIX = Pattern.compile("(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}){1,16}/?");

    private final List<AddressRange> ranges;

    private TrustedProxies(List<AddressRange> ranges) {
        this.ranges = ranges;
    }

    /**
     * Who sent a request, and by which address it was asked for.
     *
     * @param address as text; empty when the connection has none any more
     * @param scheme {@code http} or {@code https}, where a trusted proxy says it
     * @param host where a trusted proxy says it; as it was sent, not checked
     * @param prefix path that a trusted proxy has taken away, without a slash at its end; empty for none
     */
    public record Sender(String address, Optional<String> scheme, Optional<String> host, String prefix) {}

    /**
     * Proxies by address or network, such as {@code 10.0.0.0/8}.
     *
     * @throws IllegalArgumentException for a text that is none
     */
    public static TrustedProxies of(List<String> networks) {
        return networks.isEmpty()
                ? NONE
                : new TrustedProxies(networks.stream().map(AddressRange::parse).toList());
    }

    /** Whether an address is a trusted proxy's. */
    public boolean trusts(@Nullable InetAddress address) {
        return address != null && ranges.stream().anyMatch(range -> range.contains(address));
    }

    /**
     * The sender of a request.
     *
     * @param peer other end of the connection
     * @param fields values of a header field by its name, in the order they came
     */
    public Sender sender(@Nullable InetSocketAddress peer, Function<String, List<String>> fields) {
        InetAddress address = peer == null ? null : peer.getAddress();
        String direct = address == null ? "" : address.getHostAddress();
        if (!trusts(address)) {
            return new Sender(direct, Optional.empty(), Optional.empty(), "");
        }
        Optional<Hop> element = clientHop(Hop.ofElements(fields.apply("forwarded")));
        return new Sender(
                client(fields).map(InetAddress::getHostAddress).orElse(direct),
                element.flatMap(Hop::scheme)
                        .or(() -> last(fields.apply("x-forwarded-proto")))
                        .map(text -> text.toLowerCase(Locale.ROOT))
                        .filter(text -> text.equals("http") || text.equals("https")),
                element.flatMap(Hop::host).or(() -> last(fields.apply("x-forwarded-host"))),
                last(fields.apply("x-forwarded-prefix"))
                        .filter(text -> PREFIX.matcher(text).matches())
                        .map(text -> text.replaceAll("/$", ""))
                        .orElse(""));
    }

    /** The client's address as header fields of a trusted proxy say it; empty when they do not. */
    public Optional<InetAddress> client(Function<String, List<String>> fields) {
        if (ranges.isEmpty()) {
            return Optional.empty();
        }
        List<Hop> elements = Hop.ofElements(fields.apply("forwarded"));
        List<Hop> addresses = Hop.ofAddresses(fields.apply("x-forwarded-for"));
        Optional<InetAddress> forwarded = clientHop(elements).flatMap(Hop::from);
        Optional<InetAddress> listed = clientHop(addresses).flatMap(Hop::from);
        if (elements.isEmpty() || addresses.isEmpty()) {
            return forwarded.or(() -> listed);
        }
        return forwarded.equals(listed) ? forwarded : Optional.empty();
    }

    /** The hop that the outermost trusted proxy tells of. */
    private Optional<Hop> clientHop(List<Hop> hops) {
        for (int i = hops.size() - 1; i >= 0; i--) {
            Hop hop = hops.get(i);
            if (i == 0 || hop.from().isEmpty() || !trusts(hop.from().get())) {
                return Optional.of(hop);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> last(List<String> values) {
        if (values.isEmpty()) {
            return Optional.empty();
        }
        String all = values.get(values.size() - 1);
        return Optional.of(all.substring(all.lastIndexOf(',') + 1).strip()).filter(text -> !text.isEmpty());
    }
}
