package io.forebay.testing;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** Certificates of one private authority, made for a test: keys are small and live as long as the test. */
public final class TestCertificates {
    private final X509Bundle root =
            build(null, builder -> builder.subject("CN=Test authority").setIsCertificateAuthority(true));

    /** The authority's own certificate, PEM. */
    public String rootPem() {
        return root.getRootCertificatePEM();
    }

    /** Writes the authority's certificate into a directory. */
    public Path rootFile(Path directory) throws IOException {
        return Files.writeString(directory.resolve("root.pem"), rootPem());
    }

    /** A certificate for 127.0.0.1 and localhost, valid now. */
    public X509Bundle server() {
        return issue(builder ->
                builder.subject("CN=localhost").addSanDnsName("localhost").addSanIpAddress("127.0.0.1"));
    }

    /** A certificate of this authority. */
    public X509Bundle issue(UnaryOperator<CertificateBuilder> content) {
        return build(root, content);
    }

    /** A certificate that nobody else signed. */
    public static X509Bundle selfSigned() {
        return build(null, builder -> builder.subject("CN=localhost")
                .addSanIpAddress("127.0.0.1")
                .setIsCertificateAuthority(true));
    }

    /** A TLS context of a server that shows a certificate and, if it asks for one, trusts this authority's. */
    public SSLContext context(X509Bundle certificate) {
        try {
            KeyManager[] keys = certificate.toKeyManagerFactory().getKeyManagers();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, new TrustManager[] {root.toTrustManager()}, null);
            return context;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Bundle build(X509Bundle issuer, UnaryOperator<CertificateBuilder> content) {
        try {
            CertificateBuilder builder = content.apply(new CertificateBuilder()
                    .ecp256()
                    .notBefore(Instant.now().minus(Duration.ofDays(1)))
                    .notAfter(Instant.now().plus(Duration.ofDays(1))));
            return issuer == null ? builder.buildSelfSigned() : builder.buildIssuedBy(issuer);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
