package io.forebay.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The small parts of pages: escaping, addresses, amounts, charts. */
class PageTextsTest {
    private static final String HOSTILE = "</p><script>alert(1)</script>\" onload='x' &amp; \u0000\u007f";

    @Test
    void html_hostileText_staysText() {
        String html = new Html()
                .element("p", HOSTILE, "title", HOSTILE, "", "left out")
                .toString();
        Document page = Jsoup.parse(html);
        assertThat(page.select("script")).isEmpty();
        assertThat(page.select("p").first().attributes().size()).isEqualTo(1);
        String shown = HOSTILE.replace('\u0000', '\ufffd').replace('\u007f', '\ufffd');
        assertThat(page.select("p").attr("title")).isEqualTo(shown);
        assertThat(page.select("p").first().wholeText()).isEqualTo(shown);
    }

    @Test
    void html_namesMadeOfText_areRefused() {
        assertThatThrownBy(() -> new Html().open("p", "on click", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Html().open("p><script")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.org", "example.org:8080", "10.0.0.7:4242", "[::1]:4242", "a-b.c"})
    void baseUrl_properHost_isTaken(String host) throws UnknownHostException {
        assertThat(BaseUrl.of(Optional.empty(), "http", host, reached(), "").text())
                .isEqualTo("http://" + host);
    }

    @Test
    @Timeout(30)
    void base_longHostThatIsNone_isPassedOverWithoutTryingAllWaysToReadIt() throws UnknownHostException {
        String host = "a".repeat(60) + "_";
        assertThat(BaseUrl.of(Optional.empty(), "http", host, reached(), "").text())
                .doesNotContain("a_");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a b",
                "x\"y",
                "evil.org/path",
                "u@evil.org",
                "a;rm",
                "$(id)",
                "-x",
                "a:99999999",
                "`id`",
                "[zz]"
            })
    void baseUrl_hostThatIsNone_isTheAddressReached(String host) throws UnknownHostException {
        assertThat(BaseUrl.of(Optional.empty(), "http", host, reached(), "").text())
                .isEqualTo("http://10.1.2.3:4242");
    }

    @Test
    void baseUrl_prefix_isTheProxysPath() throws UnknownHostException {
        assertThat(BaseUrl.of(Optional.empty(), "https", "p.example.org", reached(), "/forebay")
                        .text())
                .isEqualTo("https://p.example.org/forebay");
    }

    @Test
    void baseUrl_publicUrl_wins() throws UnknownHostException {
        assertThat(BaseUrl.of(
                                Optional.of(URI.create("https://p.example.org/forebay/")),
                                "http",
                                "x",
                                reached(),
                                "/other")
                        .text())
                .isEqualTo("https://p.example.org/forebay");
    }

    @ParameterizedTest
    @CsvSource({
        "http://p.example.org:4242,p.example.org",
        "https://p.example.org,",
        "http://127.0.0.1:4242,",
        "http://localhost,",
        "http://[::1]:4242,"
    })
    void baseUrl_plainHttpFromElsewhere_mustBeTrusted(String base, String host) {
        assertThat(new BaseUrl(base).untrustedHost()).isEqualTo(Optional.ofNullable(host));
    }

    @Test
    void amounts_readWell() {
        assertThat(List.of(Amounts.bytes(0), Amounts.bytes(1023), Amounts.bytes(1536), Amounts.bytes(500L << 30)))
                .containsExactly("0 B", "1023 B", "1.5 KiB", "500 GiB");
        assertThat(List.of(
                        Amounts.percent(0, 0),
                        Amounts.percent(0, 9),
                        Amounts.percent(1, 999_999),
                        Amounts.percent(99_999, 100_000),
                        Amounts.percent(5, 5),
                        Amounts.percent(1, 2)))
                .containsExactly("\u2013", "0 %", "< 1 %", "99.9 %", "100 %", "50 %");
        assertThat(Amounts.count(1_234_567)).isEqualTo("1\u202f234\u202f567");
        assertThat(List.of(Amounts.duration(1_500_000), Amounts.duration(42_000_000), Amounts.duration(2_500_000_000L)))
                .containsExactly("1.5 ms", "42 ms", "2.5 s");
        Instant now = Instant.parse("2026-01-10T00:00:00Z");
        assertThat(List.of(
                        Amounts.ago(now, now),
                        Amounts.ago(now.minusSeconds(90), now),
                        Amounts.ago(now.minusSeconds(600), now),
                        Amounts.ago(now.minusSeconds(7_200), now),
                        Amounts.ago(now.minusSeconds(864_000), now)))
                .containsExactly("just now", "90 s ago", "10 min ago", "2 h ago", "10 days ago");
    }

    @Test
    void chart_bars_haveHeightsByValueAndNames() {
        Html html = new Html();
        Chart.draw(
                html,
                "c",
                "what it shows",
                List.of(new Chart.Bar("one", 0, 0), new Chart.Bar("two", 10, 5)),
                "then",
                "now");
        Document page = Jsoup.parse(html.toString());
        assertThat(page.select("svg").attr("role")).isEqualTo("img");
        assertThat(page.select("#" + page.select("svg").attr("aria-labelledby")).text())
                .isEqualTo("what it shows");
        assertThat(page.select("rect").eachAttr("height")).containsExactly("160.0", "80.0");
        assertThat(page.select("[style], script")).isEmpty();
    }

    private static InetSocketAddress reached() throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName("10.1.2.3"), 4242);
    }
}
