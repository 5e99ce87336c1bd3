package io.forebay.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {
    private static final TrustedProxies PROXIES =
            TrustedProxies.of(List.of("127.0.0.1", "10.0.0.0/8", "2001:db8::/32"));

    private static TrustedProxies.Sender sender(String peer, Map<String, List<String>> fields)
            throws UnknownHostException {
        return PROXIES.sender(
                new InetSocketAddress(InetAddress.getByName(peer), 9), name -> fields.getOrDefault(name, List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "127.0.0.1 | 192.0.2.7                          | 192.0.2.7",
                "127.0.0.1 | 192.0.2.7, 10.1.2.3                | 192.0.2.7",
                "127.0.0.1 | 198.51.100.1, 192.0.2.7, 10.1.2.3  | 192.0.2.7",
                "127.0.0.1 | 10.9.9.9, 10.1.2.3                 | 10.9.9.9",
                "127.0.0.1 | 192.0.2.7:4711                     | 192.0.2.7",
                "127.0.0.1 | [2001:db9::7]:4711                 | 2001:db9:0:0:0:0:0:7",
                "127.0.0.1 | 2001:db9::7,2001:db8::1            | 2001:db9:0:0:0:0:0:7",
                "127.0.0.1 | 192.0.2.7, nonsense                | 127.0.0.1",
                "127.0.0.1 | 010.0.0.1                          | 127.0.0.1",
                "127.0.0.1 | 1.2.3                              | 127.0.0.1",
                "127.0.0.1 | localhost                          | 127.0.0.1",
                "127.0.0.1 | ''                                 | 127.0.0.1",
                "192.0.2.1 | 198.51.100.1                       | 192.0.2.1",
                "11.0.0.1  | 198.51.100.1                       | 11.0.0.1",
                "10.255.0.1| 198.51.100.1                       | 198.51.100.1",
            })
    void sender_listOfAddresses_isTheFirstNotTrustedFromTheRight(String peer, String field, String expected)
            throws UnknownHostException {
        assertThat(sender(peer, Map.of("x-forwarded-for", List.of(field))).address())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "for=192.0.2.7                                       | 192.0.2.7            | -     | -",
                "For=\"192.0.2.7:4711\"; Proto=HTTPS ;host=p.example | 192.0.2.7            | https | p.example",
                "for=\"[2001:db9::7]:4711\";proto=http               | 2001:db9:0:0:0:0:0:7 | http  | -",
                "for=1.1.1.1;host=evil, for=192.0.2.7;host=good, for=10.0.0.2;host=inner | 192.0.2.7 | - | good",
                "for=\"1.1.1.1, for=2.2.2.2\";by=x, for=192.0.2.7    | 192.0.2.7            | -     | -",
                "for=\"a\\\", for=9.9.9.9\", for=192.0.2.7           | 192.0.2.7            | -     | -",
                "for=192.0.2.7, for=unknown                          | 127.0.0.1            | -     | -",
                "for=192.0.2.7, for=_hidden;proto=https              | 127.0.0.1            | https | -",
                "for=192.0.2.7;proto=gopher                          | 192.0.2.7            | -     | -",
                "nonsense                                            | 127.0.0.1            | -     | -",
                "for=192.0.2.7;x                                     | 127.0.0.1            | -     | -",
            })
    void sender_forwarded_isReadAsRfc7239(String field, String address, String scheme, String host)
            throws UnknownHostException {
        TrustedProxies.Sender sender = sender("127.0.0.1", Map.of("forwarded", List.of(field)));
        assertThat(sender.address()).isEqualTo(address);
        assertThat(sender.scheme().orElse("-")).isEqualTo(scheme);
        assertThat(sender.host().orElse("-")).isEqualTo(host);
    }

    @Test
    void sender_twoKindsThatDisagree_isTheProxy() throws UnknownHostException {
        assertThat(sender(
                                "127.0.0.1",
                                Map.of(
                                        "forwarded", List.of("for=1.1.1.1"),
                                        "x-forwarded-for", List.of("192.0.2.7")))
                        .address())
                .isEqualTo("127.0.0.1");
        assertThat(sender(
                                "127.0.0.1",
                                Map.of(
                                        "forwarded", List.of("for=192.0.2.7"),
                                        "x-forwarded-for", List.of("192.0.2.7")))
                        .address())
                .isEqualTo("192.0.2.7");
    }

    @Test
    void sender_severalFields_areOneList() throws UnknownHostException {
        assertThat(sender("127.0.0.1", Map.of("x-forwarded-for", List.of("1.1.1.1", "192.0.2.7", "10.0.0.1")))
                        .address())
                .isEqualTo("192.0.2.7");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"/forebay | /forebay", "/a/b.c/ | /a/b.c", "/../x | ''", "//evil.org | ''", "x | ''", "/<b> | ''"})
    void sender_prefix_mustBeAPlainPath(String field, String expected) throws UnknownHostException {
        assertThat(sender("127.0.0.1", Map.of("x-forwarded-prefix", List.of(field)))
                        .prefix())
                .isEqualTo(expected);
    }

    @Test
    @DisplayName("reliability 61: what anybody but a trusted proxy says of where a request is from is not believed")
    void sender_fromAnybodyElse_isThePeerAndNothingMore() throws UnknownHostException {
        Map<String, List<String>> fields = Map.of(
                "forwarded", List.of("for=1.1.1.1;proto=https;host=evil"),
                "x-forwarded-for", List.of("1.1.1.1"),
                "x-forwarded-proto", List.of("https"),
                "x-forwarded-host", List.of("evil"),
                "x-forwarded-prefix", List.of("/evil"));
        assertThat(sender("192.0.2.1", fields))
                .isEqualTo(new TrustedProxies.Sender("192.0.2.1", Optional.empty(), Optional.empty(), ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxy.example.org", "10.0.0.0/33", "10.0.0.0/", "10.0.0.1/8", "::/129", "1.2.3", "", "/8"})
    void of_noNetwork_isRefused(String text) {
        assertThatThrownBy(() -> TrustedProxies.of(List.of(text))).isInstanceOf(IllegalArgumentException.class);
    }
}
