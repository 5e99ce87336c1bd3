package io.forebay.http;

import io.forebay.cache.Body;
import io.forebay.cache.Standing;
import io.forebay.model.Exchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * A response in one buffer, but for a large body, made anew once a second: Date, Age and the time left in Cache-Status are the
 * second's. Safe for use by many threads. Its memory is the garbage collector's.
 */
final class PreparedResponse {
    private final String[] lines;
    private final byte[] body;
    private final Optional<Body.Again> large;
    private final Standing standing;
    private final Exchange exchange;
    private final int era;
    private volatile Made made;

    private record Made(long second, ByteBuf response) {}

    PreparedResponse(ResponseRecording recording) {
        this.lines = recording.head().split("\r\n");
        this.body = recording.body();
        this.large = recording.answered().body();
        this.standing = recording.answered().standing();
        this.era = recording.era();
        this.exchange = recording.answered().exchange();
        this.made = made(System.currentTimeMillis() / 1000);
    }

    int era() {
        return era;
    }

    boolean stands() {
        return standing.holds();
    }

    Exchange exchange() {
        return exchange;
    }

    int weight() {
        return 2 * body.length + 3000;
    }

    /** Where the body comes from that is not in {@link #response}. */
    Optional<Body.Again> large() {
        return large;
    }

    /** The response, without a large body; owned by the caller. */
    ByteBuf response() {
        long second = System.currentTimeMillis() / 1000;
        Made current = made;
        if (current.second() != second) {
            current = made(second);
            made = current;
        }
        return current.response().retainedDuplicate();
    }

    private Made made(long second) {
        StringBuilder head = new StringBuilder();
        for (String line : lines) {
            head.append(now(line)).append("\r\n");
        }
        byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer all = ByteBuffer.allocateDirect(bytes.length + body.length);
        all.put(bytes).put(body).flip();
        return new Made(second, Unpooled.wrappedBuffer(all));
    }

    private String now(String line) {
        int colon = line.indexOf(':');
        String name = colon < 0 ? "" : line.substring(0, colon).toLowerCase(Locale.ROOT);
        return switch (name) {
            case "date" -> line.substring(0, colon) + ": " + HttpDate.now();
            case "age" -> line.substring(0, colon) + ": " + standing.age().toSeconds();
            case "cache-status" ->
                line.substring(0, colon) + ": " + standing.status().value();
            default -> line;
        };
    }
}
