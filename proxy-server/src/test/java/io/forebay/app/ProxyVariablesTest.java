package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("failures 27: HTTP(S)_PROXY and NO_PROXY")
class ProxyVariablesTest {
    @Test
    void proxy_byScheme_lowerCaseFirst() {
        ProxyVariables variables = new ProxyVariables(
                Map.of("HTTP_PROXY", "http://a:1", "https_proxy", "http://b:2", "HTTPS_PROXY", "http://c:3"));
        assertThat(variables.proxyOf(URI.create("http://h")))
                .contains(new ProxyVariables.Proxy("HTTP_PROXY", "http://a:1"));
        assertThat(variables.proxyOf(URI.create("https://h")))
                .contains(new ProxyVariables.Proxy("https_proxy", "http://b:2"));
    }

    @Test
    void proxy_withoutScheme_isHttp() {
        assertThat(new ProxyVariables(Map.of("ALL_PROXY", "proxy:3128")).proxyOf(URI.create("https://h")))
                .contains(new ProxyVariables.Proxy("ALL_PROXY", "http://proxy:3128"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://pypi.org      | pypi.org           | true",
                "https://pypi.org      | a.org, .org        | true",
                "https://x.pypi.org    | pypi.org           | true",
                "https://notpypi.org   | pypi.org           | false",
                "https://pypi.org      | *                  | true",
                "https://pypi.org      | pypi.org:443       | true",
                "https://pypi.org      | pypi.org:8443      | false",
                "http://127.0.0.1:80/x | 127.0.0.1          | true",
                "https://pypi.org      | ,                  | false",
            })
    void exception_inNoProxy_isAskedDirectly(URI url, String exceptions, boolean direct) {
        ProxyVariables variables = new ProxyVariables(Map.of("ALL_PROXY", "http://p:1", "NO_PROXY", exceptions));
        assertThat(variables.proxyOf(url).isEmpty()).isEqualTo(direct);
    }
}
