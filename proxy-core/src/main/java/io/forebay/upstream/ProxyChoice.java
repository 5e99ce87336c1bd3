package io.forebay.upstream;

import io.netty.resolver.NoopAddressResolverGroup;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import reactor.netty.http.client.HttpClient;
import reactor.netty.transport.ProxyProvider;

/**
 * Which proxy stands before an authority: the source's own, else what the environment says (HTTPS_PROXY, HTTP_PROXY, NO_PROXY,
 * lower case first, as curl reads them). Connections go through it by CONNECT (RFC 9110 section 9.3.6), plain ones as well.
 */
final class ProxyChoice {
    private static final int DEFAULT_PORT = 3128;

    private final Optional<URI> own;
    private final Map<String, String> environment;

    ProxyChoice(Optional<URI> own, Map<String, String> environment) {
        this.own = own;
        this.environment = Map.copyOf(environment);
        own.ifPresent(ProxyChoice::check);
    }

    /** The proxy's URL, checked. */
    Optional<URI> of(Authority authority) {
        if (own.isPresent()) {
            return own;
        }
        if (exempt(authority)) {
            return Optional.empty();
        }
        String value = variable(authority.scheme() + "_proxy");
        if (value.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(check(parse(value.contains("://") ? value : "http://" + value)));
    }

    /** Sets the proxy on a client. */
    HttpClient apply(HttpClient client, Authority authority, UpstreamOptions options) {
        Optional<URI> proxy = of(authority);
        if (proxy.isEmpty()) {
            return client.noProxy();
        }
        URI url = proxy.get();
        // The proxy resolves the origin's name: behind a proxy it may be unknown here.
        return client.resolver(NoopAddressResolverGroup.INSTANCE).proxy(spec -> {
            ProxyProvider.Builder builder = spec.type(ProxyProvider.Proxy.HTTP)
                    .host(url.getHost())
                    .port(url.getPort() < 0 ? DEFAULT_PORT : url.getPort())
                    .connectTimeoutMillis(options.connectTimeout().toMillis());
            String[] user = url.getRawUserInfo() == null
                    ? new String[0]
                    : url.getRawUserInfo().split(":", 2);
            if (user.length == 2) {
                builder.username(decode(user[0])).password(name -> decode(user[1]));
            }
        });
    }

    private boolean exempt(Authority authority) {
        for (String entry : variable("no_proxy").split("[,\\s]+")) {
            String name = entry.toLowerCase(Locale.ROOT);
            if (name.equals("*")) {
                return true;
            }
            if (name.endsWith(":" + authority.port())) {
                name = name.substring(0, name.lastIndexOf(':'));
            }
            String bare = name.startsWith("*.") ? name.substring(2) : name.startsWith(".") ? name.substring(1) : name;
            if (!bare.isEmpty()
                    && (authority.host().equals(bare) || authority.host().endsWith("." + bare))) {
                return true;
            }
        }
        return false;
    }

    private String variable(String lowerCase) {
        String value = environment.getOrDefault(lowerCase, "");
        return value.isEmpty() ? environment.getOrDefault(lowerCase.toUpperCase(Locale.ROOT), "") : value;
    }

    private static URI parse(String value) {
        try {
            return URI.create(value);
        } catch (IllegalArgumentException e) {
            // The value may hold a password: it does not go into the message.
            throw new IllegalArgumentException("the proxy of the environment is no URL");
        }
    }

    private static URI check(URI url) {
        if (!"http".equalsIgnoreCase(url.getScheme()) || url.getHost() == null) {
            throw new IllegalArgumentException("proxy must be http://[user:password@]host:port");
        }
        return url;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
