package io.forebay.cache;

import io.forebay.testing.OriginWire;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What origins of these tests do. */
final class Scripts {
    private Scripts() {}

    /** Sends so much of the body, waits for the latch, sends the rest. */
    static Reply gated(byte[] body, int first, CountDownLatch gate, String... fields) {
        return (request, wire) -> {
            head(wire, 200, body.length, fields);
            wire.send(Arrays.copyOf(body, first));
            await(gate);
            wire.send(Arrays.copyOfRange(body, first, body.length));
        };
    }

    /** Cuts the connection after so many bytes of an announced body. */
    static Reply cut(byte[] body, int at, String... fields) {
        return (request, wire) -> {
            head(wire, 200, body.length, fields);
            wire.send(Arrays.copyOf(body, at));
            wire.close();
        };
    }

    /** Answers each request in turn; the last reply stays. */
    static Reply sequence(Reply... replies) {
        AtomicInteger asked = new AtomicInteger();
        return (request, wire) -> replies[Math.min(asked.getAndIncrement(), replies.length - 1)].send(request, wire);
    }

    /** Answers a Range with 206 and anything else with the whole. */
    static Reply ranges(byte[] body, String etag) {
        return (request, wire) -> {
            if (request.header("range").isEmpty()
                    || !request.header("if-range").map(etag::equals).orElse(true)) {
                Reply.of(200, body, "etag: " + etag).send(request, wire);
                return;
            }
            String range = request.header("range").orElseThrow();
            int from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
            byte[] rest = Arrays.copyOfRange(body, from, body.length);
            head(
                    wire,
                    206,
                    rest.length,
                    "etag: " + etag,
                    "content-range: bytes " + from + "-" + (body.length - 1) + "/" + body.length);
            wire.send(rest);
        };
    }

    static Reply status(int status, String... fields) {
        return Reply.of(status, new byte[0], fields);
    }

    static void head(OriginWire wire, int status, int length, String... fields) throws Exception {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Scripted\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        wire.send(head + "content-length: " + length + "\r\n\r\n");
    }

    static void await(CountDownLatch gate) throws InterruptedException {
        if (!gate.await(CacheFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("the gate stayed shut");
        }
    }
}
