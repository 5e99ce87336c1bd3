package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClientSetupTest {
    @Test
    void lines_defaults_areThree() {
        ClientSetup setup =
                ClientSetup.of(read(Map.of()), new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711));
        assertThat(setup.lines())
                .containsExactly(
                        "Point your installers here:",
                        "  pip.conf    [global] index-url = http://127.0.0.1:4711/pypi/latest/simple/",
                        "  uv.toml     index = [{ url = \"http://127.0.0.1:4711/pypi/latest/simple/\", default = true }]",
                        "  .Rprofile   options(repos = c(CRAN = \"http://127.0.0.1:4711/cran/latest\"), "
                                + "BioC_mirror = \"http://127.0.0.1:4711/bioconductor/latest\")");
    }

    @Test
    void lines_publicUrl_isWhatClientsGet() {
        ClientSetup setup = ClientSetup.of(
                read(Map.of("FOREBAY_PUBLIC_URL", "https://packages.example/sub/")),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711));
        assertThat(setup.base()).isEqualTo("https://packages.example/sub");
        assertThat(setup.lines().get(1)).endsWith(" = https://packages.example/sub/pypi/latest/simple/");
    }

    @Test
    void lines_noRepositories_areNone() {
        Configuration configuration = read(Map.of(
                "FOREBAY_SOURCES_CRAN_ENABLED", "false",
                "FOREBAY_SOURCES_BIOCONDUCTOR_ENABLED", "false",
                "FOREBAY_SOURCES_PYPI_ENABLED", "false"));
        assertThat(ClientSetup.of(configuration, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1))
                        .lines())
                .isEmpty();
    }

    @Test
    void base_ipv6_hasBrackets() throws Exception {
        byte[] loopback = new byte[16];
        loopback[15] = 1;
        assertThat(ClientSetup.of(read(Map.of()), new InetSocketAddress(InetAddress.getByAddress(loopback), 4242))
                        .base())
                .isEqualTo("http://[0:0:0:0:0:0:0:1]:4242");
    }

    private static Configuration read(Map<String, String> environment) {
        return ConfigurationReader.read(Optional.empty(), environment, List.of())
                .configuration();
    }
}
