package io.forebay.http;

import io.forebay.cache.Body;
import io.forebay.cache.Standing;
import io.forebay.model.Exchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
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
    private static final int HEAD_BYTES_USUAL = 640;

    private final HeadBytes request;
    private final Answered answered;
    private final int era;
    private byte[] bytes;
    private int length;
    private int headLength = -1;

    /** @param era of the memo in which the request was read */
    ResponseRecording(HeadBytes request, Answered answered, int era) {
        this.era = era;
        this.request = request;
        this.answered = answered;
        this.bytes = new byte[HEAD_BYTES_USUAL + answered.bodyBytes()];
    }

    /** Takes a buffer of the response; false when this is not what it should be. */
    boolean take(ByteBuf buffer) {
        int more = buffer.readableBytes();
        if (length + more > HEAD_BYTES_MAX + answered.bodyBytes()) {
            return false;
        }
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, HEAD_BYTES_MAX + answered.bodyBytes());
        }
        buffer.getBytes(buffer.readerIndex(), bytes, length, more);
        length += more;
        if (headLength < 0) {
            headLength = endOfHead();
        }
        return true;
    }

    /** Behind the first empty line; negative while there is none. */
    private int endOfHead() {
        for (int end = 4; end <= length; end++) {
            if (bytes[end - 1] == '\n' && bytes[end - 2] == '\r' && bytes[end - 3] == '\n' && bytes[end - 4] == '\r') {
                return end;
            }
        }
        return -1;
    }

    boolean isWhole() {
        return headLength > 0 && length == headLength + answered.bodyBytes();
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
    byte[] head() {
        return Arrays.copyOf(bytes, headLength);
    }

    /** Of the heap, and valid as long as the recording. */
    ByteBuf body() {
        return Unpooled.wrappedBuffer(bytes, headLength, answered.bodyBytes());
    }
}
