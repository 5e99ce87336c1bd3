package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.forebay.testing.ScriptedOrigin.Reply;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a whole server tells Prometheus. */
class MetricsPageTest {
    private static final String FILE = "/packages/aa/bb/0123456789/demo-1.0.tar.gz";
    /** The path promises a BLAKE2b-256 that no body has. */
    private static final String WRONG = "/packages/00/00/" + "0".repeat(60) + "/wrong-1.0.tar.gz";

    private static final byte[] BODY = "\u001f\u008bnot really gzip".getBytes(StandardCharsets.ISO_8859_1);

    private static final Map<String, String> FAMILIES = new TreeMap<>(Map.ofEntries(
            Map.entry("forebay_requests_total", "counter"),
            Map.entry("forebay_sent_bytes_total", "counter"),
            Map.entry("forebay_failures_total", "counter"),
            Map.entry("forebay_request_seconds", "histogram"),
            Map.entry("forebay_fetches_refused_total", "counter"),
            Map.entry("forebay_fetches_waiting", "gauge"),
            Map.entry("forebay_first_byte_seconds", "histogram"),
            Map.entry("forebay_origin_requests_total", "counter"),
            Map.entry("forebay_origin_received_bytes_total", "counter"),
            Map.entry("forebay_origin_failures_total", "counter"),
            Map.entry("forebay_upstream_requests_ratio", "gauge"),
            Map.entry("forebay_upstream_bytes_ratio", "gauge"),
            Map.entry("forebay_flights", "gauge"),
            Map.entry("forebay_followers", "gauge"),
            Map.entry("forebay_refused_bodies_total", "counter"),
            Map.entry("forebay_memory_bodies_bytes", "gauge"),
            Map.entry("forebay_evicted_blobs_total", "counter"),
            Map.entry("forebay_evicted_bytes_total", "counter"),
            Map.entry("forebay_scrubbed_blobs_total", "counter"),
            Map.entry("forebay_damaged_blobs_total", "counter"),
            Map.entry("forebay_blobs", "gauge"),
            Map.entry("forebay_store_bytes", "gauge"),
            Map.entry("forebay_store_limit_bytes", "gauge"),
            Map.entry("forebay_disk_bytes", "gauge"),
            Map.entry("forebay_disk_used_bytes", "gauge"),
            Map.entry("forebay_disk_free_bytes", "gauge"),
            Map.entry("forebay_database_queued_writes", "gauge"),
            Map.entry("forebay_database_writes_total", "counter"),
            Map.entry("forebay_database_dropped_writes_total", "counter"),
            Map.entry("forebay_database_read_seconds", "histogram"),
            Map.entry("forebay_database_transaction_seconds", "histogram"),
            Map.entry("forebay_event_loop_lag_seconds", "gauge"),
            Map.entry("forebay_direct_memory_bytes", "gauge"),
            Map.entry("forebay_direct_memory_limit_bytes", "gauge"),
            Map.entry("forebay_circuit_open", "gauge"),
            Map.entry("forebay_source_success_timestamp_seconds", "gauge"),
            Map.entry("forebay_ready", "gauge"),
            Map.entry("forebay_build_info", "gauge")));

    @TempDir
    Path home;

    private Running server;

