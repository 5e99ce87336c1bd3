package io.forebay.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * The server's TLS: 1.2 and 1.3, HTTP/2 by ALPN. New connections use the certificate that is in the files now; a pair of files that
 * cannot be used is told in the log, and the last good one stays. Safe for use by many threads.
 *
 * <p>Netty's own engine (BoringSSL) is used where its native code is there: Java's costs several times the CPU time a byte.
 */
final class ReloadingTls extends SslContext implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadingTls.class);

    /** How often the files are looked at: a renewal has weeks of time. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);

    private final ServerOptions.Tls files;
    private final Scheduler blocking;
    private final Disposable looks;
    private volatile SslContext current;
    private FileTime certificateTime;
    private FileTime keyTime;

    private ReloadingTls(ServerOptions.Tls files, Scheduler blocking) throws IOException {
        this.files = files;
        this.blocking = blocking;
        this.certificateTime = Files.getLastModifiedTime(files.certificate());
        this.keyTime = Files.getLastModifiedTime(files.key());
        this.current = read(files);
        this.looks = blocking.schedulePeriodically(
                this::look, LOOK_EVERY.toMillis(), LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Reads the files.
     *
     * @param blocking looks after them from time to time
     * @throws IllegalArgumentException in one line, when they cannot be used
     */
    static ReloadingTls open(ServerOptions.Tls files, Scheduler blocking) {
        try {
            return new ReloadingTls(files, blocking);
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(KeyPairCheck.unusable(files, e), e);
        }
    }

    private static SslContext read(ServerOptions.Tls files) throws IOException {
        KeyPairCheck.check(files.certificate(), files.key());
        return SslContextBuilder.forServer(
                        files.certificate().toFile(), files.key().toFile())
                .protocols("TLSv1.3", "TLSv1.2")
                .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2,
                        ApplicationProtocolNames.HTTP_1_1))
                .build();
    }

    /** Reads the files again if they have changed. */
    synchronized void look() {
        try {
            FileTime certificate = Files.getLastModifiedTime(files.certificate());
            FileTime key = Files.getLastModifiedTime(files.key());
            if (certificate.equals(certificateTime) && key.equals(keyTime)) {
                return;
            }
            SslContext old = current;
            current = read(files);
            // Connections that are being opened may still have the old one in hand.
            blocking.schedule(() -> ReferenceCountUtil.release(old), LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
            certificateTime = certificate;
            keyTime = key;
            LOG.info("tls: {} was read again", files.certificate());
        } catch (IOException | RuntimeException e) {
            LOG.warn("{}; the last one stays", KeyPairCheck.unusable(files, e));
        }
    }

    @Override
    public boolean isClient() {
        return false;
    }

    @Override
    public List<String> cipherSuites() {
        return current.cipherSuites();
    }

    @Override
    @SuppressWarnings("deprecation") // abstract in the class that is extended
    public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
        return current.applicationProtocolNegotiator();
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator) {
        return current.newEngine(allocator);
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
        return current.newEngine(allocator, peerHost, peerPort);
    }

    @Override
    public SSLSessionContext sessionContext() {
        return current.sessionContext();
    }

    @Override
    protected SslHandler newHandler(ByteBufAllocator allocator, boolean startTls) {
        return current.newHandler(allocator);
    }

    @Override
    protected SslHandler newHandler(ByteBufAllocator allocator, boolean startTls, Executor executor) {
        return current.newHandler(allocator, executor);
    }

    @Override
    public void close() {
        looks.dispose();
        ReferenceCountUtil.release(current);
    }
}
