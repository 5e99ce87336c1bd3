package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class StatusTextTest {
    private static final String FLIGHT =
            "{\"source\":\"pypi\",\"path\":\"a.whl\",\"received_bytes\":512,\"total_bytes\":1024,\"clients\":3}";

    private static StatusText status(long requests, long sent, String flights) {
        return new StatusText(
                URI.create("http://127.0.0.1:4242"),
                json("{\"version\":\"1.2\",\"uptime_seconds\":7,\"requests\":" + requests
                        + ",\"hits\":3,\"sent_bytes\":"
                        + sent + ",\"blobs\":2,\"bytes\":1536,\"limit_bytes\":1048576,\"free_bytes\":1073741824,"
                        + "\"flights\":1,\"followers\":3,\"evicted_bytes\":0}"),
                json("[" + flights + "]"),
                json("[{\"name\":\"pypi\",\"url\":\"https://pypi.org\",\"open\":true,\"retry_at\":\"soon\","
                        + "\"last_error\":\"it is away\"}]"));
    }

    private static JsonNode json(String text) {
        return new JsonMapper().readTree(text);
    }

    @Test
    void text_tellsRequestsDiskFetchesAndSources() {
        assertThat(status(4, 2048, FLIGHT).text().lines())
                .containsExactly(
                        "Forebay 1.2 at http://127.0.0.1:4242, up 7 s",
                        "requests  4, 75% from the cache, 2.0 KiB sent",
                        "stored    1.5 KiB of 1.0 MiB in 2 files; 1.0 GiB free on the disk",
                        "evicted   0 B since the start",
                        "fetches   1 under way, read by 3 clients",
                        "  pypi:a.whl [###############               ] 50% 512/1024 bytes, 3 clients",
                        "pypi             https://pypi.org  left alone until soon, last success never,"
                                + " last failure never: it is away");
    }

    @Test
    void text_manyFetches_showsTwentyAndHowManyMore() {
        String many = (FLIGHT + ",").repeat(24) + FLIGHT;
        assertThat(status(0, 0, many).text().lines().filter(line -> line.startsWith("  pypi:")))
                .hasSize(20);
        assertThat(status(0, 0, many).text()).contains("  and 5 more", "requests  0, 0%");
    }

    @Test
    void text_sinceAnEarlierLook_tellsRates() {
        assertThat(status(104, 4096, "").text(status(4, 2048, ""), 2))
                .contains("50 requests a second, 1.0 KiB a second");
    }
}
