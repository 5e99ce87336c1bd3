package io.forebay.upstream;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a request asked, and so which answers fit it (RFC 9110 sections 13.2, 14.4, 15.4.5).
 *
 * @param head whether the method was HEAD
 * @param range value of Range, empty when none was sent
 */
record Asked(boolean head, boolean conditional, String range) {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

    static Asked of(boolean head, Map<String, String> headers) {
        return new Asked(
                head,
                headers.containsKey("if-none-match") || headers.containsKey("if-modified-since"),
                headers.getOrDefault("range", ""));
    }

    /** Checks the head of a final answer. */
    void check(int status, HttpHeaders headers) throws BrokenHttp {
        if (status < 200 || status > 599) {
            throw new BrokenHttp("status " + status);
        }
        if (status == 304 && !conditional) {
            throw new BrokenHttp("304 to a request without a condition");
        }
        if (status == 206) {
            checkRange(headers);
        }
    }

    private void checkRange(HttpHeaders headers) throws BrokenHttp {
        if (range.isEmpty()) {
            throw new BrokenHttp("206 to a request without a range");
        }
        List<String> values = headers.getAll(HttpHeaderNames.CONTENT_RANGE);
        Matcher got = CONTENT_RANGE.matcher(values.size() == 1 ? values.get(0) : "");
        if (!got.matches()) {
            throw new BrokenHttp("206 without one valid Content-Range");
        }
        long first = Long.parseLong(got.group(1));
        long last = Long.parseLong(got.group(2));
        long size = got.group(3).equals("*") ? -1 : Long.parseLong(got.group(3));
        if (first > last || (size >= 0 && last >= size) || !fits(first, last, size)) {
            throw new BrokenHttp("206 with another range than asked");
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        if (!head && length != null && Long.parseLong(length) != last - first + 1) {
            throw new BrokenHttp("206 with a length that is not its range's");
        }
    }

    private boolean fits(long first, long last, long size) {
        Matcher wanted = RANGE.matcher(range);
        if (!wanted.matches()) {
            return false;
        }
        if (wanted.group(1).isEmpty()) {
            long suffix = wanted.group(2).isEmpty() ? 0 : Long.parseLong(wanted.group(2));
            return size < 0 || (last == size - 1 && first == Math.max(0, size - suffix));
        }
        if (first != Long.parseLong(wanted.group(1))) {
            return false;
        }
        long wantedLast = wanted.group(2).isEmpty() ? Long.MAX_VALUE : Long.parseLong(wanted.group(2));
        return size < 0 ? last <= wantedLast : last == Math.min(wantedLast, size - 1);
    }
}
