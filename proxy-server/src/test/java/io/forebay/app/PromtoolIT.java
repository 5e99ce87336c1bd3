package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.testing.ScriptedOrigin.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Prometheus' own tool judges the metrics, the alerts and the dashboard. {@code scripts/test} brings it. */
class PromtoolIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path RULES = ROOT.resolve("packaging/prometheus/forebay.rules.yml");
    private static final Path RULE_TESTS = ROOT.resolve("packaging/prometheus/forebay.rules.test.yml");
    private static final Path DASHBOARD = ROOT.resolve("packaging/grafana/forebay.json");
    private static final Pattern METRIC = Pattern.compile("\\b(?:forebay|jvm|process|system)_[a-z0-9_]+");
    private static final Pattern ALERT = Pattern.compile("alert: (\\w+)");
    private static final long LIMIT_SECONDS = 60;

    @TempDir
    Path home;

    @BeforeAll
    static void wanted() {
        Assumptions.assumeFalse("skip".equals(System.getProperty("forebay.clients")), "real programs are left out");
    }

    private record Ran(int status, String output) {}

    private Ran promtool(Path input, String... arguments) throws IOException, InterruptedException {
        Path brought = ROOT.resolve("target/promtool");
        List<String> command = new ArrayList<>(List.of(Files.exists(brought) ? brought.toString() : "promtool"));
        command.addAll(List.of(arguments));
        Path output = home.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectInput(input.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Ran(process.exitValue(), Files.readString(output));
    }

    /** After a miss, a hit and a failure. */
    private String scrape() throws Exception {
        byte[] body = "\u001f\u008bnot really gzip".getBytes(StandardCharsets.ISO_8859_1);
        String file = "/packages/aa/bb/0123456789/demo-1.0.tar.gz";
        try (Running server = new Running(home, "[upstream]", "retries = 0")) {
            server.origin.otherwise(Reply.of(500, new byte[0]));
            server.origin.on(file, Reply.of(200, body));
            server.hit("/pypi" + file);
            server.get("/pypi/packages/aa/bb/0123456789/down-1.0.tar.gz");
            return server.get("/metrics").body();
        }
    }

    private static Set<String> found(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(hit -> hit.group(hit.groupCount()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> series(String scrape) {
        return scrape.lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void metrics_ofARunningServer_areWellFormed() throws Exception {
        Path scrape = Files.writeString(home.resolve("scrape"), scrape());
        Ran checked = promtool(scrape, "check", "metrics");
        // 3: well-formed, but for the taste of the linter, which finds fault with names of the JVM's figures.
        assertThat(checked.status()).as(checked.output()).isIn(0, 3);
        assertThat(checked.output().lines().filter(line -> line.contains("forebay_")))
                .isEmpty();
        Path bad = Files.writeString(home.resolve("bad"), "forebay_x{ 1\n");
        assertThat(promtool(bad, "check", "metrics").status()).isEqualTo(1);
    }

    @Test
    void rules_areValid() throws Exception {
        Ran checked = promtool(RULES, "check", "rules", RULES.toString());
        assertThat(checked.status()).as(checked.output()).isZero();
    }

    @Test
    void alerts_eachFiresInItsTest() throws Exception {
        Ran tested = promtool(RULE_TESTS, "test", "rules", RULE_TESTS.toString());
        assertThat(tested.status()).as(tested.output()).isZero();
        String tests = Files.readString(RULE_TESTS);
        Set<String> alerts = found(ALERT, Files.readString(RULES));
        assertThat(alerts).isNotEmpty();
        assertThat(found(Pattern.compile("alertname: (\\w+)\n +exp_alerts:\n +- exp_labels"), tests))
                .isEqualTo(alerts);
    }

    @Test
    void alerts_oneThatCannotFire_failsItsTest() throws Exception {
        String rules = Files.readString(RULES);
        Path tests = Files.copy(RULE_TESTS, home.resolve(RULE_TESTS.getFileName()));
        for (String alert : found(ALERT, rules)) {
            String silent = rules.replaceFirst(
                    "(- alert: " + alert + "\n +)expr: (\\|\n(?: {10,}.*\n)+|.*\n)", "$1expr: vector(1) > 2\n");
            assertThat(silent).isNotEqualTo(rules);
            Files.writeString(home.resolve(RULES.getFileName()), silent);
            Ran tested = promtool(tests, "test", "rules", tests.toString());
            assertThat(tested.status()).as(alert).isEqualTo(1);
            assertThat(tested.output()).contains("alertname: " + alert);
        }
    }

    /** A misspelt kind would never alert, and nobody would know. */
    @Test
    void failureKindsOfTheRules_areInAScrape() throws Exception {
        String scrape = scrape();
        Set<String> kinds = found(Pattern.compile("kind=~\"([^\"]*)\""), Files.readString(RULES));
        assertThat(kinds).hasSize(1);
        assertThat(kinds.iterator().next().split("\\|"))
                .allSatisfy(kind -> assertThat(scrape).contains("forebay_failures_total{kind=\"" + kind + "\"}"));
    }

    @Test
    void metricsThatRulesAndDashboardUse_areInAScrape() throws Exception {
        Set<String> known = series(scrape());
        assertThat(known).contains("forebay_requests_total");
        List<String> expressions = new ArrayList<>();
        JsonNode dashboard = new JsonMapper().readTree(Files.readString(DASHBOARD));
        dashboard.findValues("expr").forEach(expr -> expressions.add(expr.asString()));
        assertThat(expressions).hasSizeGreaterThan(20);
        Set<String> used = found(METRIC, String.join("\n", expressions));
        String rules = Files.readString(RULES);
        used.addAll(found(METRIC, rules.replaceAll("(?m)^ *(summary|description|#).*$", "")));
        assertThat(known).containsAll(used);
        Path queries = Files.writeString(home.resolve("queries.yml"), asRules(expressions));
        Ran checked = promtool(queries, "check", "rules", queries.toString());
        assertThat(checked.status()).as(checked.output()).isZero();
    }

    /** Expressions of the dashboard as rules, so that their syntax is judged as well. */
    private static String asRules(List<String> expressions) {
        StringBuilder rules = new StringBuilder("groups:\n- name: dashboard\n  rules:\n");
        for (int i = 0; i < expressions.size(); i++) {
            String expression = expressions.get(i).replace("$__rate_interval", "5m");
            rules.append("  - record: panel:")
                    .append(i)
                    .append("\n    expr: '")
                    .append(expression)
                    .append("'\n");
        }
        return rules.toString();
    }
}
