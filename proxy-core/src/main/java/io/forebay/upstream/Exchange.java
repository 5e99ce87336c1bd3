package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;

/** One request of a caller, from the first connection to the last redirect's answer. */
final class Exchange<T> {
    private static final Logger LOG = LoggerFactory.getLogger(HttpOrigins.class);
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    /** Up to this a redirect's own body is read for the sake of its connection; beyond, the connection is closed. */
    private static final long MAX_DRAIN_BYTES = 64 * 1024;

    private final UpstreamOptions options;
    private final Clock clock;
    private final OriginClient origin;
    private final Map<Authority, Circuit> circuits;
    private final OriginRequest request;
    private final Function<OriginAnswer, Publisher<T>> handler;
    private final Asked asked;

    Exchange(
            UpstreamOptions options,
            Clock clock,
            OriginClient origin,
            Map<Authority, Circuit> circuits,
            OriginRequest request,
            Function<OriginAnswer, Publisher<T>> handler) {
        this.options = options;
        this.clock = clock;
        this.origin = origin;
        this.circuits = circuits;
        this.request = request;
        this.handler = handler;
        this.asked = Asked.of(request.head(), request.headers());
    }

    Flux<T> start() {
        return visit(request.url(), 0);
    }

    private Flux<T> visit(URI url, int redirects) {
        Authority authority;
        try {
            authority = origin.admit(url);
        } catch (ForebayException e) {
            log(e);
            return Flux.error(e);
        }
        Circuit circuit = circuit(authority);
        Optional<Duration> wait = circuit.admit();
        if (wait.isPresent()) {
            return Flux.error(new ForebayException(
                    Kind.ORIGIN_UNAVAILABLE,
                    "The origin " + authority + " is not asked for another "
                            + Math.max(1, wait.get().toSeconds()) + " s: it failed or asked to be left alone",
                    wait,
                    null));
        }
        Hop hop = new Hop(url, authority, circuit, redirects);
        return attempt(origin.pooled(authority), hop, true);
    }

    private Flux<T> attempt(HttpClient client, Hop hop, boolean mayRetry) {
        Attempt attempt = new Attempt(options, hop.authority, asked);
        return client.request(request.head() ? HttpMethod.HEAD : HttpMethod.GET)
                .uri(hop.url)
                .send((outgoing, outbound) -> {
                    origin.meter().asked();
                    prepare(outgoing, hop.authority);
                    outbound.withConnection(attempt::begin);
                    return outbound;
                })
                .response((response, content) -> answer(response, content, hop, attempt))
                .onErrorResume(error -> {
                    if (attempt.answered()) {
                        return Flux.error(error);
                    }
                    // A connection that lay in the pool may have died there, which says nothing of the origin.
                    return mayRetry && attempt.diedUnused(error)
                            ? attempt(origin.fresh(hop.authority), hop, false)
                            : Flux.error(failed(error, hop, attempt));
                })
                .doOnCancel(() -> {
                    if (!attempt.answered()) {
                        hop.circuit.abandoned();
                    }
                });
    }

    private void prepare(HttpClientRequest outgoing, Authority authority) {
        HttpHeaders headers = outgoing.requestHeaders();
        headers.clear();
        headers.set(HttpHeaderNames.HOST, authority.hostHeader());
        headers.set(HttpHeaderNames.USER_AGENT, options.userAgent());
        request.headers().forEach(headers::set);
        headers.set(HttpHeaderNames.ACCEPT_ENCODING, "identity");
        origin.authorization(authority).ifPresent(value -> headers.set(HttpHeaderNames.AUTHORIZATION, value));
    }

    private Publisher<T> answer(HttpClientResponse response, Flux<ByteBuf> content, Hop hop, Attempt attempt) {
        attempt.answer();
        hop.circuit.answered();
        Answer answer = new Answer(
                response,
                metered(content),
                hop.url,
                hop.authority,
                request.head(),
                clock,
                failure -> cut(failure, hop));
        if (answer.status() == 429) {
            // It says that we ask too much. A 503 says that this resource cannot be had: others of the host may.
            answer.retryAfter().ifPresent(hop.circuit::rest);
        }
        String location = answer.headers().get(HttpHeaderNames.LOCATION);
        if (!REDIRECTS.contains(answer.status()) || location == null) {
            return Flux.defer(() -> handler.apply(answer));
        }
        return redirect(answer, location, hop, attempt);
    }

