package io.forebay.cache;

import io.forebay.model.Checksum;
import io.forebay.model.Digest;
import io.forebay.model.Expectation;
import io.forebay.model.Head;
import io.forebay.upstream.OriginAnswer;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * From an origin's head to ours. The entity tag answered is the origin's own when it is strong, so that it is known with the
 * first byte; else one made of a promised checksum; else, once the body is stored, of its digest.
 */
final class Heads {
    /** What of an origin's head is passed on beside the standard fields: clients act on these. */
    private static final List<String> PASSED_ON = List.of(
            "x-pypi-last-serial", "x-package-type", "x-package-binary-tag", "x-repository-type", "x-package-version");

    /** Longer values are nobody's honest entity tag or media type. */
    private static final int VALUE_LENGTH_MAX = 512;

    private Heads() {}

    static Head of(OriginAnswer answer, Expectation expected) {
        HttpHeaders headers = answer.headers();
        Optional<String> originEtag = value(headers, HttpHeaderNames.ETAG).filter(Heads::isEntityTag);
        Map<String, String> extra = new HashMap<>();
        for (String name : PASSED_ON) {
            value(headers, name).ifPresent(value -> extra.put(name, value));
        }
        Optional<String> etag = isStrong(originEtag)
                ? originEtag
                : expected.checksums().stream().findFirst().map(Heads::etag);
        return new Head(
                value(headers, HttpHeaderNames.CONTENT_TYPE),
                etag,
                originEtag,
                HttpTime.parse(headers.get(HttpHeaderNames.LAST_MODIFIED)),
                extra);
    }

    /** The head under which a stored body is answered. */
    static Head stored(Head head, Digest digest) {
        return head.etag().isPresent() ? head : head.withEtag(etag(digest.checksum()));
    }

    static String etag(Checksum checksum) {
        return '"' + checksum.hex().substring(0, 32) + '"';
    }

    static boolean isStrong(Optional<String> etag) {
        return etag.isPresent() && !etag.get().startsWith("W/");
    }

    private static boolean isEntityTag(String value) {
        int quote = value.startsWith("W/") ? 2 : 0;
        return value.length() >= quote + 2 && value.charAt(quote) == '"' && value.endsWith("\"");
    }

    private static Optional<String> value(HttpHeaders headers, CharSequence name) {
        String value = headers.get(name);
        return value == null || value.isEmpty() || value.length() > VALUE_LENGTH_MAX
                ? Optional.empty()
                : Optional.of(value);
    }
}
