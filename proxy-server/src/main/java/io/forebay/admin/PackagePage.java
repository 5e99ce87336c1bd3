package io.forebay.admin;

import io.forebay.admin.Chart.Bar;
import io.forebay.catalog.Inventory.Day;
import io.forebay.catalog.Inventory.Held;
import io.forebay.ecosystem.PackageFacts;
import io.forebay.ecosystem.PackageFacts.Needs;
import io.forebay.ecosystem.PackageFacts.Release;
import io.forebay.repository.Repository;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/** One package of a repository. */
record PackagePage(Repository repository, PackageShelf.Known known, Instant now) {
    private static final int DAYS = 30;

    /** Columns that are read by comparing. */
    private static final Set<String> NUMBERS = Set.of("Files", "Size", "Downloads");

    /** What may stand in a line that people paste into a shell. */
    private static final Pattern PLAIN_VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+!_-]{0,80}");

    void write(Html html) {
        PackageFacts facts = known.facts();
        html.open("section", "class", "hero small");
        html.open("p", "class", "crumb").element("a", "Packages", "href", "../../packages");
        html.text(" / " + repository.name()).close("p");
        html.element("h1", facts.name());
        facts.summary().ifPresent(summary -> html.element("p", summary, "class", "lead"));
        html.close("section").line();
        Optional<String> newest = facts.releases().stream()
                .filter(release -> !release.withdrawn())
                .map(Release::version)
                .filter(version -> PLAIN_VERSION.matcher(version).matches())
                .findFirst();
        SetupPage.write(
                html,
                "install",
                new Snippet("Install", Client.install(repository, facts.name(), newest.filter(v -> known.listed()))));
        if (!known.listed()) {
            html.element(
                    "p",
                    "Its index is not held here, so only what was downloaded is known. It is read as soon as somebody"
                            + " installs the package through here.",
                    "class",
                    "muted");
        }
        facts(html, facts, newest);
        needs(html, facts.needs());
        releases(html, facts.releases());
        downloads(html);
    }

    private void facts(Html html, PackageFacts facts, Optional<String> newest) {
        html.open("dl", "class", "facts");
        newest.ifPresent(version -> fact(html, "Newest version", version));
        facts.licence().ifPresent(licence -> fact(html, "Licence", licence));
        facts.requires().ifPresent(requires -> fact(html, "Runs on", requires));
        fact(html, "Held here", held());
        long downloads = known.downloads().stream().mapToLong(Day::downloads).sum();
        fact(html, "Downloads", Amounts.count(downloads));
        known.source()
                .ifPresent(source -> fact(
                        html,
                        "Index",
                        source
                                + known.seen()
                                        .map(seen -> ", confirmed " + Amounts.ago(seen, now))
                                        .orElse("")));
        html.close("dl").line();
    }

    private String held() {
        long bytes = known.held().values().stream().mapToLong(Held::size).sum();
        int files = known.held().size();
        return files == 0 ? "no file yet" : files + (files == 1 ? " file, " : " files, ") + Amounts.bytes(bytes);
    }

    private static void fact(Html html, String name, String value) {
        html.open("div").element("dt", name).element("dd", value).close("div");
    }

    private static void needs(Html html, List<Needs> needs) {
        if (needs.isEmpty()) {
            return;
        }
        html.open("section").element("h2", "Dependencies");
        for (Needs kind : needs) {
            html.element("h3", kind.kind());
            html.open("ul", "class", "tags");
            kind.packages().stream().limit(PackageShelf.RELEASES_MAX).forEach(need -> html.element("li", need));
            html.close("ul");
        }
        html.close("section").line();
    }

    private void releases(Html html, List<Release> releases) {
        if (releases.isEmpty()) {
            return;
        }
        html.open("section").element("h2", "Versions");
        html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", "Versions");
        html.open("table").open("thead").open("tr");
        for (String column : List.of("Version", "Uploaded", "Files", "Size", "Here", "Downloads")) {
            html.element("th", column, "scope", "col", "class", NUMBERS.contains(column) ? "number" : "");
        }
        html.close("tr").close("thead").open("tbody");
        Map<String, Long> downloads = new HashMap<>();
        known.downloads().forEach(day -> downloads.merge(day.version(), day.downloads(), Long::sum));
        releases.stream().limit(PackageShelf.RELEASES_MAX).forEach(release -> release(html, release, downloads));
        html.close("tbody").close("table").close("div");
        if (releases.size() > PackageShelf.RELEASES_MAX) {
            html.element(
                    "p",
                    (releases.size() - PackageShelf.RELEASES_MAX) + " older versions are not shown.",
                    "class",
                    "muted");
        }
        html.close("section").line();
    }

    private void release(Html html, Release release, Map<String, Long> downloads) {
        long held = release.files().stream()
                .filter(file -> known.held().containsKey(file.path()))
                .count();
        html.open("tr").open("th", "scope", "row").text(release.version());
        if (release.withdrawn()) {
            html.text(" ").element("span", "yanked", "class", "badge");
        }
        html.close("th");
        html.element("td", release.uploaded().map(Amounts::day).orElse("\u2013"));
        html.element("td", Integer.toString(release.files().size()), "class", "number");
        OptionalLong size = size(release);
        html.element("td", size.isPresent() ? Amounts.bytes(size.getAsLong()) : "\u2013", "class", "number");
        String here = held == 0
                ? "\u2013"
                : held == release.files().size()
                        ? "yes"
                        : held + " of " + release.files().size();
        html.open("td")
                .element("span", here, "class", held == 0 ? "muted" : "badge good")
                .close("td");
        html.element("td", Amounts.count(downloads.getOrDefault(release.version(), 0L)), "class", "number");
        html.close("tr").line();
    }

    /** Of all files, as the index or the store knows them. */
    private OptionalLong size(Release release) {
        long sum = 0;
        for (PackageFacts.File file : release.files()) {
            Optional<Held> stored = Optional.ofNullable(known.held().get(file.path()));
            if (file.size().isEmpty() && stored.isEmpty()) {
                return OptionalLong.empty();
            }
            sum += file.size().orElseGet(() -> stored.orElseThrow().size());
        }
        return release.files().isEmpty() ? OptionalLong.empty() : OptionalLong.of(sum);
    }

    private void downloads(Html html) {
        if (known.downloads().isEmpty()) {
            return;
        }
        Map<LocalDate, Long> byDay = new HashMap<>();
        known.downloads().forEach(day -> byDay.merge(day.day(), day.downloads(), Long::sum));
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        List<Bar> bars = new ArrayList<>();
        long sum = 0;
        for (LocalDate day = today.minusDays(DAYS - 1); !day.isAfter(today); day = day.plusDays(1)) {
            long count = byDay.getOrDefault(day, 0L);
            sum += count;
            bars.add(new Bar(Amounts.day(day) + ": " + Amounts.count(count, "download"), count, count));
        }
        html.open("section").element("h2", "Downloads in 30 days");
        Chart.draw(
                html,
                "downloads-chart",
                "Downloads on each of the last 30 days: " + Amounts.count(sum) + " in all",
                bars,
                Amounts.day(today.minusDays(DAYS - 1)),
                "today");
        html.close("section").line();
    }
}
