package io.forebay.admin;

import io.forebay.catalog.Catalog.Quarantined;
import io.forebay.catalog.Inventory.Held;
import io.forebay.catalog.Inventory.Used;
import io.forebay.store.BlobStore;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * What was used, what is new, slow, large, what failed, and how full the disk is.
 *
 * @param stored from the database
 */
record ActivityPage(Figures figures, Stored stored, BlobStore.Usage usage, Instant now) {
    static final int ROWS = 10;
    static final int DAYS = 30;

    /** Columns that are read by comparing. */
    private static final Set<String> NUMBERS = Set.of("Downloads", "Sent", "Size", "First byte", "Whole");

    /** What the database was asked. */
    record Stored(List<Used> used, List<Held> newest, List<Held> largest, List<Quarantined> refused) {
        Stored {
            used = List.copyOf(used);
            newest = List.copyOf(newest);
            largest = List.copyOf(largest);
            refused = List.copyOf(refused);
        }
    }

    void write(Html html) {
        html.open("section", "class", "hero small").element("h1", "Activity").close("section");
        disk(html);
        table(
                html,
                "Most used",
                "Downloads of the last 30 days.",
                List.of("Package", "Repository", "Downloads", "Sent"),
                stored.used(),
                (row, used) -> row.open("th", "scope", "row")
                        .element(
                                "a",
                                used.name(),
                                "href",
                                "packages/" + used.repository() + "/" + Site.encoded(used.name()))
                        .close("th")
                        .element("td", used.repository())
                        .element("td", Amounts.count(used.downloads()), "class", "number")
                        .element("td", Amounts.bytes(used.bytes()), "class", "number"));
        table(
                html,
                "Newest",
                "Files that came last.",
                List.of("File", "Source", "Size", "Came"),
                stored.newest(),
                (row, held) -> row.open("th", "scope", "row")
                        .element("span", file(held), "class", "file")
                        .close("th")
                        .element("td", held.key().source())
                        .element("td", Amounts.bytes(held.size()), "class", "number")
                        .element("td", Amounts.ago(held.seen(), now)));
        table(
                html,
                "Largest",
                "What takes most of the disk.",
                List.of("File", "Source", "Size"),
                stored.largest(),
                (row, held) -> row.open("th", "scope", "row")
                        .element("span", file(held), "class", "file")
                        .close("th")
                        .element("td", held.key().source())
                        .element("td", Amounts.bytes(held.size()), "class", "number"));
        table(
                html,
                "Slowest",
                "The slowest first byte of each minute of the last hour.",
                List.of("Request", "First byte", "Whole", "Cache", "When"),
                figures.slowest().stream().limit(ROWS).toList(),
                (row, slow) -> row.open("th", "scope", "row")
                        .element("span", slow.target(), "class", "file")
                        .close("th")
                        .element("td", Amounts.duration(slow.firstByteNanos()), "class", "number")
                        .element("td", Amounts.duration(slow.nanos()), "class", "number")
                        .element("td", slow.cacheStatus())
                        .element("td", Amounts.ago(slow.at(), now)));
        table(
                html,
                "Refused",
                "Bytes that were not what was promised of them. They were not kept.",
                List.of("Resource", "Reason", "When"),
                stored.refused(),
                (row, refused) -> row.open("th", "scope", "row")
                        .element("span", refused.key().toString(), "class", "file")
                        .close("th")
                        .element("td", refused.reason())
                        .element("td", Amounts.ago(refused.at(), now)));
        table(
                html,
                "Failed answers",
                "Since the start, newest first.",
                List.of("Request", "Status", "Reason", "When"),
                figures.failures().stream().limit(ROWS).toList(),
                (row, failed) -> row.open("th", "scope", "row")
                        .element("span", failed.target(), "class", "file")
                        .close("th")
                        .element("td", Integer.toString(failed.status()))
                        .element("td", reason(failed.failure()))
                        .element("td", Amounts.ago(failed.at(), now)));
    }

    private void disk(Html html) {
        html.open("section").element("h2", "Disk");
        html.open(
                "meter",
                "min",
                "0",
                "max",
                "1",
                "value",
                share(),
                "class",
                "meter",
                "aria-label",
                "Part of the quota in use");
        html.text(Amounts.percent(usage.bytes(), figures.quotaBytes())).close("meter");
        html.open("dl", "class", "facts five");
        fact(
                html,
                "In use",
                Amounts.bytes(usage.bytes()) + " (" + Amounts.percent(usage.bytes(), figures.quotaBytes()) + ")");
        fact(html, "May be used", Amounts.bytes(figures.quotaBytes()));
        fact(html, "Files and pages", Amounts.count(usage.blobs()));
        fact(html, "Free on the disk", Amounts.bytes(usage.freeBytes()) + " of " + Amounts.bytes(usage.totalBytes()));
        fact(
                html,
                "Evicted since the start",
                figures.evicted().bodies() == 0
                        ? "nothing"
                        : Amounts.count(figures.evicted().bodies()) + ", "
                                + Amounts.bytes(figures.evicted().bytes()));
        html.close("dl").close("section").line();
    }

    private String share() {
        return String.format(
                java.util.Locale.ROOT, "%.4f", Math.min(1, (double) usage.bytes() / Math.max(1, figures.quotaBytes())));
    }

    private static void fact(Html html, String name, String value) {
        html.open("div").element("dt", name).element("dd", value).close("div");
    }

    /** For people, of a failure's kind. */
    private static String reason(String kind) {
        return switch (kind) {
            case "origin_unavailable" -> "The origin could not be reached.";
            case "origin_invalid" -> "The origin sent what it should not have.";
            case "corrupt" -> "The bytes were not what was promised of them.";
            case "overloaded" -> "Too much at once.";
            case "internal" -> "An error in this server; its log says more.";
            default -> kind.replace('_', ' ');
        };
    }

    /** Name of the file without the directories, which say nothing to people. */
    private static String file(Held held) {
        String path = held.key().path();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static <T> void table(
            Html html, String title, String note, List<String> columns, List<T> rows, BiConsumer<Html, T> row) {
        html.open("section").element("h2", title).element("p", note, "class", "muted");
        if (rows.isEmpty()) {
            html.element("p", "Nothing yet.", "class", "empty").close("section");
            return;
        }
        html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", title);
        html.open("table").open("thead").open("tr");
        columns.forEach(column ->
                html.element("th", column, "scope", "col", "class", NUMBERS.contains(column) ? "number" : ""));
        html.close("tr").close("thead").open("tbody");
        for (T each : rows) {
            html.open("tr");
            row.accept(html, each);
            html.close("tr").line();
        }
        html.close("tbody").close("table").close("div").close("section").line();
    }
}