    private Flux<ByteBuf> metered(Flux<ByteBuf> content) {
        return content.doOnNext(buffer -> origin.meter().received(buffer.readableBytes()));
    }

    private Flux<T> redirect(Answer answer, String location, Hop hop, Attempt attempt) {
        try {
            URI next = target(location, hop);
            boolean drain = answer.length().orElse(Long.MAX_VALUE) <= MAX_DRAIN_BYTES;
            // The connection is given back, or closed, before the next one is asked for.
            Flux<ByteBuf> drained = drain
                    ? answer.body().doOnNext(ByteBuf::release).onErrorComplete()
                    : Flux.<ByteBuf>empty().doOnSubscribe(s -> attempt.drop());
            return drained.thenMany(Flux.defer(() -> visit(next, hop.redirects + 1)));
        } catch (ForebayException e) {
            log(e);
            return Flux.error(e);
        }
    }

    private URI target(String location, Hop hop) {
        if (hop.redirects == options.maxRedirects()) {
            throw ForebayException.originInvalid(
                    "The origin " + hop.authority + " redirects more than " + options.maxRedirects() + " times");
        }
        try {
            URI next = resolve(hop.url, location);
            if (hop.authority.secure() && !"https".equalsIgnoreCase(next.getScheme())) {
                throw ForebayException.originInvalid(
                        "The origin " + hop.authority + " redirects from https to something else");
            }
            return next;
        } catch (URISyntaxException e) {
            throw new ForebayException(
                    Kind.ORIGIN_INVALID,
                    "The origin " + hop.authority + " redirects to what is no URL",
                    Optional.empty(),
                    e);
        }
    }

    /** Resolves a reference by RFC 3986 section 5.2, which java.net.URI does not do where it leads above the root. */
    private static URI resolve(URI base, String reference) throws URISyntaxException {
        URI resolved = base.resolve(new URI(reference));
        String path = resolved.getRawPath();
        if (path == null || !path.startsWith("/..")) {
            return resolved;
        }
        while (path.startsWith("/../")) {
            path = path.substring("/..".length());
        }
        String query = resolved.getRawQuery() == null ? "" : "?" + resolved.getRawQuery();
        return new URI(
                resolved.getScheme() + "://" + resolved.getRawAuthority() + (path.equals("/..") ? "/" : path) + query);
    }

    private ForebayException failed(Throwable error, Hop hop, Attempt attempt) {
        ForebayException failure = Failures.beforeAnswer(error, hop.authority);
        boolean invalid = failure.kind() == Kind.ORIGIN_INVALID;
        if (attempt.connected() && invalid) {
            hop.circuit.answered();
        } else if (attempt.connected()) {
            hop.circuit.reached();
        } else if (!invalid && Failures.concernsOrigin(error)) {
            hop.circuit.failed();
        } else {
            hop.circuit.abandoned();
        }
        hop.circuit.note(failure);
        log(failure);
        return failure;
    }

    private void cut(ForebayException failure, Hop hop) {
        hop.circuit.note(failure);
        log(failure);
    }

    private Circuit circuit(Authority authority) {
        Circuit circuit = circuits.get(authority);
        if (circuit == null) {
            throw new IllegalStateException("not admitted: " + authority);
        }
        return circuit;
    }

    private void log(ForebayException failure) {
        origin.meter().failed();
        LOG.warn("Source {}: {}", origin.source(), failure.getMessage());
    }

    /** One URL on the way. */
    private static final class Hop {
        final URI url;
        final Authority authority;
        final Circuit circuit;
        final int redirects;

        Hop(URI url, Authority authority, Circuit circuit, int redirects) {
            this.url = url;
            this.authority = authority;
            this.circuit = circuit;
            this.redirects = redirects;
        }
    }
}
