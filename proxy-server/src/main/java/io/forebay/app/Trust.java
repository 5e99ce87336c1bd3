package io.forebay.app;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Whom a command believes to be the server when it speaks TLS. Immutable. */
final class Trust {
    /** The authorities of the JDK, and the host name must be the certificate's. */
    static final Trust SYSTEM = new Trust(Optional.empty(), false);

    private final Optional<SSLContext> context;
    private final boolean anyName;

    private Trust(Optional<SSLContext> context, boolean anyName) {
        this.context = context;
        this.anyName = anyName;
    }

    /**
     * One server alone: the first certificate of a file is shown, or nobody is believed. Under which name it is reached, who
     * signed it and until when says nothing more then.
     *
     * @throws WrongUse when the file cannot be used
     */
    static Trust pinned(String option, Path file) {
        return new Trust(
                Optional.of(context(
                        new TrustManager[] {new Pin(certificates(option, file).get(0))})),
                true);
    }

    /**
     * The authorities of a file instead of the JDK's; the host name must be the certificate's.
     *
     * @throws WrongUse when the file cannot be used
     */
    static Trust authorities(String option, Path file) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (X509Certificate certificate : certificates(option, file)) {
                store.setCertificateEntry("authority-" + number++, certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return new Trust(Optional.of(context(factory.getTrustManagers())), false);
        } catch (GeneralSecurityException | IOException e) {
            throw new StartFailure(option + ": " + file + ": " + e.getMessage(), e);
        }
    }

    /** Before the connection is used; plain HTTP has nobody to believe. */
    void applyTo(HttpURLConnection connection) {
        if (connection instanceof HttpsURLConnection secure) {
            context.ifPresent(own -> secure.setSSLSocketFactory(own.getSocketFactory()));
            if (anyName) {
                secure.setHostnameVerifier((name, session) -> true);
            }
        }
    }

    private static SSLContext context(TrustManager[] managers) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new StartFailure("this Java cannot speak TLS: " + e.getMessage(), e);
        }
    }

    /** At least one. */
    private static List<X509Certificate> certificates(String option, Path file) {
        List<X509Certificate> found = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file)) {
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                if (certificate instanceof X509Certificate one) {
                    found.add(one);
                }
            }
        } catch (IOException e) {
            throw new WrongUse(option + ": " + file + " cannot be read: " + LongWork.reason(e));
        } catch (CertificateException e) {
            throw new WrongUse(option + ": " + file + " holds no certificate in PEM");
        }
        if (found.isEmpty()) {
            throw new WrongUse(option + ": " + file + " holds no certificate in PEM");
        }
        return found;
    }

    /** Believes the owner of one certificate. */
    private static final class Pin implements X509TrustManager {
        private final X509Certificate expected;

        Pin(X509Certificate expected) {
            this.expected = expected;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String method) throws CertificateException {
            if (chain.length == 0 || !chain[0].equals(expected)) {
                throw new CertificateException("it shows another certificate than the configured one");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String method) throws CertificateException {
            throw new CertificateException("no client is believed");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
