package io.forebay.load.fault;

import java.io.IOException;

/** One way to answer wrongly. Stateless, or safe for use by many threads. */
@FunctionalInterface
interface Fault {
    /**
     * Answers one request. What is left open is kept alive.
     *
     * @param right the bytes that an honest origin would send
     */
    void answer(Wire wire, FaultOrigin.Seen request, byte[] right) throws IOException;

    /** The head of an honest 200. */
    static String head(byte[] right) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/x-gzip\r\nContent-Length: " + right.length + "\r\n\r\n";
    }

    /** The first half, which is never the whole. */
    static byte[] half(byte[] right) {
        return java.util.Arrays.copyOf(right, right.length / 2);
    }

    /** The same length, other bytes; begins alike. */
    static byte[] wrong(byte[] right) {
        byte[] wrong = right.clone();
        for (int i = wrong.length / 2; i < wrong.length; i++) {
            wrong[i] ^= 0x55;
        }
        return wrong;
    }

    /** A head and then all of the right bytes, whatever the head says of them. */
    static Fault headThenBody(String head) {
        return (wire, request, right) -> {
            wire.send(head.replace("{length}", Integer.toString(right.length)));
            wire.send(right);
        };
    }

    /** As {@link #headThenBody}, with the end of the connection as the end of the body. */
    static Fault headBodyClose(String head) {
        return (wire, request, right) -> {
            headThenBody(head).answer(wire, request, right);
            wire.close();
        };
    }

    /** A whole answer with a body of its own. */
    static Fault message(int status, String body, String... fields) {
        return (wire, request, right) -> {
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Fault\r\n");
            for (String field : fields) {
                head.append(field).append("\r\n");
            }
            wire.send(head + "Content-Length: " + body.length() + "\r\n\r\n");
            if (!request.method().equals("HEAD")) {
                wire.send(body);
            }
        };
    }
}
