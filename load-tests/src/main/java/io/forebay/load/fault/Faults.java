package io.forebay.load.fault;

import static io.forebay.load.fault.Fault.half;
import static io.forebay.load.fault.Fault.head;
import static io.forebay.load.fault.Fault.headBodyClose;
import static io.forebay.load.fault.Fault.headThenBody;
import static io.forebay.load.fault.Fault.message;
import static io.forebay.load.fault.Fault.wrong;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Every fault by its name, which is a legal name of an R package. */
final class Faults {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Type: application/x-gzip\r\n";
    private static final String SIZED = "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n";
    private static final String PARTIAL = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/1000000\r\n";
    private static final String VERSION_ONE = "ETag: \"one\"\r\nAccept-Ranges: bytes\r\n";
    private static final String MOVED = "/moved";
    private static final int DRIP_PIECES = 15;
    private static final long DRIP_MILLIS = 200;
    private static final int BOMB_BYTES = 64 << 20;

    private Faults() {}

    static Map<String, Fault> all() {
        Map<String, Fault> all = new LinkedHashMap<>();
        cuts(all);
        lengths(all);
        silences(all);
        answers(all);
        bodies(all);
        heads(all);
        ranges(all);
        return Map.copyOf(all);
    }

    /** Connections that end where they should not. */
    private static void cuts(Map<String, Fault> all) {
        all.put("reset.mid", (wire, request, right) -> {
            wire.send(head(right));
            wire.send(half(right));
            wire.pause(DRIP_MILLIS);
            wire.reset();
        });
        all.put("fin.mid", (wire, request, right) -> {
            wire.send(head(right));
            wire.send(half(right));
            wire.close();
        });
        all.put("fin.head", (wire, request, right) -> {
            wire.send(head(right));
            wire.close();
        });
        all.put("short.one", (wire, request, right) -> {
            wire.send(head(right));
            wire.send(right, 0, right.length - 1);
            wire.close();
        });
        all.put("chunked.unended", (wire, request, right) -> {
            wire.send(OK + "Transfer-Encoding: chunked\r\n\r\n");
            chunk(wire, right);
            wire.close();
        });
        all.put("close.reset", (wire, request, right) -> {
            wire.send(OK + "Connection: close\r\n\r\n");
            wire.send(half(right));
            wire.pause(DRIP_MILLIS);
            wire.reset();
        });
        all.put("close.early", (wire, request, right) -> {
            wire.send(OK + "Connection: close\r\n\r\n");
            wire.send(half(right));
            wire.close();
        });
        all.put("close.whole", (wire, request, right) -> {
            wire.send(OK + "Connection: close\r\n\r\n");
            drip(wire, right);
            wire.close();
        });
        all.put("close.silent", (wire, request, right) -> wire.close());
        all.put("reset.request", (wire, request, right) -> wire.reset());
    }

