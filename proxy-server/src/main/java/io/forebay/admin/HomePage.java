package io.forebay.admin;

import io.forebay.admin.Chart.Bar;
import io.forebay.admin.Figures.SourceState;
import io.forebay.admin.Figures.Traffic;
import io.forebay.catalog.Inventory.Day;
import io.forebay.repository.Repository;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What this is, how it does now, and how it did.
 *
 * @param days downloads of the last thirty days; days without any are left out
 * @param flights fetches from origins under way
 */
record HomePage(
        Collection<Repository> repositories, Figures figures, List<Day> days, long flights, BaseUrl base, Instant now) {
    static final int DAYS = 30;

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    void write(Html html) {
        html.open("section", "class", "hero");
        html.element("h1", "Packages, close at hand");
        html.element(
                "p",
                "Forebay keeps what your team installs from CRAN, Bioconductor and PyPI. What one person has downloaded,"
                        + " nobody waits for again.",
                "class",
                "lead");
        html.open("p").element("a", "Set up your installer", "class", "button", "href", "-/setup");
        html.close("p").close("section").line();
        live(html);
        hour(html);
        month(html);
        repositories(html);
    }

    private void live(Html html) {
        Traffic hour = figures.lastHour().stream().reduce(Traffic::plus).orElse(figures.sinceStart());
        Traffic all = figures.sinceStart();
        html.open("section", "id", "live", "data-refresh", "5", "aria-label", "Now");
        html.open("dl", "class", "tiles");
        tile(
                html,
                "Served from here",
                Amounts.percent(hour.hits(), hour.requests()),
                "of requests in the last hour; " + Amounts.percent(all.hits(), all.requests()) + " since the start");
        tile(
                html,
                "Requests",
                Amounts.count(hour.requests()),
                "in the last hour; " + Amounts.count(all.requests()) + " since the start");
        tile(
                html,
                "Saved",
                Amounts.bytes(Math.max(0, all.bytes() - all.fetched())),
                "not fetched again: " + Amounts.bytes(all.bytes()) + " to clients, " + Amounts.bytes(all.fetched())
                        + " from origins");
        tile(html, "Fetching now", Amounts.count(flights), flights == 1 ? "file or page" : "files and pages");
        html.close("dl");
        html.element("h2", "Sources");
        html.open("ul", "class", "sources");
        figures.sources().forEach(source -> source(html, source));
        html.close("ul").close("section").line();
    }

    private static void tile(Html html, String name, String value, String note) {
        html.open("div", "class", "tile").element("dt", name);
        html.element("dd", value, "class", "value")
                .element("dd", note, "class", "note")
                .close("div");
    }

    private void source(Html html, SourceState source) {
        boolean troubled = source.resting().isPresent();
        boolean silent = source.lastSuccess().isEmpty();
        html.open("li")
                .open("span", "class", "dot " + (troubled ? "bad" : silent ? "idle" : "good"), "aria-hidden", "true");
        html.close("span").element("strong", source.name()).text(" ");
        html.element("span", source.url(), "class", "muted url");
        String state = troubled
                ? "left alone until " + Amounts.minute(source.resting().get())
                : source.lastSuccess()
                        .map(instant -> "answered " + Amounts.ago(instant, now))
                        .orElse("not asked yet");
        html.element("span", state, "class", "state");
        if (troubled && !source.lastError().isEmpty()) {
            html.element("p", source.lastError(), "class", "error");
        }
        html.close("li");
    }

    private void hour(Html html) {
        List<Bar> bars = new ArrayList<>();
        long requests = 0;
        for (Traffic minute : figures.lastHour()) {
            requests += minute.requests();
            bars.add(new Bar(
                    CLOCK.format(minute.begin()) + " UTC: " + Amounts.count(minute.requests()) + " requests, "
                            + Amounts.count(minute.hits()) + " served from here",
                    minute.requests(),
                    minute.hits()));
        }
        html.open("section", "id", "hour", "data-refresh", "30");
        html.element("h2", "The last hour");
        legend(html, "requests a minute", "served from here", "fetched or failed");
        Chart.draw(
                html,
                "hour-chart",
                "Requests in each minute of the last hour: " + Amounts.count(requests) + " in all",
                bars,
                CLOCK.format(figures.lastHour().get(0).begin()) + " UTC",
                "now");
        html.close("section").line();
    }

    private static void legend(Html html, String unit, String part, String rest) {
        html.open("p", "class", "legend").text(unit + " ");
        html.open("span", "class", "key")
                .open("i", "class", "swatch part")
                .close("i")
                .text(part)
                .close("span");
        if (!rest.isEmpty()) {
            html.open("span", "class", "key")
                    .open("i", "class", "swatch")
                    .close("i")
                    .text(rest)
                    .close("span");
        }
        html.close("p");
    }

    private void month(Html html) {
        Map<LocalDate, Day> byDay = new HashMap<>();
        days.forEach(day -> byDay.put(day.day(), day));
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        List<Bar> bars = new ArrayList<>();
        long downloads = 0;
        long bytes = 0;
        for (LocalDate day = today.minusDays(DAYS - 1); !day.isAfter(today); day = day.plusDays(1)) {
            Day known = byDay.getOrDefault(day, new Day(day, "", 0, 0));
            downloads += known.downloads();
            bytes += known.bytes();
            bars.add(new Bar(
                    Amounts.day(day) + ": " + Amounts.count(known.downloads(), "download") + ", "
                            + Amounts.bytes(known.bytes()),
                    known.downloads(),
                    known.downloads()));
        }
        html.open("section").element("h2", "The last 30 days");
        String total = Amounts.count(downloads, "download") + " of packages, " + Amounts.bytes(bytes);
        legend(html, "downloads a day", total, "");
        Chart.draw(
                html,
                "month-chart",
                "Downloads on each of the last 30 days: " + total + " in all",
                bars,
                Amounts.day(today.minusDays(DAYS - 1)),
                "today");
        html.close("section").line();
    }

    private void repositories(Html html) {
        html.open("section").element("h2", "Repositories");
        html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", "Repositories");
        html.open("table").open("thead").open("tr");
        for (String column : List.of("Name", "Address", "Sources")) {
            html.element("th", column, "scope", "col");
        }
        html.close("tr").close("thead").open("tbody");
        for (Repository repository : repositories) {
            html.open("tr").open("th", "scope", "row");
            html.element("a", repository.name(), "href", "-/setup?repository=" + repository.name());
            html.close("th").open("td").element("code", base.text() + "/" + repository.name() + "/latest");
            html.close("td").open("td");
            html.text(String.join(
                    ", ",
                    repository.sources().stream().map(source -> source.name()).toList()));
            html.close("td").close("tr");
        }
        html.close("tbody").close("table").close("div").close("section").line();
    }
}
