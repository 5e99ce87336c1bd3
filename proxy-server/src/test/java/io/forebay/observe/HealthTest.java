package io.forebay.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import tools.jackson.databind.json.JsonMapper;

class HealthTest {
    @Test
    void ready_everythingWell_isOk() {
        Health.Report report = report(Map.of("store", Mono::empty));
        assertThat(report.ok()).isTrue();
        assertThat(report.text()).isEqualTo("ok\n");
        assertThat(report.json()).isEqualTo("{\"ok\":true,\"checks\":{\"store\":\"ok\"}}\n");
    }

    @Test
    void ready_somethingWrong_saysWhat() {
        Map<String, Health.Check> checks = new LinkedHashMap<>();
        checks.put("store", () -> Mono.just("disk is \"full\"\n"));
        checks.put("catalog", Mono::empty);
        checks.put("other", () -> {
            throw new IllegalStateException("/secret/path");
        });
        Health.Report report = report(checks);
        assertThat(report.ok()).isFalse();
        assertThat(report.text()).isEqualTo("store: disk is \"full\"\n\nother: failed\n");
        assertThat(new JsonMapper()
                        .readTree(report.json())
                        .get("checks")
                        .get("other")
                        .stringValue())
                .isEqualTo("failed");
        assertThat(report.json()).doesNotContain("secret");
    }

    @Test
    void ready_whatIsNotNeededIsWrong_isOkAndTold() {
        Health health = new Health(Map.of("store", Mono::empty), Map.of("disk", () -> Mono.just("full")));
        Health.Report report = health.ready().block();
        assertThat(report).isNotNull();
        assertThat(report.ok()).isTrue();
        assertThat(health.wasReady()).isTrue();
        assertThat(report.text()).isEqualTo("ok\ndisk: full\n");
        assertThat(report.json()).isEqualTo("{\"ok\":true,\"checks\":{\"store\":\"ok\",\"disk\":\"full\"}}\n");
    }

    @Test
    void ready_checkHangs_failsAfterItsLimit() {
        StepVerifier.withVirtualTime(() -> new Health(Map.of("catalog", Mono::never), Map.of()).ready())
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(1_999))
                .thenAwait(Duration.ofMillis(1))
                .assertNext(report -> assertThat(report.text()).isEqualTo("catalog: no answer in 2 s\n"))
                .verifyComplete();
    }

    @Test
    void ready_askedOften_checksOnce() {
        AtomicInteger asked = new AtomicInteger();
        Health health = new Health(
                Map.of("store", () -> {
                    asked.incrementAndGet();
                    return Mono.empty();
                }),
                Map.of());
        for (int i = 0; i < 10; i++) {
            health.ready().block();
        }
        assertThat(asked.get()).isBetween(1, 2);
    }

    @Test
    void live_isAlwaysOk() {
        assertThat(new Health(Map.of("store", () -> Mono.just("down")), Map.of())
                        .live()
                        .ok())
                .isTrue();
    }

    private static Health.Report report(Map<String, Health.Check> checks) {
        Health.Report report = new Health(checks, Map.of()).ready().block();
        assertThat(report).isNotNull();
        return report;
    }
}