    /** Lengths that are none, and bytes after the end. */
    private static void lengths(Map<String, Fault> all) {
        all.put("long.body", (wire, request, right) -> {
            wire.send(head(right));
            wire.send(right);
            wire.send("POISON");
        });
        all.put("smuggled", (wire, request, right) -> {
            wire.send(head(right));
            wire.send(right);
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON");
        });
        all.put("length.twice", headThenBody(SIZED + "Content-Length: 10\r\n\r\n"));
        all.put("length.list", headThenBody(OK + "Content-Length: {length}, 10\r\n\r\n"));
        all.put("length.negative", headBodyClose(OK + "Content-Length: -1\r\n\r\n"));
        all.put("length.overflow", headBodyClose(OK + "Content-Length: 18446744073709551617\r\n\r\n"));
        all.put("length.text", headBodyClose(OK + "Content-Length: {length}abc\r\n\r\n"));
        all.put("length.chunked", (wire, request, right) -> {
            wire.send(OK + "Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n");
            chunk(wire, right);
            wire.send("0\r\n\r\n");
        });
        all.put("chunk.bad", (wire, request, right) -> {
            wire.send(OK + "Transfer-Encoding: chunked\r\n\r\n");
            chunk(wire, half(right));
            wire.send("xyz\r\n");
        });
        all.put("chunk.huge", (wire, request, right) -> {
            wire.send(OK + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff0\r\n");
            wire.send(right);
        });
        all.put("coding.foreign", headBodyClose(OK + "Transfer-Encoding: gzip\r\n\r\n"));
    }

    /** Origins that say nothing, or too little at a time. */
    private static void silences(Map<String, Fault> all) {
        all.put("stall.mid", (wire, request, right) -> {
            wire.send(head(right));
            wire.send(half(right));
            wire.stall();
        });
        all.put("stall.start", (wire, request, right) -> wire.stall());
        all.put("stall.head", (wire, request, right) -> {
            wire.send("HTTP/1.1 200 OK\r\nContent-");
            wire.stall();
        });
        all.put("drip.body", (wire, request, right) -> {
            wire.send(head(right));
            drip(wire, right);
        });
        all.put("drip.head", (wire, request, right) -> {
            wire.send("HTTP/1.1 200 OK\r\nX-Drip: ");
            for (int i = 0; i < 100; i++) {
                wire.send("a");
                wire.pause(DRIP_MILLIS);
            }
        });
    }

    /** Whole answers that are no package. */
    private static void answers(Map<String, Fault> all) {
        for (int status : new int[] {400, 401, 403, 404, 410, 418, 451, 500, 502, 503, 504}) {
            all.put("status." + status, message(status, "status " + status));
        }
        all.put("busy", message(429, "too many", "Retry-After: 2"));
        all.put("redirect", (wire, request, right) -> {
            boolean moved = request.target().startsWith(MOVED);
            Fault answer =
                    moved ? headThenBody(SIZED + "\r\n") : message(302, "", "Location: " + MOVED + request.target());
            answer.answer(wire, request, right);
        });
        all.put("redirect.loop", (wire, request, right) -> message(302, "", "Location: " + request.target())
                .answer(wire, request, right));
        all.put("redirect.local", message(302, "", "Location: http://127.0.0.1:1/admin"));
        all.put("redirect.metadata", message(302, "", "Location: http://169.254.169.254/latest/meta-data/"));
        all.put("redirect.file", message(302, "", "Location: file:///etc/passwd"));
        all.put("unsolicited.304", message(304, "", "ETag: \"one\""));
        all.put("unsolicited.206", headThenBody(PARTIAL + "Content-Length: {length}\r\n\r\n"));
        all.put(
                "private",
                headThenBody(SIZED + "Set-Cookie: session=secret\r\nVary: *\r\n"
                        + "Cache-Control: private, no-store\r\n\r\n"));
        all.put(
                "clock.future",
                headThenBody(SIZED + "Date: Tue, 01 Jan 2036 00:00:00 GMT\r\n"
                        + "Last-Modified: Tue, 01 Jan 2036 00:00:00 GMT\r\nAge: 999999999\r\n\r\n"));
    }

    /** Bodies that are not what was promised. */
    private static void bodies(Map<String, Fault> all) {
        all.put("wrong.bytes", (wire, request, right) -> {
            wire.send(head(right));
            wire.send(wrong(right));
        });
        all.put("short.whole", (wire, request, right) -> {
            byte[] half = half(right);
            wire.send(head(half));
            wire.send(half);
        });
        all.put("html.login", message(200, "<html><body>Please log in</body></html>", "Content-Type: text/html"));
        all.put("empty", message(200, ""));
        all.put("gzip.encoded", headThenBody(SIZED + "Content-Encoding: gzip\r\n\r\n"));
        all.put("gzip.bomb", (wire, request, right) -> {
            byte[] bomb = Packages.gzip(new byte[BOMB_BYTES]);
            wire.send(head(bomb));
            wire.send(bomb);
        });
        all.put("index.old", (wire, request, right) -> {
            byte[] old = Packages.gzip(Packages.otherSums(Packages.gunzip(right)));
            wire.send(head(old));
            wire.send(old);
        });
        all.put("gzip.none", message(200, "Package: this is no gzip\n", "Content-Type: application/x-gzip"));
    }

    /** Heads outside the grammar, or without an end. */
    private static void heads(Map<String, Fault> all) {
        all.put("head.field64k", headThenBody(SIZED + "X-Long: " + "a".repeat(64 << 10) + "\r\n\r\n"));
        all.put("head.field1m", headThenBody(SIZED + "X-Long: " + "a".repeat(1 << 20) + "\r\n\r\n"));
        all.put("head.fields5000", headThenBody(SIZED + "X-Many: abcdefgh\r\n".repeat(5_000) + "\r\n"));
        all.put("head.endless", (wire, request, right) -> {
            wire.send("HTTP/1.1 200 OK\r\n");
            while (true) {
                wire.send("X-Endless: a\r\n".repeat(100));
            }
        });
        all.put("line.malformed", headThenBody("HTTP/1.1 OK 200\r\nContent-Length: {length}\r\n\r\n"));
        all.put("line.99999", headThenBody("HTTP/1.1 99999 OK\r\nContent-Length: {length}\r\n\r\n"));
        all.put("line.garbage", headBodyClose("\u0000\u0001\u0002garbage"));
        all.put("line.http09", headBodyClose(""));
        all.put("field.nocolon", headThenBody(SIZED + "this is no field\r\n\r\n"));
        all.put("field.nul", headThenBody(SIZED + "X-Nul: a\u0000b\r\n\r\n"));
        all.put("field.cr", headThenBody(SIZED + "X-Cr: a\rb: c\r\n\r\n"));
        all.put("field.folded", headThenBody(SIZED + "X-Folded: a\r\n b\r\n\r\n"));
        all.put("interim.100", (wire, request, right) -> {
            wire.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(100));
            wire.send(head(right));
            wire.send(right);
        });
        all.put("interim.three", (wire, request, right) -> {
            wire.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(3));
            wire.send(head(right));
            wire.send(right);
        });
        all.put("interim.endless", (wire, request, right) -> {
            while (true) {
                wire.send("HTTP/1.1 102 Processing\r\n\r\n".repeat(100));
            }
        });
        all.put(
                "switch.101",
                headThenBody("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"));
    }

    /** Origins that are cut and then asked to go on. */
    private static void ranges(Map<String, Fault> all) {
        all.put("resume", cutThen((wire, request, right) -> {
            int from = from(request);
            wire.send("HTTP/1.1 206 Partial Content\r\n" + VERSION_ONE + "Content-Length: " + (right.length - from)
                    + "\r\nContent-Range: bytes " + from + "-" + (right.length - 1) + "/" + right.length + "\r\n\r\n");
            wire.send(right, from, right.length);
        }));
        all.put("range.other", cutThen((wire, request, right) -> {
            wire.send("HTTP/1.1 206 Partial Content\r\n" + VERSION_ONE + "Content-Length: 10\r\n"
                    + "Content-Range: bytes 0-9/" + right.length + "\r\n\r\n");
            wire.send(right, 0, 10);
        }));
        all.put("range.shifted", cutThen((wire, request, right) -> {
            int from = from(request);
            int length = right.length - from;
            wire.send("HTTP/1.1 206 Partial Content\r\n" + VERSION_ONE + "Content-Length: " + length
                    + "\r\nContent-Range: bytes " + from + "-" + (right.length - 1) + "/" + right.length + "\r\n\r\n");
            wire.send(right, from - 10, right.length - 10);
        }));
        all.put("range.longer", cutThen((wire, request, right) -> {
            int from = from(request);
            int size = right.length + 10;
            wire.send("HTTP/1.1 206 Partial Content\r\n" + VERSION_ONE + "Content-Length: " + (size - from)
                    + "\r\nContent-Range: bytes " + from + "-" + (size - 1) + "/" + size + "\r\n\r\n");
            wire.send(Arrays.copyOfRange(wrong(right), from, size));
        }));
        all.put("changed.rest", cutThen((wire, request, right) -> {
            int from = from(request);
            wire.send("HTTP/1.1 206 Partial Content\r\nETag: \"two\"\r\nContent-Length: " + (right.length - from)
                    + "\r\nContent-Range: bytes " + from + "-" + (right.length - 1) + "/" + right.length + "\r\n\r\n");
            wire.send(wrong(right), from, right.length);
        }));
        all.put("changed.mid", cutThen((wire, request, right) -> {
            wire.send("HTTP/1.1 200 OK\r\nETag: \"two\"\r\nContent-Length: " + right.length + "\r\n\r\n");
            wire.send(wrong(right));
        }));
    }

    /** Half of the body, then a cut; what a request with a range is answered with is another matter. */
    private static Fault cutThen(Fault resumed) {
        return (wire, request, right) -> {
            if (request.fields().containsKey("range")) {
                resumed.answer(wire, request, right);
                return;
            }
            wire.send(SIZED.replace("{length}", Integer.toString(right.length)) + VERSION_ONE + "\r\n");
            wire.send(half(right));
            wire.close();
        };
    }

    private static int from(FaultOrigin.Seen request) {
        String range = request.fields().getOrDefault("range", "");
        return Integer.parseInt(range.replaceFirst("bytes=(\\d+)-", "$1"));
    }

    private static void drip(Wire wire, byte[] right) throws IOException {
        int step = right.length / DRIP_PIECES + 1;
        for (int at = 0; at < right.length; at += step) {
            wire.send(right, at, Math.min(right.length, at + step));
            wire.pause(DRIP_MILLIS);
        }
    }

    private static void chunk(Wire wire, byte[] bytes) throws IOException {
        for (int at = 0; at < bytes.length; at += 8192) {
            byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 8192));
            wire.send(Integer.toHexString(piece.length) + "\r\n");
            wire.send(piece);
            wire.send("\r\n");
        }
    }
}
