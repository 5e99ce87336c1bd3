package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.testing.ScriptedOrigin.Reply;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Commands against a server that speaks TLS. */
class RemoteTlsTest {
    @TempDir
    Path home;

    private static X509Bundle certificate(String name) throws Exception {
        return new CertificateBuilder()
                .subject("CN=" + name)
                .addSanDnsName(name)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    private Path write(String name, String text) throws Exception {
        return Files.writeString(home.resolve(name), text);
    }

    private Running serving(X509Bundle certificate) throws Exception {
        return new Running(
                home,
                "[tls]",
                "certificate = \"" + write("certificate.pem", certificate.getCertificatePathPEM()) + "\"",
                "key = \"" + write("key.pem", certificate.getPrivateKeyPEM()) + "\"");
    }

    /** The server's configuration, with the port that it got. */
    private String configuration(Running server) throws Exception {
        return write(
                        "told.toml",
                        Files.readString(server.file())
                                .replace(
                                        "127.0.0.1:0", "0.0.0.0:" + server.url().replaceFirst(".*:", "")))
                .toString();
    }

    @Test
    void implicitServer_isKnownByTheConfiguredCertificate_whateverItsName() throws Exception {
        try (Running server = serving(certificate("packages.example"))) {
            Running.Ran ran = Running.command("status", "--json", "--config", configuration(server));
            assertThat(ran.err()).isEmpty();
            assertThat(ran.status()).isZero();
            assertThat(new JsonMapper().readTree(ran.out()).path("status").has("requests"))
                    .isTrue();
            assertThat(Running.command("gc", "--config", configuration(server)).status())
                    .isZero();
        }
    }

    @Test
    void warm_byTheApi_reachesTheServerItselfWhateverItsName() throws Exception {
        try (Running server = serving(certificate("packages.example"))) {
            server.origin.otherwise(Reply.of(404, new byte[0]));
            Configuration told = ConfigurationReader.read(Optional.of(server.file()), Map.of(), List.of())
                    .configuration();
            Remote remote =
                    RemoteOptions.local(told, URI.create(server.url()).getPort(), LocalToken.read(server.data()));
            JsonNode result = remote.run(
                    "/warm", Optional.of("{\"files\":[{\"name\":\"names.txt\",\"text\":\"absent\"}]}"), line -> {});
            assertThat(result.path("failures").get(0).asString())
                    .as("what the repository answered")
                    .startsWith("absent: ")
                    .contains("404");
        }
    }

    @Test
    void implicitServer_withAnotherCertificate_isNotBelieved() throws Exception {
        try (Running server = serving(certificate("localhost"))) {
            String told = configuration(server);
            write("certificate.pem", certificate("localhost").getCertificatePathPEM());
            Running.Ran ran = Running.command("status", "--config", told);
            assertThat(ran.status()).isEqualTo(1);
            assertThat(ran.err()).hasLineCount(1).contains("another certificate than the configured one");
        }
    }

    @Test
    void implicitServer_whoseCertificateCannotBeRead_isNamed() throws Exception {
        try (Running server = serving(certificate("localhost"))) {
            String told = configuration(server);
            for (String text : new String[] {"no certificate", ""}) {
                write("certificate.pem", text);
                assertThat(Running.command("status", "--config", told)).satisfies(ran -> {
                    assertThat(ran.status()).isEqualTo(2);
                    assertThat(ran.err())
                            .isEqualTo("forebay: tls.certificate: " + home.resolve("certificate.pem")
                                    + " holds no certificate in PEM" + System.lineSeparator());
                });
            }
            Files.delete(home.resolve("certificate.pem"));
            assertThat(Running.command("status", "--config", told).err()).contains("no such file");
        }
    }

    @Test
    void namedServer_isBelievedByItsAuthorityAndItsNameOnly() throws Exception {
        X509Bundle right = certificate("localhost");
        try (Running server = serving(right)) {
            String port = server.url().replaceFirst(".*:", "");
            String ca = home.resolve("certificate.pem").toString();
            String named = "https://localhost:" + port;
            assertThat(Running.command("status", "--url", named, "--ca", ca).status())
                    .isZero();
            assertThat(Running.command("status", "--url", named)).satisfies(ran -> {
                assertThat(ran.status()).as("the Java runtime's authorities").isEqualTo(1);
                assertThat(ran.err()).hasLineCount(1);
            });
            assertThat(Running.command("status", "--url", "https://127.0.0.1:" + port, "--ca", ca))
                    .satisfies(ran -> {
                        assertThat(ran.status()).as("another name").isEqualTo(1);
                        assertThat(ran.err()).hasLineCount(1);
                    });
            assertThat(Running.command("status", "--ca", ca).status()).isEqualTo(2);
            assertThat(Running.command("status", "--url", named, "--ca", "/nonexistent")
                            .status())
                    .isEqualTo(2);
        }
    }
}
