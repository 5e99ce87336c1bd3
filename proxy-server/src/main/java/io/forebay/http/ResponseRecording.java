package io.forebay.http;

import io.forebay.cache.Body;
import io.forebay.cache.Standing;
import io.forebay.model.Exchange;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The bytes of one response as the codec writes them, until all are there that will be kept: a small body's too. */
final class ResponseRecording {
    /**
     * What a response was.
     *
     * @param exchange what is told of it, the times left to each request, the client as its head names it
     * @param bodyBytes how much of the body is to be kept: all of a small one, nothing of a large one
     * @param body where a large body comes from
     */
    record Answered(Standing standing, Exchange exchange, int bodyBytes, Optional<Body.Again> body) {}

    private static final int HEAD_BYTES_MAX = 2048;

    private final HeadBytes request;
    private final Answered answered;
    private final int era;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int headLength = -1;

    /** @param era of the memo in which the request was read */
    ResponseRecording(HeadBytes request, Answered answered, int era) {
        this.era = era;
        this.request = request;
        this.answered = answered;
    }

    /** Takes a buffer of the response; false when this is not what it should be. */
    boolean take(ByteBuf buffer) {
        if (bytes.size() + buffer.readableBytes() > HEAD_BYTES_MAX + answered.bodyBytes()) {
            return false;
        }
        byte[] copy = new byte[buffer.readableBytes()];
        buffer.getBytes(buffer.readerIndex(), copy);
        bytes.writeBytes(copy);
        if (headLength < 0) {
            int end = text().indexOf("\r\n\r\n");
            headLength = end < 0 ? -1 : end + 4;
        }
        return true;
    }

    private String text() {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    boolean isWhole() {
        return headLength > 0 && bytes.size() == headLength + answered.bodyBytes();
    }

    HeadBytes request() {
        return request;
    }

    int era() {
        return era;
    }

    Answered answered() {
        return answered;
    }

    /** The head with its closing empty line. */
    String head() {
        return text().substring(0, headLength);
    }

    byte[] body() {
        byte[] all = bytes.toByteArray();
        byte[] body = new byte[answered.bodyBytes()];
        System.arraycopy(all, headLength, body, 0, body.length);
        return body;
    }
}
