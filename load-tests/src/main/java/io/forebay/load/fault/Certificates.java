package io.forebay.load.fault;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** An authority of its own and certificates that it signs, good and bad (X.509, RFC 5280). Made in memory; immutable. */
final class Certificates {
    private static final String AUTHORITY = "Fault origin authority";
    private static final char[] PASSWORD = "fault".toCharArray();
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final byte[] ECDSA_SHA256 = Der.sequence(Der.oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
    private static final byte[] LOOPBACK = {127, 0, 0, 1};
    private static final byte[] ELSEWHERE = {(byte) 192, 0, 2, 1};

    private final KeyPair keys;
    private final Certificate own;

    private Certificates(KeyPair keys, Certificate own) {
        this.keys = keys;
        this.own = own;
    }

    static Certificates make() {
        try {
            KeyPair keys = keyPair();
            Instant now = Instant.now();
            byte[] made =
                    signed(AUTHORITY, AUTHORITY, keys, keys.getPrivate(), before(now), after(now), Der.authority());
            return new Certificates(keys, read(made));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The authority's own certificate as PEM. */
    String authority() {
        try {
            String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(own.getEncoded());
            return "-----BEGIN CERTIFICATE-----\n" + lines + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    SSLContext context(BadCertificate kind) {
        try {
            KeyPair server = keyPair();
            Instant now = Instant.now();
            Instant from = kind == BadCertificate.NOT_YET_VALID
                    ? after(now)
                    : before(now).minus(10, ChronoUnit.DAYS);
            Instant to =
                    kind == BadCertificate.EXPIRED ? before(now) : after(now).plus(10, ChronoUnit.DAYS);
            byte[] host = Der.host(kind == BadCertificate.WRONG_HOST ? ELSEWHERE : LOOPBACK);
            boolean self = kind == BadCertificate.SELF_SIGNED;
            byte[] made = signed(
                    self ? "server" : AUTHORITY,
                    "server",
                    server,
                    self ? server.getPrivate() : keys.getPrivate(),
                    from,
                    to,
                    host);
            return context(server, read(made));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(KeyPair server, Certificate certificate)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", server.getPrivate(), PASSWORD, new Certificate[] {certificate});
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static Instant before(Instant now) {
        return now.minus(1, ChronoUnit.DAYS);
    }

    private static Instant after(Instant now) {
        return now.plus(1, ChronoUnit.DAYS);
    }

    private static KeyPair keyPair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private static byte[] signed(
            String issuer, String subject, KeyPair keys, PrivateKey signer, Instant from, Instant to, byte[] extension)
            throws GeneralSecurityException {
        byte[] body = Der.sequence(
                Der.tagged(0, Der.integer(BigInteger.TWO)),
                Der.integer(BigInteger.valueOf(System.nanoTime()).abs()),
                ECDSA_SHA256,
                Der.name(issuer),
                Der.sequence(time(from), time(to)),
                Der.name(subject),
                keys.getPublic().getEncoded(),
                Der.tagged(3, Der.sequence(extension)));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(signer);
        signature.update(body);
        return Der.sequence(body, ECDSA_SHA256, Der.bits(signature.sign()));
    }

    private static byte[] time(Instant at) {
        return Der.value(0x18, TIME.format(at).getBytes(StandardCharsets.US_ASCII));
    }

    private static Certificate read(byte[] encoded) throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(encoded));
    }
}
