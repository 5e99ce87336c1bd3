package io.forebay.observe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Exchange;
import io.forebay.model.Exchange.CacheStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AccessLogTest {
    @Test
    void combined_line_isWhatLogReadersKnow() {
        assertThat(line(AccessLine.COMBINED))
                .isEqualTo("127.0.0.1 - - [01/Nov/2026:11:00:00 +0000] "
                        + "\"GET /cran/latest/src/contrib/x_1.0.tar.gz HTTP/1.1\" 200 7 \"-\" \"R (4.5.0)\" "
                        + "hit 0.412 12.001\n");
    }

    @Test
    void common_line_isTheCommonLogFormat() {
        assertThat(line(AccessLine.COMMON))
                .isEqualTo("127.0.0.1 - - [01/Nov/2026:11:00:00 +0000] "
                        + "\"GET /cran/latest/src/contrib/x_1.0.tar.gz HTTP/1.1\" 200 7\n");
    }

    @Test
    void json_line_hasEveryField() {
        JsonNode json = new JsonMapper().readTree(line(AccessLine.JSON));
        assertThat(json.get("time").stringValue()).isEqualTo("2026-11-01T11:00:00.123Z");
        assertThat(json.get("repository").stringValue()).isEqualTo("cran");
        assertThat(json.get("package").stringValue()).isEqualTo("x");
        assertThat(json.get("version").stringValue()).isEqualTo("1.0");
        assertThat(json.get("cache").stringValue()).isEqualTo("hit");
        assertThat(json.get("client").stringValue()).isEqualTo("127.0.0.1");
        assertThat(json.get("principal").stringValue()).isEmpty();
        assertThat(json.get("agent").stringValue()).isEqualTo("R (4.5.0)");
        assertThat(json.get("status").intValue()).isEqualTo(200);
        assertThat(json.get("bytes").longValue()).isEqualTo(7);
        assertThat(json.get("first_byte_ms").doubleValue()).isEqualTo(0.412);
        assertThat(json.get("total_ms").doubleValue()).isEqualTo(12.001);
    }

    @Test
    void line_ofAnAdministrator_namesThePrincipal() {
        Exchange exchange = Exchanging.by("token ci \"x\"");
        StringBuilder common = new StringBuilder();
        AccessLine.COMMON.append(exchange, common);
        assertThat(common).startsWith("127.0.0.1 - token_ci_\\\"x\\\" [");
        StringBuilder json = new StringBuilder();
        AccessLine.JSON.append(exchange, json);
        assertThat(new JsonMapper().readTree(json.toString()).get("principal").stringValue())
                .isEqualTo("token ci \"x\"");
    }

    @DisplayName("reliability 56: what a client sends cannot forge a line")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\r\n127.0.0.1 - - forged",
                "\" 200 0 \"-\" \"",
                "\\",
                "\u0000\u001b[2J",
                "\u007f\u0080\u009b",
                "\u2028\u2029",
                "\ud800",
                "ö€𝄞"
            })
    void line_hostileTexts_stayInTheirField(String text) {
        StringBuilder combined = new StringBuilder();
        AccessLine.COMBINED.append(Exchanging.hostile(text), combined);
        assertThat(combined.toString()).containsOnlyOnce("\n").endsWith(" none 0.000 0.000\n");
        assertThat(combined.chars()).allMatch(c -> c == '\n' || (c >= ' ' && c < 0x7F));
        assertThat(combined.toString().replaceAll("\\\\.", "").chars().filter(c -> c == '"'))
                .hasSize(6);

        StringBuilder json = new StringBuilder();
        AccessLine.JSON.append(Exchanging.hostile(text), json);
        assertThat(json.toString()).containsOnlyOnce("\n").endsWith("}\n");
        assertThat(new JsonMapper().readTree(json.toString()).get("agent").stringValue())
                .isEqualTo(text);
    }

    @Test
    void close_writesWhatIsQueued() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AccessLog log = new AccessLog(out, AccessLine.COMBINED);
        for (int i = 0; i < 5_000; i++) {
            log.ended(Exchanging.of("cran", CacheStatus.HIT, 200, i));
        }
        log.close();
        assertThat(out.toString(UTF_8).lines()).hasSize(5_000);
        assertThat(log.dropped()).isZero();
    }

    @Test
    void ended_outputStandsStill_dropsAndCounts() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AccessLog log = new AccessLog(new StandingStill(out, entered, release), AccessLine.COMBINED, 64);
        log.ended(Exchanging.of("cran", CacheStatus.HIT, 200, 0));
        entered.await();
        for (int i = 0; i < 100; i++) {
            log.ended(Exchanging.of("cran", CacheStatus.HIT, 200, i));
        }
        assertThat(log.dropped()).isEqualTo(100 - 64);
        release.countDown();
        log.close();
        assertThat(out.toString(UTF_8).lines()).hasSize(1 + 64);
    }

    @Test
    void write_outputFails_countsAndGoesOn() {
        AccessLog log = new AccessLog(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("no");
                    }
                },
                AccessLine.JSON);
        log.ended(Exchanging.of("cran", CacheStatus.HIT, 200, 0));
        log.close();
        assertThat(log.dropped()).isEqualTo(1);
    }

    private static String line(AccessLine form) {
        StringBuilder line = new StringBuilder();
        form.append(Exchanging.of("cran", CacheStatus.HIT, 200, 7), line);
        return line.toString();
    }

    /** Takes nothing until it is released. */
    private static final class StandingStill extends OutputStream {
        private final OutputStream out;
        private final CountDownLatch entered;
        private final CountDownLatch release;

        private StandingStill(OutputStream out, CountDownLatch entered, CountDownLatch release) {
            this.out = out;
            this.entered = entered;
            this.release = release;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            entered.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            out.write(bytes, offset, length);
        }
    }
}
