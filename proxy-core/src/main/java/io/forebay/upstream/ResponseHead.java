package io.forebay.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The head of an HTTP/1 answer, read to the letter of RFC 9112 sections 2.2, 4 and 5 and RFC 9110 sections 5.1, 5.5 and 8.6.
 *
 * @param headers in order; names and values inside the grammar
 * @param framing how the body ends, when the answer has one
 * @param length of the body, when {@code framing} is {@code LENGTH}
 */
record ResponseHead(int status, HttpHeaders headers, Framing framing, long length) {
    private static final Pattern LINE_END = Pattern.compile("\r\n");
    private static final int MAX_LENGTH_DIGITS = 18;
    private static final int STATUS_LINE_MIN = "HTTP/1.1 200 ".length();

    /** How the end of a body is told. */
    enum Framing {
        LENGTH,
        CHUNKED,
        /** By the end of the connection. */
        CLOSE
    }

    /**
     * Reads a head.
     *
     * @param bytes the head with the empty line that ends it; every line ends in CR LF and holds neither of them elsewhere
     */
    static ResponseHead read(ByteBuf bytes) throws BrokenHttp {
        String[] lines = LINE_END.split(bytes.toString(StandardCharsets.ISO_8859_1));
        if (lines.length == 0) {
            throw new BrokenHttp("an empty status line");
        }
        int status = status(lines[0]);
        HttpHeaders headers =
                DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        for (int i = 1; i < lines.length; i++) {
            field(lines[i], headers);
        }
        boolean old = lines[0].charAt("HTTP/1.".length()) == '0';
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        long length = contentLength(headers);
        if (codings.isEmpty()) {
            return new ResponseHead(status, headers, length < 0 ? Framing.CLOSE : Framing.LENGTH, length);
        }
        if (length >= 0) {
            throw new BrokenHttp("Content-Length and Transfer-Encoding");
        }
        if (old || status < 200 || status == 204) {
            throw new BrokenHttp("Transfer-Encoding where none may be");
        }
        if (codings.size() > 1 || !codings.get(0).equalsIgnoreCase("chunked")) {
            throw new BrokenHttp("a transfer coding that was not asked for");
        }
        return new ResponseHead(status, headers, Framing.CHUNKED, -1);
    }

    /** Reads Content-Length: -1 when there is none. */
    static long contentLength(HttpHeaders headers) throws BrokenHttp {
        List<String> values = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        if (values.isEmpty()) {
            return -1;
        }
        if (values.size() > 1) {
            throw new BrokenHttp("several Content-Length fields");
        }
        String value = values.get(0);
        if (value.isEmpty()
                || value.length() > MAX_LENGTH_DIGITS
                || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new BrokenHttp("a Content-Length that is no length");
        }
        return Long.parseLong(value);
    }

    private static int status(String line) throws BrokenHttp {
        boolean valid = line.length() >= STATUS_LINE_MIN
                && (line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 "))
                && line.charAt(STATUS_LINE_MIN - 1) == ' ';
        int status = 0;
        for (int i = "HTTP/1.1 ".length(); valid && i < STATUS_LINE_MIN - 1; i++) {
            char c = line.charAt(i);
            valid = c >= '0' && c <= '9';
            status = status * 10 + c - '0';
        }
        if (!valid || !isText(line, STATUS_LINE_MIN)) {
            throw new BrokenHttp("a malformed status line");
        }
        if (status < 100 || status > 599) {
            throw new BrokenHttp("status " + status);
        }
        return status;
    }

    private static void field(String line, HttpHeaders headers) throws BrokenHttp {
        int colon = line.indexOf(':');
        if (colon <= 0) {
            throw new BrokenHttp("a header line without a name and a colon");
        }
        for (int i = 0; i < colon; i++) {
            if (!isToken(line.charAt(i))) {
                throw new BrokenHttp("an illegal character in a header name");
            }
        }
        if (!isText(line, colon + 1)) {
            throw new BrokenHttp("an illegal character in a header value");
        }
        int start = colon + 1;
        int end = line.length();
        while (start < end && isBlank(line.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(line.charAt(end - 1))) {
            end--;
        }
        headers.add(line.substring(0, colon), line.substring(start, end));
    }

    private static boolean isText(String line, int from) {
        for (int i = from; i < line.length(); i++) {
            char c = line.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isToken(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
}
