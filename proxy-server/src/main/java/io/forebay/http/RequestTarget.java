package io.forebay.http;

import io.forebay.model.ForebayException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The target of a request, decoded and judged: RFC 9112 section 3.2.1 (origin-form only: this is no open proxy) and RFC 3986
 * section 2.1. Two slashes are one. A path that could mean something else to a file system or to an origin is refused here, in
 * whatever encoding it comes: dot segments, slashes and backslashes inside a segment, control characters, bytes that are not
 * UTF-8.
 *
 * @param segments of the path, decoded, none empty
 * @param directory whether the path ended in a slash
 * @param query as it came
 */
record RequestTarget(List<String> segments, boolean directory, Optional<String> query) {
    private static final int SEGMENTS_MAX = 64;

    /** An origin that decodes once more, or folds full-width characters into plain ones, would see another path than is seen here. */
    private static final Pattern READS_AGAIN = Pattern.compile("%[0-9A-Fa-f]{2}|[\uff0e\uff0f\uff3c]");

    /**
     * Parses a target as it stood in the request line.
     *
     * @throws ForebayException of kind {@code BAD_REQUEST}
     */
    static RequestTarget parse(String raw) {
        if (raw.isEmpty() || raw.charAt(0) != '/') {
            throw ForebayException.badRequest("the request target must be a path that begins with a slash");
        }
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '\\' || c == '#' || c == '"' || c == '<' || c == '>') {
                throw ForebayException.badRequest("the request target holds a character that must be percent-encoded");
            }
        }
        int question = raw.indexOf('?');
        String path = question < 0 ? raw : raw.substring(0, question);
        Optional<String> query = question < 0 ? Optional.empty() : Optional.of(raw.substring(question + 1));
        List<String> segments = new ArrayList<>();
        for (String segment : path.split("/")) {
            if (!segment.isEmpty()) {
                segments.add(segment(segment));
            }
        }
        if (segments.size() > SEGMENTS_MAX) {
            throw ForebayException.badRequest("the path has more than " + SEGMENTS_MAX + " segments");
        }
        return new RequestTarget(List.copyOf(segments), path.endsWith("/"), query);
    }

    private static String segment(String raw) {
        String decoded = raw.indexOf('%') < 0 ? raw : decoded(raw);
        boolean mayReadAgain = false;
        for (int i = 0; i < decoded.length(); i++) {
            char c = decoded.charAt(i);
            mayReadAgain |= c == '%' || c > 0x7f;
            if (c < ' ' || c == 0x7f || c == '/' || c == '\\') {
                throw ForebayException.badRequest("the path holds an encoded control character, slash or backslash");
            }
        }
        if (isDots(decoded)) {
            throw ForebayException.badRequest("the path holds a dot segment");
        }
        if (mayReadAgain && READS_AGAIN.matcher(decoded).find()) {
            throw ForebayException.badRequest("the path is encoded twice, or holds a full-width dot or slash");
        }
        return decoded;
    }

    /** Dot segments, and what some servers take for one: parameters behind the dots. */
    private static boolean isDots(String segment) {
        int end = segment.indexOf(';');
        String name = end < 0 ? segment : segment.substring(0, end);
        return name.equals(".") || name.equals("..") || end == 0;
    }

    private static String decoded(String raw) {
        byte[] bytes = new byte[raw.length()];
        int length = 0;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
                int low = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw ForebayException.badRequest("the path holds a percent sign that encodes nothing");
                }
                bytes[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw ForebayException.badRequest("the path is not UTF-8");
        }
    }

    /** The first segment; empty for the root. */
    String first() {
        return segments.isEmpty() ? "" : segments.get(0);
    }
}
