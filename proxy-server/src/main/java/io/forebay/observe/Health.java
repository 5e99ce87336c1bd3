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
 * Whether the server can do its work. It is alive while it answers at all; it is ready when every check it needs says so. What
 * else is wrong is told, and changes nothing: who takes a server out of service for it would only make clients wait. The answer
 * is kept for a second, so that asking often costs nothing. Safe for use by many threads; never blocks.
 */
public final class Health {
    /** A check that has not answered by then has failed. */
    private static final Duration CHECK_MAX = Duration.ofSeconds(2);

    private static final Duration KEPT = Duration.ofSeconds(1);

    private final Mono<Report> ready;
    private volatile boolean wasReady;

    /** Something that may be wrong. */
    @FunctionalInterface
    public interface Check {
        /** What is wrong, safe to show to anybody; empty when nothing is. */
        Mono<String> problem();
    }

    /**
     * Asks nothing yet.
     *
     * @param needed what the server cannot work without, by the name that is shown, such as {@code store}
     * @param told what it can work without, by name
     */
    public Health(Map<String, Check> needed, Map<String, Check> told) {
        ready = Flux.concat(asked(needed, true), asked(told, false))
                .collectList()
                .map(Report::new)
                .doOnNext(report -> wasReady = report.ok())
                .cache(KEPT);
    }

    private static Flux<Result> asked(Map<String, Check> checks, boolean needed) {
        List<Map.Entry<String, Check>> ordered = List.copyOf(new LinkedHashMap<>(checks).entrySet());
        return Flux.fromIterable(ordered).flatMapSequential(check -> ask(check.getValue())
                .map(problem -> new Result(check.getKey(), problem, needed)));
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
     * What a check said.
     *
     * @param problem the empty text for none
     * @param needed whether a problem means that the server is not ready
     */
    public record Result(String name, String problem, boolean needed) {
        boolean well() {
            return problem.isEmpty();
        }
    }

    /** What the checks said. */
    public record Report(List<Result> results) {
        public Report {
            results = List.copyOf(results);
        }

        public boolean ok() {
            return results.stream().allMatch(result -> result.well() || !result.needed());
        }

        /** {@code ok} when it is, and a line for each problem. */
        public String text() {
            return results.stream()
                    .filter(result -> !result.well())
                    .map(result -> result.name() + ": " + result.problem() + "\n")
                    .collect(Collectors.joining("", ok() ? "ok\n" : "", ""));
        }

        public String json() {
            List<String> checks = new ArrayList<>();
            results.forEach(
                    result -> checks.add(quote(result.name()) + ":" + quote(result.well() ? "ok" : result.problem())));
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
