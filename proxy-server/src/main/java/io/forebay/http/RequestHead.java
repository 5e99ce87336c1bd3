package io.forebay.http;

import io.forebay.model.ForebayException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import reactor.netty.http.server.HttpServerRequest;

/** What is refused of a request's head before its target is looked at, lest two servers in a row read it differently. */
final class RequestHead {
    private RequestHead() {}

    /**
     * Judges a head: exactly one Host in HTTP/1.1 (RFC 9112 section 3.2), no content in GET and HEAD, which means nothing (RFC
     * 9110 section 9.3.1).
     *
     * @throws ForebayException of kind {@code BAD_REQUEST}
     */
    static void judge(HttpServerRequest request) {
        HttpHeaders headers = request.requestHeaders();
        int hosts = headers.getAll(HttpHeaderNames.HOST).size();
        if (hosts > 1 || (hosts == 0 && !request.version().equals(HttpVersion.HTTP_1_0))) {
            throw ForebayException.badRequest("the request must have one Host field, not " + hosts);
        }
        boolean reads =
                request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
        boolean content = headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || !headers.get(HttpHeaderNames.CONTENT_LENGTH, "0").equals("0");
        if (reads && content) {
            throw ForebayException.badRequest("a " + request.method() + " request has no content");
        }
    }
}
