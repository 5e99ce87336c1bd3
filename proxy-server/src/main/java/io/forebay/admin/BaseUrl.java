package io.forebay.admin;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How clients reach the server, as lines for their settings need it: what the administrator says, else the host that the
 * browser asked, if it is spelled as one (RFC 9110 section 7.2), else the address that was connected to.
 *
 * @param text without a slash at its end
 */
record BaseUrl(String text) {
    private static final Pattern HOST = Pattern.compile(
            "(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\\.[A-Za-z0-9-]{1,63}){0,40}\\.?|\\[[0-9A-Fa-f:.]{2,45}])(?::[0-9]{1,5})?");
    private static final int HOST_MAX = 260;

    /** @param prefix path that a proxy takes away before it asks this server; not added to {@code publicUrl} */
    static BaseUrl of(
            Optional<URI> publicUrl, String scheme, String host, @Nullable InetSocketAddress reached, String prefix) {
        if (publicUrl.isPresent()) {
            return new BaseUrl(publicUrl.get().toString().replaceAll("/+$", ""));
        }
        if (host.length() <= HOST_MAX && HOST.matcher(host).matches()) {
            return new BaseUrl(scheme + "://" + host + prefix);
        }
        if (reached == null || reached.getAddress() == null) {
            return new BaseUrl(scheme + "://localhost" + prefix);
        }
        String address = reached.getAddress().getHostAddress();
        String literal = address.contains(":") ? "[" + address.replaceAll("%.*", "") + "]" : address;
        return new BaseUrl(scheme + "://" + literal + ":" + reached.getPort() + prefix);
    }

    /** The host that pip must be told to trust: it takes plain HTTP from this machine only. */
    Optional<String> untrustedHost() {
        URI url = URI.create(text);
        String host = String.valueOf(url.getHost()).toLowerCase(Locale.ROOT);
        boolean here = host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
        return "http".equals(url.getScheme()) && !here ? Optional.of(host) : Optional.empty();
    }
}
