package io.forebay.load.origin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Answers one connection, a request at a time, at the origin's pace. Confined to the connection's event loop. */
final class OriginHandler extends SimpleChannelInboundHandler<HttpRequest> {
    private final Site site;
    private final Counts counts;
    private final Pace pace;

    OriginHandler(Site site, Counts counts, Pace pace) {
        this.site = site;
        this.counts = counts;
        this.pace = pace;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpRequest request) {
        String path = request.uri();
        if (path.equals("/_counts")) {
            body(context, request, "application/json", new TextBody(counts.json()));
            return;
        }
        context.channel().config().setAutoRead(false);
        context.executor()
                .schedule(() -> answer(context, request), pace.latency().toNanos(), TimeUnit.NANOSECONDS);
    }

    private void answer(ChannelHandlerContext context, HttpRequest request) {
        String path = request.uri();
        Optional<Resource> found = site.find(path);
        if (found.isEmpty()) {
            counts.absent();
            finish(context, request, empty(HttpResponseStatus.NOT_FOUND));
            return;
        }
        Resource resource = found.get();
        String validator = '"' + resource.body().digests().md5() + '"';
        if (validator.equals(request.headers().get(HttpHeaderNames.IF_NONE_MATCH))) {
            counts.unchanged();
            HttpResponse response = empty(HttpResponseStatus.NOT_MODIFIED);
            response.headers().remove(HttpHeaderNames.CONTENT_LENGTH).set(HttpHeaderNames.ETAG, validator);
            finish(context, request, response);
            return;
        }
        boolean head = request.method().equals(HttpMethod.HEAD);
        counts.body(resource.kind(), path, head ? 0 : resource.body().length());
        body(context, request, resource.mediaType(), resource.body());
    }

    private static HttpResponse empty(HttpResponseStatus status) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
        return response;
    }

    private void body(ChannelHandlerContext context, HttpRequest request, String mediaType, Body body) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers()
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length())
                .set(HttpHeaderNames.CONTENT_TYPE, mediaType)
                .set(HttpHeaderNames.ETAG, '"' + body.digests().md5() + '"');
        if (request.method().equals(HttpMethod.HEAD)) {
            finish(context, request, response);
            return;
        }
        context.write(response);
        turn(context, request, body, 0);
    }

    private void turn(ChannelHandlerContext context, HttpRequest request, Body body, int position) {
        if (!context.channel().isActive()) {
            return;
        }
        int length = Math.min(Pace.TURN, body.length() - position);
        int next = position + length;
        context.write(new DefaultHttpContent(body.slice(position, length)));
        if (next == body.length()) {
            finish(context, request);
            return;
        }
        long began = System.nanoTime();
        context.flush();
        context.write(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess()) {
                long wait = Math.max(0, pace.nanos(length) - (System.nanoTime() - began));
                context.executor().schedule(() -> turn(context, request, body, next), wait, TimeUnit.NANOSECONDS);
            }
        });
        context.flush();
    }

    private static void finish(ChannelHandlerContext context, HttpRequest request, HttpResponse response) {
        context.write(response);
        finish(context, request);
    }

    private static void finish(ChannelHandlerContext context, HttpRequest request) {
        var written = context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        if (!HttpUtil.isKeepAlive(request)) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
        context.channel().config().setAutoRead(true);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // Whoever asked has gone; there is nobody to tell.
        context.close();
    }
}
