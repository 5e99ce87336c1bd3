package io.forebay.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Where the requests of one connection begin and end, read as RFC 9112 has it and no other way: whoever stands before this server
 * and reads more freely must not see other requests than it does. Holds no more than the beginning of a line.
 *
 * <ul>
 *   <li>The request line is three parts with one space between them, of HTTP/1.0 or 1.1.
 *   <li>Lines end in CR LF; neither stands alone. No field is folded, no name has space behind it.
 *   <li>A body has one Content-Length. Chunked requests are refused: no client of a cache needs one, and none of the ways to write
 *       a chunk so that two servers see another end of it is left then.
 * </ul>
 */
final class RequestFraming {
    /** Enough for the names and values that say something about a body, and for a version. */
    private static final int KEPT_BYTES = 32;

    private static final int EMPTY_LINES_MAX = 2;
    private static final int LENGTH_DIGITS_MAX = 18;
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private enum At {
        EMPTY_LINES,
        METHOD,
        TARGET,
        VERSION,
        LINE_START,
        NAME,
        VALUE,
        BODY
    }

    private At at = At.EMPTY_LINES;
    private boolean returned;
    private int emptyLines;
    private final byte[] kept = new byte[KEPT_BYTES];
    private int length;
    private String version = "";
    private String name = "";
    private Optional<String> contentLength = Optional.empty();
    private long body;
    private int ended;
    private Optional<String> fault = Optional.empty();

    /**
     * Looks at further bytes and leaves them where they are.
     *
     * @return how many of them belong to whole heads and what follows them, when there is a fault
     */
    int take(ByteBuf bytes) {
        ended = 0;
        int from = bytes.readerIndex();
        int end = bytes.writerIndex();
        int sound = 0;
        int i = from;
        while (i < end && fault.isEmpty()) {
            if (at == At.BODY) {
                int step = (int) Math.min(body, end - i);
                body -= step;
                i += step;
                if (body == 0) {
                    ended++;
                    at = At.EMPTY_LINES;
                }
                sound = i - from;
                continue;
            }
            next(bytes.getByte(i++) & 0xff);
            if (fault.isEmpty() && !inHead()) {
                sound = i - from;
            }
        }
        return sound;
    }

    /** Why this is no request; nothing that comes after it is one either. */
    Optional<String> fault() {
        return fault;
    }

    /** Heads and bodies that ended in the bytes taken last. */
    int ended() {
        return ended;
    }

    /** Whether a request has begun and its head has not ended. */
    boolean inHead() {
        return at != At.BODY && (at != At.EMPTY_LINES || emptyLines > 0 || returned);
    }

    /** Whether a head has ended and its body has not. */
    boolean inBody() {
        return at == At.BODY;
    }

    private void next(int b) {
        if (returned) {
            returned = false;
            if (b == '\n') {
                endOfLine();
            } else {
                fail("a carriage return within a line");
            }
        } else if (b == '\r') {
            returned = true;
        } else if (b == '\n') {
            fail("a line feed without a carriage return");
        } else {
            inLine(b);
        }
    }

    private void inLine(int b) {
        switch (at) {
            case EMPTY_LINES -> {
                if (isToken(b)) {
                    at = At.METHOD;
                } else {
                    fail("something else than a method begins the request");
                }
            }
            case METHOD -> {
                if (b == ' ') {
                    begin(At.TARGET);
                } else if (!isToken(b)) {
                    fail("the method is no token");
                }
            }
            case TARGET -> {
                if (b == ' ' && length > 0) {
                    begin(At.VERSION);
                } else if (b <= ' ' || b == 0x7f) {
                    fail("the request line is not three parts with a space between them");
                } else {
                    keep(b);
                }
            }
            case VERSION, VALUE -> {
                keep(b);
                if (at == At.VALUE && ((b < ' ' && b != '\t') || b == 0x7f)) {
                    fail("a field's value holds a control byte");
                }
            }
            case LINE_START, NAME -> {
                if (b == ':' && at == At.NAME) {
                    name = text();
                    begin(At.VALUE);
                } else if (isToken(b)) {
                    at = At.NAME;
                    keep(b);
                } else {
                    fail("a field's name is no token");
                }
            }
            case BODY -> throw new IllegalStateException();
        }
    }

    private void endOfLine() {
        switch (at) {
            case EMPTY_LINES -> {
                if (++emptyLines > EMPTY_LINES_MAX) {
                    fail("empty lines in the place of a request");
                }
            }
            case METHOD, TARGET -> fail("the request line has no version");
            case VERSION -> {
                version = text();
                if (!version.equals("HTTP/1.1") && !version.equals("HTTP/1.0")) {
                    fail("the version is neither HTTP/1.0 nor HTTP/1.1");
                }
                begin(At.LINE_START);
            }
            case NAME -> fail("a field has no colon");
            case VALUE -> {
                field();
                begin(At.LINE_START);
            }
            case LINE_START -> endOfHead();
            case BODY -> throw new IllegalStateException();
        }
    }

    private void field() {
        String value = text().trim();
        if (name.equalsIgnoreCase("Transfer-Encoding")) {
            fail("a request's body must have a Content-Length and no transfer coding");
        } else if (name.equalsIgnoreCase("Content-Length")) {
            if (contentLength.isPresent()) {
                fail("the request has two lengths");
            } else if (!value.matches("[0-9]{1," + LENGTH_DIGITS_MAX + "}")) {
                fail("the request's length is no number");
            }
            contentLength = Optional.of(value);
        }
    }

    private void endOfHead() {
        if (fault.isPresent()) {
            return;
        }
        ended++;
        body = contentLength.map(Long::parseLong).orElse(0L);
        contentLength = Optional.empty();
        emptyLines = 0;
        begin(body > 0 ? At.BODY : At.EMPTY_LINES);
    }

    private void begin(At next) {
        at = next;
        length = 0;
    }

    private void keep(int b) {
        if (length < KEPT_BYTES) {
            kept[length] = (byte) b;
        }
        length++;
    }

    /** What was kept since the last {@link #begin}; what was longer is not what is looked for. */
    private String text() {
        String text = new String(kept, 0, Math.min(length, KEPT_BYTES), StandardCharsets.ISO_8859_1);
        return length > KEPT_BYTES ? text + "..." : text;
    }

    private void fail(String why) {
        if (fault.isEmpty()) {
            fault = Optional.of(why);
        }
    }

    private static boolean isToken(int b) {
        return (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || (b >= '0' && b <= '9')
                || (b > 0 && TOKEN_MARKS.indexOf(b) >= 0);
    }
}
