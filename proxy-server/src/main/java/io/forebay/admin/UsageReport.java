package io.forebay.admin;

import io.forebay.catalog.Catalog;
import io.forebay.model.ForebayException;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Download counts as JSON or CSV (RFC 4180). */
final class UsageReport {
    /** Rows in one answer: about 100 bytes each. */
    private static final int ROWS_MAX = 100_000;

    private static final int DAYS_DEFAULT = 30;
    private static final String HEADER = "day,repository,ecosystem,package,version,downloads,bytes\r\n";

    private final Catalog catalog;
    private final InstantSource clock;

    UsageReport(Catalog catalog, InstantSource clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    Mono<ApiReply> answer(Call call) {
        String format = call.value("format").orElse("json");
        if (!format.equals("json") && !format.equals("csv")) {
            throw ForebayException.badRequest("format must be json or csv");
        }
        LocalDate to = call.value("to").map(text -> day("to", text)).orElseGet(this::today);
        LocalDate from = call.value("from").map(text -> day("from", text)).orElse(to.minusDays(DAYS_DEFAULT - 1L));
        if (from.isAfter(to)) {
            throw ForebayException.badRequest("from must not be after to");
        }
        Flux<Catalog.Count> rows = catalog.uses(
                new Catalog.UseFilter(call.value("repository"), call.value("package"), from, to, ROWS_MAX));
        return format.equals("csv")
                ? Mono.just(new ApiReply.Text(
                        "text/csv; charset=utf-8", Flux.concat(Flux.just(HEADER), rows.map(UsageReport::line))))
                : rows.map(UsageReport::row).collectList().map(ApiReply::ok);
    }

    private LocalDate today() {
        return clock.instant().atZone(ZoneOffset.UTC).toLocalDate();
    }

    private static LocalDate day(String name, String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw ForebayException.badRequest(name + " must be a day, as 2026-01-31");
        }
    }

    /** A count as the API names its parts. */
    record Row(
            String day,
            String repository,
            String ecosystem,
            String name,
            Optional<String> version,
            long downloads,
            long bytes) {}

    private static Row row(Catalog.Count count) {
        return new Row(
                count.day().toString(),
                count.repository(),
                count.ecosystem(),
                count.name(),
                Optional.of(count.version()).filter(version -> !version.isEmpty()),
                count.downloads(),
                count.bytes());
    }

    private static String line(Catalog.Count count) {
        return String.join(
                        ",",
                        count.day().toString(),
                        field(count.repository()),
                        field(count.ecosystem()),
                        field(count.name()),
                        field(count.version()),
                        Long.toString(count.downloads()),
                        Long.toString(count.bytes()))
                + "\r\n";
    }

    /** A spreadsheet takes a field that begins so for a formula. */
    private static String field(String text) {
        String harmless = text.matches("(?s)[=+@\\t\\r-].*") ? "'" + text : text;
        return harmless.matches("(?s).*[\",\\r\\n].*") ? '"' + harmless.replace("\"", "\"\"") + '"' : harmless;
    }
}
