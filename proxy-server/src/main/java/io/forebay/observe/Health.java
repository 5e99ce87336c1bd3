package io.forebay.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Whether the server can do its work. It is alive while it answers at all; it is ready when every check says so. The answer is
 * kept for a second, so that asking often costs nothing. Safe for use by many threads; never blocks.
 */
public final class Health {
    /** A check that has not answered by then has failed. */
    private static final Duration CHECK_MAX = Duration.ofSeconds(2);

    private static final Duration KEPT = Duration.ofSeconds(1);

    private final Mono<Report> ready;
    private volatile boolean wasReady;

    /** Something the server cannot work without. */
    @FunctionalInterface
    public interface Check {
        /** What is wrong, safe to show to anybody; empty when nothing is. */
        Mono<String> problem();
    }

    /** @param checks by the name that is shown, such as {@code store} */
    public Health(Map<String, Check> checks) {
        List<Map.Entry<String, Check>> ordered = List.copyOf(new LinkedHashMap<>(checks).entrySet());
        ready = Flux.fromIterable(ordered)
                .flatMapSequential(check -> ask(check.getValue()).map(problem -> Map.entry(check.getKey(), problem)))
                .collectList()
                .map(Report::new)
                .doOnNext(report -> wasReady = report.ok())
                .cache(KEPT);
    }

    /** The empty text when nothing is wrong. */
    private static Mono<String> ask(Check check) {
        return Mono.defer(check::problem)
                .timeout(CHECK_MAX)
                .onErrorResume(error -> Mono.just(
                        error instanceof TimeoutException ? "no answer in " + CHECK_MAX.toSeconds() + " s" : "failed"))
                .defaultIfEmpty("");
    }

    /** Always well: it was asked and answers. */
    public Report live() {
        return new Report(List.of());
    }

    public Mono<Report> ready() {
        return ready;
    }

    /** What {@link #ready} said when it was last asked; false before that. */
    public boolean wasReady() {
        return wasReady;
    }

    /**
     * What the checks said.
     *
     * @param results name of each check with its problem, the empty text for none
     */
    public record Report(List<Map.Entry<String, String>> results) {
        public Report {
            results = List.copyOf(results);
        }

        public boolean ok() {
            return results.stream().allMatch(result -> result.getValue().isEmpty());
        }

        /** {@code ok}, or a line for each problem. */
        public String text() {
            if (ok()) {
                return "ok\n";
            }
            return results.stream()
                    .filter(result -> !result.getValue().isEmpty())
                    .map(result -> result.getKey() + ": " + result.getValue() + "\n")
                    .collect(Collectors.joining());
        }

        public String json() {
            List<String> checks = new ArrayList<>();
            results.forEach(result -> checks.add(
                    quote(result.getKey()) + ":" + quote(result.getValue().isEmpty() ? "ok" : result.getValue())));
            return "{\"ok\":" + ok() + ",\"checks\":{" + String.join(",", checks) + "}}\n";
        }

        private static String quote(String text) {
            StringBuilder quoted = new StringBuilder("\"");
            text.chars().forEach(c -> {
                if (c == '"' || c == '\\') {
                    quoted.append('\\');
                }
                quoted.append(c < ' ' ? ' ' : (char) c);
            });
            return quoted.append('"').toString();
        }
    }
}
