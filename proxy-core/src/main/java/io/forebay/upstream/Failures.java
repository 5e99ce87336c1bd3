package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.proxy.ProxyConnectException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import reactor.netty.http.client.PrematureCloseException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

/** Turns what the network stack throws into a failure with a kind and one line that is safe to show. Pure. */
final class Failures {
    private static final int MAX_DEPTH = 10;

    private Failures() {}

    /** A failure before the head of an answer was complete. */
    static ForebayException beforeAnswer(Throwable error, Authority authority) {
        return find(error, ForebayException.class)
                .orElseGet(() -> invalid(error)
                        ? new ForebayException(
                                Kind.ORIGIN_INVALID,
                                "The origin " + authority + " breaks HTTP: " + brief(error),
                                Optional.empty(),
                                error)
                        : new ForebayException(
                                Kind.ORIGIN_UNAVAILABLE,
                                "The origin " + authority + " " + reason(error),
                                Optional.empty(),
                                error));
    }

    /** A failure inside a body. */
    static ForebayException inBody(Throwable error, Authority authority, String progress) {
        Optional<ForebayException> known = find(error, ForebayException.class);
        Kind kind = known.map(ForebayException::kind)
                .orElse(invalid(error) ? Kind.ORIGIN_INVALID : Kind.ORIGIN_UNAVAILABLE);
        String reason = known.map(Throwable::getMessage)
                .orElseGet(() -> "The origin " + authority
                        + (kind == Kind.ORIGIN_INVALID ? " breaks HTTP: " + brief(error) : " cut its answer"));
        return new ForebayException(kind, reason + ", " + progress, Optional.empty(), error);
    }

    /** Whether the failure says something about the origin, and not about what or how much is asked of it. */
    static boolean concernsOrigin(Throwable error) {
        return find(error, PoolAcquirePendingLimitException.class).isEmpty()
                && find(error, PoolAcquireTimeoutException.class).isEmpty()
                && find(error, IllegalArgumentException.class).isEmpty();
    }

    /** A duration as people write it. */
    static String words(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }

    private static boolean invalid(Throwable error) {
        if (find(error, SSLException.class).isPresent()) {
            return false;
        }
        Optional<Http2Exception> http2 = find(error, Http2Exception.class);
        if (http2.isPresent()) {
            Http2Error code = http2.get().error();
            return code == Http2Error.PROTOCOL_ERROR
                    || code == Http2Error.COMPRESSION_ERROR
                    || code == Http2Error.FLOW_CONTROL_ERROR
                    || code == Http2Error.FRAME_SIZE_ERROR;
        }
        return find(error, DecoderException.class).isPresent();
    }

    private static String reason(Throwable error) {
        if (find(error, UnknownHostException.class).isPresent()) {
            return "cannot be found: its name does not resolve";
        }
        if (find(error, ConnectTimeoutException.class).isPresent()) {
            return "cannot be reached: no connection within the connect time-out";
        }
        if (find(error, ProxyConnectException.class).isPresent()) {
            return "cannot be reached: the proxy in front of it refused or did not answer";
        }
        if (find(error, ConnectException.class).isPresent()
                || find(error, NoRouteToHostException.class).isPresent()) {
            return "cannot be reached: connection refused or no route";
        }
        if (find(error, PoolAcquirePendingLimitException.class).isPresent()
                || find(error, PoolAcquireTimeoutException.class).isPresent()) {
            return "is asked too much at once: every connection to it is in use";
        }
        if (find(error, SSLException.class).isPresent()) {
            return tlsReason(error);
        }
        if (find(error, PrematureCloseException.class).isPresent()) {
            return "closed the connection before its answer";
        }
        return "cannot be asked: " + brief(error);
    }

    private static String tlsReason(Throwable error) {
        if (find(error, SslHandshakeTimeoutException.class).isPresent()) {
            return "did not finish the TLS handshake in time";
        }
        if (find(error, CertificateExpiredException.class).isPresent()) {
            return "shows a certificate that has expired";
        }
        if (find(error, CertificateNotYetValidException.class).isPresent()) {
            return "shows a certificate that is not valid yet";
        }
        String text = texts(error);
        if (text.contains("No subject alternative") || text.contains("No name matching")) {
            return "shows a certificate for another host";
        }
        if (text.contains("unable to find valid certification path") || text.contains("PKIX path building failed")) {
            return "shows a certificate that no trusted authority signed (self-signed or private CA)";
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("protocol_version")
                || lower.contains("unsupported_protocol")
                || lower.contains("not accepted by client preferences")
                || lower.contains("handshake_failure")) {
            return "offers no TLS version or cipher that is strong enough";
        }
        return "fails TLS: " + brief(error);
    }

    private static String texts(Throwable error) {
        StringBuilder texts = new StringBuilder();
        Throwable at = error;
        for (int depth = 0; at != null && depth < MAX_DEPTH; depth++, at = at.getCause()) {
            texts.append(at.getMessage()).append('\n');
        }
        return texts.toString();
    }

    private static String brief(Throwable error) {
        Throwable root = error;
        for (int depth = 0; root.getCause() != null && depth < MAX_DEPTH; depth++) {
            root = root.getCause();
        }
        return root.getClass().getSimpleName();
    }

    static <E extends Throwable> Optional<E> find(Throwable error, Class<E> type) {
        Throwable at = error;
        for (int depth = 0; at != null && depth < MAX_DEPTH; depth++, at = at.getCause()) {
            if (type.isInstance(at)) {
                return Optional.of(type.cast(at));
            }
        }
        return Optional.empty();
    }
}
