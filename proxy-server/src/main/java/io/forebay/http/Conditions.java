package io.forebay.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Conditional requests: RFC 9110 section 13. */
final class Conditions {
    private Conditions() {}

    /** Whether the client holds what would be sent: 304. If-None-Match counts alone where it is there. */
    static boolean isNotModified(HttpHeaders request, Optional<String> etag, Optional<Instant> lastModified) {
        String noneMatch = request.get(HttpHeaderNames.IF_NONE_MATCH);
        if (noneMatch != null) {
            return noneMatch.trim().equals("*")
                    || etag.filter(tag -> lists(noneMatch, tag)).isPresent();
        }
        Optional<Instant> since = HttpDate.parse(request.get(HttpHeaderNames.IF_MODIFIED_SINCE));
        return since.isPresent()
                && lastModified.isPresent()
                && !lastModified.get().truncatedTo(ChronoUnit.SECONDS).isAfter(since.get());
    }

    /** Whether a range may be answered with a part: If-Range names exactly what is held, by a strong comparison. */
    static boolean allowsPart(@Nullable String ifRange, Optional<String> etag, Optional<Instant> lastModified) {
        if (ifRange == null) {
            return true;
        }
        if (ifRange.startsWith("\"")) {
            return etag.isPresent() && etag.get().equals(ifRange);
        }
        return lastModified.isPresent()
                && HttpDate.parse(ifRange).equals(lastModified.map(time -> time.truncatedTo(ChronoUnit.SECONDS)));
    }

    /** Weak comparison against a list of entity tags. */
    private static boolean lists(String field, String etag) {
        int at = 0;
        while (at < field.length()) {
            int open = field.indexOf('"', at);
            int close = open < 0 ? -1 : field.indexOf('"', open + 1);
            if (close < 0) {
                return false;
            }
            if (field.regionMatches(open, etag, 0, etag.length()) && close - open + 1 == etag.length()) {
                return true;
            }
            at = close + 1;
        }
        return false;
    }
}
