package io.forebay.ecosystem.r;

import io.forebay.model.ForebayException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
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

    /** A record without some of the fields goes on a few places further. */
    private static final int GUESSES = 8;

    private final byte[] bytes;
    private final Predicate<String> wanted;
    private final List<PackageRow> rows = new ArrayList<>();
    /** In the order in which they came first: the records of an index have their fields in one order, or nearly. */
    private final List<Tag> known = new ArrayList<>();

    private final Map<String, Integer> places = new HashMap<>();
    /** The place of the last one among those known. */
    private int last;

    private final TagSets sets = new TagSets();
    private final List<String> tags = new ArrayList<>();
    private final List<String> values = new ArrayList<>();
    private @Nullable String tag;
    private String value = "";
    /** The value once it has a second line. */
    private final StringBuilder lines = new StringBuilder();

    private boolean inRecord;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Tag(byte[] name, String text, boolean wanted) {}

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
        if (lines.isEmpty()) {
            lines.append(value);
        }
        if (!lines.isEmpty()) {
            lines.append('\n');
        }
        if (to - from != 1 || bytes[from] != '.') {
            lines.append(text(from, to));
        }
        if (lines.length() > MAX_FIELD_BYTES) {
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
        Tag found = tag(from, colon);
        if (found.wanted) {
            tag = found.text;
            value = text(skipBlanks(colon + 1, to), to);
        }
    }

    private Tag tag(int from, int to) {
        for (int guess = 1; guess <= Math.min(GUESSES, known.size()); guess++) {
            int place = (last + guess) % known.size();
            byte[] name = known.get(place).name;
            if (Arrays.equals(bytes, from, to, name, 0, name.length)) {
                last = place;
                return known.get(place);
            }
        }
        last = places.computeIfAbsent(text(from, to), text -> {
            if (known.size() >= MAX_TAGS) {
                throw invalid("has too many different fields");
            }
            known.add(new Tag(Arrays.copyOfRange(bytes, from, to), text, wanted.test(text)));
            return known.size() - 1;
        });
        return known.get(last);
    }

    private void endField() {
        if (tag != null) {
            String whole = lines.isEmpty() ? value : lines.toString();
            int earlier = tags.indexOf(tag);
            if (earlier < 0) {
                tags.add(tag);
                values.add(whole);
            } else {
                values.set(earlier, whole);
            }
            tag = null;
            lines.setLength(0);
        }
    }

    private void endRecord() {
        endField();
        if (inRecord) {
            rows.add(new PackageRow(sets.of(tags), values.toArray(String[]::new)));
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
