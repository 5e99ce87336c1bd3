package io.forebay.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/** Whether a private key belongs to a certificate: TLS engines find out only in the first handshake. */
final class KeyPairCheck {
    private static final byte[] PROBE = "forebay".getBytes(StandardCharsets.US_ASCII);

    private KeyPairCheck() {}

    /**
     * Signs with the key and verifies with the certificate.
     *
     * @throws IllegalArgumentException when they do not belong together
     */
    static void check(Path certificate, Path key) throws IOException {
        try (InputStream in = Files.newInputStream(certificate)) {
            PublicKey shown = CertificateFactory.getInstance("X.509")
                    .generateCertificate(in)
                    .getPublicKey();
            PrivateKey held = KeyFactory.getInstance(shown.getAlgorithm()).generatePrivate(pkcs8(key));
            Signature signature = Signature.getInstance(signature(shown.getAlgorithm()));
            signature.initSign(held);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(shown);
            signature.update(PROBE);
            if (!signature.verify(signed)) {
                throw new IllegalArgumentException("the key is not the certificate's");
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** What is in the way, told by the key of the configuration that names the file. */
    static String unusable(ServerOptions.Tls files, Exception e) {
        if (!Files.isReadable(files.certificate())) {
            return "tls.certificate: " + files.certificate() + " cannot be read";
        }
        return Files.isReadable(files.key())
                ? "tls.key: " + files.key() + " is not the key of the certificate in " + files.certificate() + ": "
                        + e.getMessage()
                : "tls.key: " + files.key() + " cannot be read";
    }

    private static String signature(String algorithm) {
        return switch (algorithm) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> algorithm;
        };
    }

    private static PKCS8EncodedKeySpec pkcs8(Path key) throws IOException {
        String pem = Files.readString(key, StandardCharsets.US_ASCII);
        int begin = pem.indexOf("-----BEGIN PRIVATE KEY-----");
        int end = pem.indexOf("-----END PRIVATE KEY-----");
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException(key + " holds no PKCS#8 key (BEGIN PRIVATE KEY)");
        }
        String base64 = pem.substring(begin + "-----BEGIN PRIVATE KEY-----".length(), end);
        return new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64));
    }
}
