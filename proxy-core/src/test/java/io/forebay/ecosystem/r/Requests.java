package io.forebay.ecosystem.r;

import io.forebay.model.Plan;
import io.forebay.model.Snapshot;
import io.forebay.model.Source;
import io.forebay.model.Target;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Requests to an R repository, for the tests of this package. */
record Requests(REcosystem ecosystem, List<Source> sources, Optional<LocalDate> date, Optional<String> userAgent) {
    static final Source CRAN = source("cran", "https://cran.example/r");
    static final Source PRIVATE = source("private", "http://private.example:8000");
    static final Source DATED = new Source(
            "ppm",
            "cran",
            URI.create("https://ppm.example/cran/latest"),
            List.of(),
            Optional.of("https://ppm.example/cran/{date}"));

    static Source source(String name, String url) {
        return new Source(name, "cran", URI.create(url), List.of(), Optional.empty());
    }

    static Requests to(Source... sources) {
        return new Requests(new REcosystem(), List.of(sources), Optional.empty(), Optional.empty());
    }

    Requests filtered() {
        return new Requests(new REcosystem(true), sources, date, userAgent);
    }

    Requests on(String day) {
        return new Requests(ecosystem, sources, Optional.of(LocalDate.parse(day)), userAgent);
    }

    Requests as(String newUserAgent) {
        return new Requests(ecosystem, sources, date, Optional.of(newUserAgent));
    }

    /** Plans a request as the server would hand it over: split at slashes, decoded, the query apart. */
    Plan plan(String pathAndQuery) {
        int question = pathAndQuery.indexOf('?');
        String path = question < 0 ? pathAndQuery : pathAndQuery.substring(0, question);
        List<String> segments = Arrays.stream(path.split("/"))
                .filter(segment -> !segment.isEmpty())
                .map(segment -> URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8))
                .toList();
        Target target = new Target(
                "cran",
                date.map(Snapshot::of).orElse(Snapshot.LATEST),
                true,
                segments,
                path.isEmpty() || path.endsWith("/"),
                question < 0 ? Optional.empty() : Optional.of(pathAndQuery.substring(question + 1)),
                Optional.of("*/*"),
                userAgent);
        return ecosystem.plan(target, sources);
    }

    Plan.Verbatim verbatim(String pathAndQuery) {
        return (Plan.Verbatim) plan(pathAndQuery);
    }

    Plan.Rendered rendered(String pathAndQuery) {
        return (Plan.Rendered) plan(pathAndQuery);
    }
}
