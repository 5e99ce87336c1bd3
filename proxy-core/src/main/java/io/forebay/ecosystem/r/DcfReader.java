package io.forebay.ecosystem.r;

import io.forebay.model.ForebayException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the Debian control format as R's {@code read.dcf} does: records between blank lines, continuation lines joined by
 * line feeds without their white space, a single dot for an empty line, the last of two equal fields. Not thread-safe, for
 * one reading.
 */
final class DcfReader {
    /** A field of an index is a list of packages at most; beyond this the file is no index. */
    static final int MAX_FIELD_BYTES = 1 << 20;

    /** Distinct names of fields; R's own tools write 17. */
    static final int MAX_TAGS = 200;

    private final byte[] bytes;
    private final Predicate<String> wanted;
    private final List<PackageRow> rows = new ArrayList<>();
    private final Map<String, Boolean> known = new HashMap<>();
    private final Map<String, String> interned = new HashMap<>();
    private final List<String> tags = new ArrayList<>();
    private final List<String> values = new ArrayList<>();
    private @Nullable String tag;
    private final StringBuilder value = new StringBuilder();
    private boolean inRecord;

    private DcfReader(byte[] bytes, Predicate<String> wanted) {
        this.bytes = bytes;
        this.wanted = wanted;
    }

    /**
     * Reads all records.
     *
     * @param wanted the fields that are kept
     * @throws ForebayException of kind {@code ORIGIN_INVALID} when the bytes are not in the format
     */
    static List<PackageRow> read(byte[] bytes, Predicate<String> wanted) {
        return new DcfReader(bytes, wanted).read();
    }

    private List<PackageRow> read() {
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            if (b == '\n' || b == '\r') {
                line(start, i);
                start = i + 1;
                if (b == '\r' && start < bytes.length && bytes[start] == '\n') {
                    start = ++i + 1;
                }
            } else if (b == 0) {
                throw invalid("has a NUL byte");
            }
        }
        line(start, bytes.length);
        endRecord();
        return rows;
    }

    private void line(int from, int to) {
        if (to - from > MAX_FIELD_BYTES) {
            throw invalid("has a line that is too long");
        }
        int text = skipBlanks(from, to);
        int end = to;
        while (end > text && isBlank(bytes[end - 1])) {
            end--;
        }
        if (text == end) {
            endRecord();
        } else if (text > from) {
            continuation(text, end);
        } else {
            field(from, end);
        }
    }

    private void continuation(int from, int to) {
        if (!inRecord) {
            throw invalid("has a continuation line where a record begins");
        }
        if (tag == null) {
            return;
        }
        if (!value.isEmpty()) {
            value.append('\n');
        }
        if (to - from != 1 || bytes[from] != '.') {
            value.append(text(from, to));
        }
        if (value.length() > MAX_FIELD_BYTES) {
            throw invalid("has a field that is too long");
        }
    }

    private void field(int from, int to) {
        endField();
        inRecord = true;
        int colon = from;
        while (colon < to && bytes[colon] != ':') {
            if (bytes[colon] <= ' ' || bytes[colon] == 127) {
                throw invalid("has a line that is no field");
            }
            colon++;
        }
        if (colon == from || colon == to) {
            throw invalid("has a line that is no field");
        }
        String name = text(from, colon);
        if (isWanted(name)) {
            tag = interned.computeIfAbsent(name, same -> same);
            value.append(text(skipBlanks(colon + 1, to), to));
        }
    }

    private boolean isWanted(String name) {
        Boolean answer = known.get(name);
        if (answer == null) {
            if (known.size() >= MAX_TAGS) {
                throw invalid("has too many different fields");
            }
            answer = wanted.test(name);
            known.put(name, answer);
        }
        return answer;
    }

    private void endField() {
        if (tag != null) {
            int earlier = tags.indexOf(tag);
            if (earlier < 0) {
                tags.add(tag);
                values.add(value.toString());
            } else {
                values.set(earlier, value.toString());
            }
            tag = null;
            value.setLength(0);
        }
    }

    private void endRecord() {
        endField();
        if (inRecord) {
            rows.add(new PackageRow(tags.toArray(String[]::new), values.toArray(String[]::new)));
            tags.clear();
            values.clear();
            inRecord = false;
        }
    }

    private int skipBlanks(int from, int to) {
        int i = from;
        while (i < to && isBlank(bytes[i])) {
            i++;
        }
        return i;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static ForebayException invalid(String what) {
        return ForebayException.originInvalid("the origin's PACKAGES " + what);
    }
}
