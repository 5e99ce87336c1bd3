package io.forebay.upstream;

import reactor.netty.http.client.HttpClient;

/** One source's own way to its origins. */
final class OriginClient {
    private final String source;
    private final HttpClient pooled;

    OriginClient(String source, HttpClient pooled) {
        this.source = source;
        this.pooled = pooled;
    }

    String source() {
        return source;
    }

    HttpClient pooled(Authority authority) {
        return pooled;
    }
}
