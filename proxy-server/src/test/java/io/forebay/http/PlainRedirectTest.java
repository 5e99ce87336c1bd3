package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Exchange;
import io.forebay.model.ForebayException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.resources.LoopResources;

class PlainRedirectTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @ParameterizedTest
    @CsvSource({
        "a.example, 443, https://a.example/x?y=%2B",
        "a.example:80, 443, https://a.example/x?y=%2B",
        "a.example, 4242, https://a.example:4242/x?y=%2B",
        "10.0.0.7:8080, 4242, https://10.0.0.7:4242/x?y=%2B",
        "[::1]:80, 443, https://[::1]/x?y=%2B",
    })
    void location_byHost_keepsTheTarget(String host, int port, String expected) {
        assertThat(PlainRedirect.location("/x?y=%2B", host, Optional.empty(), port))
                .isEqualTo(expected);
    }

    @Test
    void location_publicUrl_wins() {
        Optional<URI> url = Optional.of(URI.create("https://p.example/sub/"));
        assertThat(PlainRedirect.location("/x", "a.example", url, 4242)).isEqualTo("https://p.example/sub/x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a.example, b.example", "u@a.example", "a.example/x", "a:b", "-x", "[zz]"})
    void location_hostThatIsNone_isRefused(String host) {
        assertThatThrownBy(() -> PlainRedirect.location("/x", host, Optional.empty(), 443))
                .isInstanceOf(ForebayException.class);
    }

    @Test
    @Timeout(30)
    void location_longHostThatIsNone_isRefusedWithoutTryingAllWaysToReadIt() {
        String host = "a".repeat(60) + "_";
        assertThatThrownBy(() -> PlainRedirect.location("/x", host, Optional.empty(), 443))
                .isInstanceOf(ForebayException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "http://evil.example/x", "x", "/\u00e4", "/<x>", "/a\\b"})
    void location_targetThatIsNoPath_isRefused(String target) {
        assertThatThrownBy(() -> PlainRedirect.location(target, "a.example", Optional.empty(), 443))
                .isInstanceOf(ForebayException.class);
    }

    @Test
    void answer_overTheWire_is308OrRefused() {
        LoopResources loops = LoopResources.create("redirect", 1, true);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        List<Exchange> told = new CopyOnWriteArrayList<>();
        PlainRedirect redirect = PlainRedirect.start(
                        any, ServerOptions.DEFAULTS, Optional.empty(), 4242, loops, told::add)
                .blockOptional(PATIENCE)
                .orElseThrow();
        try {
            try (RawClient client = RawClient.connect(redirect.address())) {
                RawClient.Answer answer = client.ask("GET", "/pypi/simple/?a=b");
                assertThat(answer.status()).isEqualTo(308);
                assertThat(answer.header("location")).contains("https://test:4242/pypi/simple/?a=b");
            }
            try (RawClient client = RawClient.connect(redirect.address())) {
                RawClient.Answer answer = client.ask("GET", "/", "Host: evil.example");
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.header("location")).isEmpty();
            }
        } finally {
            redirect.close();
            loops.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block(PATIENCE);
        }
        assertThat(told).extracting(Exchange::status).containsExactly(308, 400);
        assertThat(told.get(0).target()).isEqualTo("/pypi/simple/?a=b");
        assertThat(told.get(0).client()).isEqualTo("127.0.0.1");
        assertThat(told.get(1).failure()).contains(ForebayException.Kind.BAD_REQUEST);
    }
}
