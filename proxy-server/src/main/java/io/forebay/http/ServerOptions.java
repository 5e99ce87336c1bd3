package io.forebay.http;

import io.forebay.model.TrustedProxies;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How the server listens.
 *
 * @param headTimeout from the first byte of a request to the end of its head, and from there to the end of a body
 * @param idleTimeout without a request on an open connection, and without progress towards a client that does not read
 * @param maxConnections at once; further ones wait in the kernel's queue
 * @param maxHeaderBytes of all header fields of a request together
 * @param maxTargetBytes of the request line
 * @param drainTimeout for running answers when the server stops
 * @param tls plain HTTP without
 * @param proxies whose word about who sends a request is taken
 */
public record ServerOptions(
        InetSocketAddress listen,
        Duration headTimeout,
        Duration idleTimeout,
        int maxConnections,
        int maxConnectionsPerAddress,
        int maxHeaderBytes,
        int maxTargetBytes,
        Duration drainTimeout,
        Optional<Tls> tls,
        TrustedProxies proxies) {
    /** PEM files: certificate chain, and key as PKCS#8. Read again when they change. */
    public record Tls(Path certificate, Path key) {
        /** @throws IllegalArgumentException {@code key: what is wrong}, when the files are no certificate and its key */
        public void check() {
            try {
                KeyPairCheck.check(certificate, key);
            } catch (IOException | IllegalArgumentException e) {
                throw new IllegalArgumentException(KeyPairCheck.unusable(this, e), e);
            }
        }
    }

    public static final ServerOptions DEFAULTS = new ServerOptions(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 4242),
            Duration.ofSeconds(15),
            Duration.ofSeconds(60),
            10_000,
            5_000,
            16 << 10,
            8 << 10,
            Duration.ofSeconds(30),
            Optional.empty(),
            TrustedProxies.NONE);

    public ServerOptions withListen(InetSocketAddress address) {
        return new ServerOptions(
                address,
                headTimeout,
                idleTimeout,
                maxConnections,
                maxConnectionsPerAddress,
                maxHeaderBytes,
                maxTargetBytes,
                drainTimeout,
                tls,
                proxies);
    }
}
