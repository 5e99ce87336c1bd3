package io.forebay.admin;

import io.forebay.catalog.Tokens;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Who calls the API, and whether that one may.
 *
 * <p>Who shows the secret of the data directory is an administrator, and so is loopback where {@link LocalAccess} says so: who
 * can connect from there has the machine. Not so when a proxy stands between (any header that proxies add), and not when a
 * browser asks on behalf of a page from elsewhere (a foreign {@code Origin}, or a Host that is no name of the loopback, which is
 * how DNS rebinding looks). Everybody else shows a token (RFC 6750).
 */
final class Gate {
    private static final List<String> PROXY_MARKS = List.of(
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-forwarded-port",
            "x-forwarded-prefix",
            "x-real-ip",
            "via");
    private static final String BEARER = "bearer ";

    private final Tokens tokens;
    private final LocalAccess local;

    Gate(Tokens tokens, LocalAccess local) {
        this.tokens = tokens;
        this.local = local;
    }

    /**
     * A verdict.
     *
     * @param principal who it is; empty for nobody in particular
     * @param refusal why not; empty when the call may go on
     */
    record Verdict(String principal, Optional<Refusal> refusal) {
        static Verdict pass(String principal) {
            return new Verdict(principal, Optional.empty());
        }

        static Verdict refuse(int status, String text) {
            return new Verdict("", Optional.of(new Refusal(status, text)));
        }
    }

    /** @param status 401 when a token would help, 403 when not */
    record Refusal(int status, String text) {}

    Mono<Verdict> judge(HttpServerRequest request, Route.Need need) {
        if (need == Route.Need.NOTHING) {
            return Mono.just(Verdict.pass(""));
        }
        HttpHeaders headers = request.requestHeaders();
        boolean changes = !request.method().equals(HttpMethod.GET);
        if (changes && isForeignPage(headers)) {
            return Mono.just(Verdict.refuse(403, "a page of another site may not do this"));
        }
        Optional<String> shown = shown(headers);
        if (shown.filter(local::isSecret).isPresent()) {
            return Mono.just(Verdict.pass("local"));
        }
        if (local.loopback() && isLoopback(request.remoteAddress()) && isDirect(headers)) {
            return Mono.just(Verdict.pass("loopback"));
        }
        if (need == Route.Need.LOCAL) {
            return Mono.just(Verdict.refuse(403, "this is done on the server's own machine, by who may read its data"));
        }
        if (shown.isEmpty()) {
            return Mono.just(Verdict.refuse(401, "a token is needed: Authorization: Bearer forebay_..."));
        }
        return tokens.find(shown.get())
                .map(token -> need == Route.Need.ADMIN && token.scope() != Tokens.Scope.ADMIN
                        ? Verdict.refuse(403, "the token's scope is read; this needs admin")
                        : Verdict.pass("token " + token.name()))
                .defaultIfEmpty(Verdict.refuse(401, "the token is not known, or its time is over"));
    }

    private static Optional<String> shown(HttpHeaders headers) {
        return Optional.ofNullable(headers.get(HttpHeaderNames.AUTHORIZATION))
                .filter(text -> text.toLowerCase(Locale.ROOT).startsWith(BEARER))
                .map(text -> text.substring(BEARER.length()).strip());
    }

    private static boolean isLoopback(@Nullable InetSocketAddress remote) {
        return remote != null
                && remote.getAddress() != null
                && remote.getAddress().isLoopbackAddress();
    }

    private static boolean isDirect(HttpHeaders headers) {
        String host = Optional.ofNullable(headers.get(HttpHeaderNames.HOST)).orElse("");
        return PROXY_MARKS.stream().noneMatch(headers::contains)
                && host.matches("(?i)(localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1])(:\\d+)?");
    }

    private static boolean isForeignPage(HttpHeaders headers) {
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        String host = headers.get(HttpHeaderNames.HOST);
        return origin != null
                && (host == null || !origin.replaceFirst("^https?://", "").equals(host));
    }
}
