package io.forebay.ecosystem.r;

import io.forebay.model.ForebayException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Writes an index in any of its forms. Equal rows give equal bytes. Not thread-safe, for one writing. */
final class PackagesWriter {
    /** The columns of R's own {@code write_PACKAGES}, in its order; a matrix has them all, as R's has. */
    static final List<String> STANDARD = List.of(
            "Package",
            "Version",
            "Priority",
            "Depends",
            "Imports",
            "LinkingTo",
            "Suggests",
            "Enhances",
            "License",
            "License_is_FOSS",
            "License_restricts_use",
            "OS_type",
            "Archs",
            "MD5sum",
            "NeedsCompilation");

    /** CRAN's matrix has 400 thousand; each costs eight bytes even where it is empty. */
    private static final long MAX_CELLS = 8_000_000;

    private static final Pattern LINE_END = Pattern.compile("\\r\\n|[\\r\\n]");

    private static final byte[] CONTINUATION = "\n        ".getBytes(StandardCharsets.ISO_8859_1);

    private final List<PackageRow> rows;
    private final List<String> columns;

    PackagesWriter(List<PackageRow> rows) {
        this.rows = rows;
        this.columns = columns(rows);
    }

    private static List<String> columns(List<PackageRow> rows) {
        Set<String> others = new TreeSet<>();
        String[] before = {};
        for (PackageRow row : rows) {
            // Rows of one reading share their tags: TagSets.
            if (row.tags() != before) {
                before = row.tags();
                others.addAll(Arrays.asList(before));
            }
        }
        Set<String> columns = new LinkedHashSet<>(STANDARD);
        columns.addAll(others);
        return List.copyOf(columns);
    }

    byte[] write(PackagesForm form) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 20);
        if (form == PackagesForm.RDS) {
            rds(out);
        } else {
            dcf(out);
        }
        byte[] bytes = out.toByteArray();
        return form == PackagesForm.PLAIN ? bytes : Compressed.gzip(bytes, bytes.length);
    }

    private void rds(ByteArrayOutputStream out) {
        if ((long) rows.size() * columns.size() > MAX_CELLS) {
            throw ForebayException.originInvalid("the origins' PACKAGES together have too many fields");
        }
        RdsWriter.write(rows, columns, out);
    }

    private void dcf(ByteArrayOutputStream out) {
        Map<String, Integer> rank = new HashMap<>();
        columns.forEach(column -> rank.put(column, rank.size()));
        IdentityHashMap<String[], Layout> layouts = new IdentityHashMap<>();
        boolean first = true;
        for (PackageRow row : rows) {
            if (!first) {
                out.write('\n');
            }
            first = false;
            layouts.computeIfAbsent(row.tags(), tags -> Layout.of(tags, rank)).write(row.values(), out);
        }
    }

    /** How rows with these tags are written: which field follows which, and what each begins with. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Layout(int[] order, byte[][] starts) {
        static Layout of(String[] tags, Map<String, Integer> rank) {
            int[] order = inOrder(tags, rank);
            byte[][] starts = new byte[tags.length][];
            for (int i = 0; i < tags.length; i++) {
                starts[i] = (tags[order[i]] + ": ").getBytes(StandardCharsets.ISO_8859_1);
            }
            return new Layout(order, starts);
        }

        void write(String[] values, ByteArrayOutputStream out) {
            for (int i = 0; i < order.length; i++) {
                out.writeBytes(starts[i]);
                value(values[order[i]], out);
                out.write('\n');
            }
        }
    }

    /** Positions of the fields by rank, sorted by insertion: most indexes are in the standard order already. */
    private static int[] inOrder(String[] tags, Map<String, Integer> rank) {
        int[] order = new int[tags.length];
        int[] ranks = new int[tags.length];
        for (int i = 0; i < tags.length; i++) {
            int own = rank.getOrDefault(tags[i], 0);
            int at = i;
            for (; at > 0 && ranks[at - 1] > own; at--) {
                ranks[at] = ranks[at - 1];
                order[at] = order[at - 1];
            }
            ranks[at] = own;
            order[at] = i;
        }
        return order;
    }

    /** A value of several lines goes on after white space; a line end of any kind would else begin a field of its own. */
    private static void value(String value, ByteArrayOutputStream out) {
        if (value.indexOf('\n') < 0 && value.indexOf('\r') < 0) {
            out.writeBytes(withoutBlanks(value).getBytes(StandardCharsets.ISO_8859_1));
            return;
        }
        boolean first = true;
        for (String line : LINE_END.split(value, -1)) {
            if (!first) {
                out.writeBytes(CONTINUATION);
            }
            String text = withoutBlanks(line);
            out.writeBytes((text.isEmpty() && !first ? "." : text).getBytes(StandardCharsets.ISO_8859_1));
            first = false;
        }
    }

    /** A line as it will be read: only blanks around it are lost, other white space is text. */
    private static String withoutBlanks(String line) {
        int from = 0;
        int to = line.length();
        while (from < to && isBlank(line.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(line.charAt(to - 1))) {
            to--;
        }
        return line.substring(from, to);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
