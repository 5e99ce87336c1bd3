package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.scheduler.VirtualTimeScheduler;

class ReloadingTlsTest {
    @TempDir
    private Path directory;

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private ServerOptions.Tls files;
    private long written = 1_700_000_000;

    @BeforeEach
    void name() {
        files = new ServerOptions.Tls(directory.resolve("certificate.pem"), directory.resolve("key.pem"));
    }

    @AfterEach
    void end() {
        time.dispose();
    }

    @Test
    void handshake_afterFilesChange_showsTheNewCertificate() throws Exception {
        X509Bundle first = write("first");
        try (ReloadingTls tls = ReloadingTls.open(files, time)) {
            assertThat(shown(tls, "TLSv1.3")).isEqualTo(first.getCertificate());
            X509Bundle second = write("second");
            assertThat(shown(tls, "TLSv1.2")).isEqualTo(first.getCertificate());
            time.advanceTimeBy(Duration.ofSeconds(10));
            assertThat(shown(tls, "TLSv1.2")).isEqualTo(second.getCertificate());
            // By then the first context has been given back.
            time.advanceTimeBy(Duration.ofSeconds(10));
        }
    }

    @Test
    void reload_ofBrokenFiles_keepsTheLastGoodPair() throws Exception {
        X509Bundle good = write("good");
        try (ReloadingTls tls = ReloadingTls.open(files, time)) {
            Files.writeString(files.certificate(), "not a certificate");
            touch();
            time.advanceTimeBy(Duration.ofSeconds(10));
            assertThat(shown(tls, "TLSv1.3")).isEqualTo(good.getCertificate());
        }
    }

    @Test
    void open_keyOfAnotherCertificate_isOneLine() throws Exception {
        write("one");
        Files.writeString(files.key(), bundle("other").getPrivateKeyPEM());
        assertThatThrownBy(() -> ReloadingTls.open(files, time))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "tls.key: " + files.key() + " is not the key of the certificate in " + files.certificate());
    }

    @Test
    void open_missingFile_namesIt() {
        assertThatThrownBy(() -> ReloadingTls.open(files, time))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tls.certificate: " + files.certificate() + " cannot be read");
    }

    @Test
    @DisplayName("a client that speaks TLS 1.1 at most is refused")
    void handshake_oldProtocol_fails() throws Exception {
        write("any");
        try (ReloadingTls tls = ReloadingTls.open(files, time)) {
            assertThatThrownBy(() -> shown(tls, "TLSv1.1")).isInstanceOf(Exception.class);
        }
    }

    private X509Bundle write(String name) throws Exception {
        X509Bundle bundle = bundle(name);
        Files.writeString(files.certificate(), bundle.getCertificatePathPEM());
        Files.writeString(files.key(), bundle.getPrivateKeyPEM());
        touch();
        return bundle;
    }

    /** Two writes within one tick of the file system's clock would look like none. */
    private void touch() throws Exception {
        written += 10;
        Files.setLastModifiedTime(files.certificate(), FileTime.from(Instant.ofEpochSecond(written)));
    }

    private static X509Bundle bundle(String name) throws Exception {
        return new CertificateBuilder()
                .subject("CN=" + name)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    /** The certificate that a handshake on loopback shows. */
    private static X509Certificate shown(SslContext context, String protocol) throws Exception {
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .secure(spec -> spec.sslContext(context))
                .bindNow();
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        try (SSLSocket socket = (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", server.port())) {
            socket.setEnabledProtocols(new String[] {protocol});
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        } finally {
            server.disposeNow();
        }
    }
}
