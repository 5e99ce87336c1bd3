package io.forebay.admin;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * One answer to a browser, with what keeps hostile content in a page from doing harm: no script, style or image but the
 * server's own files, no framing, no guessing of types, no referrer. No cookie is ever set.
 *
 * @param head whether the body is left out
 */
record PageReply(HttpServerResponse response, boolean head) {
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    Publisher<Void> page(int status, String html) {
        return send(status, "text/html; charset=utf-8", "no-store", html.getBytes(StandardCharsets.UTF_8));
    }

    Publisher<Void> text(int status, String text) {
        if (status == 405) {
            response.header(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        return send(status, "text/plain; charset=utf-8", "no-store", text.getBytes(StandardCharsets.UTF_8));
    }

    /** @param versioned whether the address changes with the content */
    Publisher<Void> asset(Assets.Asset asset, boolean versioned) {
        String caching = versioned ? "public, max-age=31536000, immutable" : "public, max-age=300";
        return send(200, asset.contentType(), caching, asset.body());
    }

    /** @param location relative reference, encoded */
    Publisher<Void> redirect(String location) {
        response.header(HttpHeaderNames.LOCATION, location);
        return send(301, "text/plain; charset=utf-8", "no-store", new byte[0]);
    }

    private Publisher<Void> send(int status, String contentType, String caching, byte[] body) {
        response.status(status)
                .header(HttpHeaderNames.CONTENT_TYPE, contentType)
                .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length))
                .header(HttpHeaderNames.CACHE_CONTROL, caching)
                .header("content-security-policy", POLICY)
                .header("x-frame-options", "DENY")
                .header("x-content-type-options", "nosniff")
                .header("referrer-policy", "no-referrer")
                .header("cross-origin-opener-policy", "same-origin");
        return head || body.length == 0
                ? response.send()
                : response.send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)));
    }
}