    @BeforeEach
    void start() throws Exception {
        server = new Running(home, "[upstream]", "retries = 0");
        server.origin.otherwise(Reply.of(500, new byte[0]));
        server.origin.on(FILE, Reply.of(200, BODY));
        server.origin.on(WRONG, Reply.of(200, BODY));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private double value(String series) throws Exception {
        List<String> found = scrape().lines()
                .filter(line -> line.startsWith(series + " "))
                .map(line -> line.substring(series.length() + 1))
                .toList();
        assertThat(found).as(series).hasSize(1);
        return Double.parseDouble(found.get(0));
    }

    /** A client may have its answer a moment before it is counted. */
    private void awaitOne(String series) throws Exception {
        long limit = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (value(series) < 1 && System.nanoTime() < limit) {
            Thread.onSpinWait();
        }
        assertThat(value(series)).as(series).isEqualTo(1);
    }

    private String scrape() throws Exception {
        return server.get("/metrics").body();
    }

    @Test
    @DisplayName("reliability 60: health and metrics are only read: other methods are 405 with Allow")
    void ask_otherMethods_areNotAllowed() throws Exception {
        for (String page : List.of("/health/live", "/health/ready", "/metrics")) {
            for (String method : List.of("PUT", "DELETE", "POST", "OPTIONS")) {
                HttpResponse<String> answer = server.send(method, page, "");
                assertThat(answer.statusCode()).as(method + " " + page).isEqualTo(405);
                assertThat(answer.headers().firstValue("allow")).hasValue("GET, HEAD");
            }
            assertThat(server.send("HEAD", page, "").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void scrape_everyFamily_hasItsTypeAndAHelp() throws Exception {
        server.hit("/pypi" + FILE);
        Map<String, String> types = new TreeMap<>();
        Map<String, String> helps = new TreeMap<>();
        scrape().lines().filter(line -> line.startsWith("# ")).forEach(line -> {
            String[] words = line.split(" ", 4);
            if (words[2].startsWith("forebay_")) {
                (words[1].equals("TYPE") ? types : helps).put(words[2], words[3]);
            }
        });
        assertThat(types).isEqualTo(FAMILIES);
        assertThat(helps.keySet()).isEqualTo(FAMILIES.keySet());
        assertThat(helps.values()).allSatisfy(help -> assertThat(help).endsWith("."));
    }

    @Test
    void scrape_afterAMissAndAHit_tellsBoth() throws Exception {
        server.get("/pypi" + FILE);
        server.hit("/pypi" + FILE);
        String labels = "{cache=\"%s\",repository=\"pypi\",status=\"200\"}";
        assertThat(value("forebay_requests_total" + labels.formatted("miss"))).isEqualTo(1);
        double hits = value("forebay_requests_total" + labels.formatted("hit"));
        assertThat(hits).isPositive();
        assertThat(value("forebay_sent_bytes_total{cache=\"hit\",repository=\"pypi\"}"))
                .isEqualTo(hits * BODY.length);
        for (String family : List.of("forebay_request_seconds", "forebay_first_byte_seconds")) {
            assertThat(value(family + "_count{cache=\"hit\"}")).isEqualTo(hits);
            assertThat(value(family + "_bucket{cache=\"hit\",le=\"+Inf\"}")).isEqualTo(hits);
            assertThat(value(family + "_sum{cache=\"miss\"}")).isPositive();
            assertThat(value(family + "_count{cache=\"revalidated\"}")).isZero();
        }
        // The file, and beside it the page that could promise something of it.
        assertThat(value("forebay_origin_requests_total{source=\"pypi\"}")).isEqualTo(2);
        assertThat(value("forebay_origin_received_bytes_total{source=\"pypi\"}"))
                .isEqualTo(BODY.length);
        assertThat(value("forebay_upstream_bytes_ratio")).isBetween(0.01, 0.5);
        // Those two for all that clients asked: the miss, the hit, and what was told to wait for the miss.
        double asked = scrape().lines()
                .filter(line -> line.startsWith("forebay_requests_total{") && line.contains("repository=\"pypi\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
        assertThat(value("forebay_upstream_requests_ratio")).isCloseTo(2 / asked, within(0.001));
        assertThat(value("forebay_source_success_timestamp_seconds{source=\"pypi\"}"))
                .isGreaterThan(1e9);
        assertThat(value("forebay_store_bytes")).isPositive();
        assertThat(value("forebay_store_limit_bytes")).isGreaterThan(value("forebay_store_bytes"));
        assertThat(value("forebay_database_writes_total")).isPositive();
        assertThat(value("forebay_database_transaction_seconds_count")).isPositive();
        assertThat(value("forebay_direct_memory_bytes")).isPositive();
        assertThat(value("forebay_ready")).isEqualTo(1);
        assertThat(value("forebay_flights")).isZero();
        assertThat(value("forebay_build_info{version=\"" + Forebay.version() + "\"}"))
                .isEqualTo(1);
    }

    @Test
    void scrape_afterFailures_tellsThemByKind() throws Exception {
        assertThat(server.get("/pypi/packages/aa/bb/0123456789/down-1.0.tar.gz").statusCode())
                .isEqualTo(503);
        assertThat(server.get("/pypi" + WRONG).statusCode()).isEqualTo(502);
        assertThat(server.get("/pypi/latest/simple/a%00b/").statusCode()).isEqualTo(400);
        for (String kind : List.of("origin_unavailable", "corrupt", "bad_request")) {
            awaitOne("forebay_failures_total{kind=\"" + kind + "\"}");
        }
        assertThat(value("forebay_failures_total{kind=\"internal\"}")).isZero();
        assertThat(value("forebay_refused_bodies_total")).isPositive();
    }

    @Test
    void scrape_originUnreachable_countsItsFailure() throws Exception {
        server.origin.close();
        assertThat(server.get("/pypi/packages/aa/bb/0123456789/down-1.0.tar.gz").statusCode())
                .isEqualTo(503);
        assertThat(value("forebay_origin_failures_total{source=\"pypi\"}")).isPositive();
        assertThat(value("forebay_origin_failures_total{source=\"cran\"}")).isZero();
    }
}
