package io.forebay.app;

import io.forebay.store.BlobStore;
import java.net.InetSocketAddress;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** A server that has been started. Safe for use by many threads. */
interface RunningServer {
    /** Where it really listens. */
    InetSocketAddress address();

    /** What is stored. */
    BlobStore.Usage usage();

    /** Completes when every event loop and the store have answered; never, or with an error, when a restart would help. */
    Mono<Void> alive();

    /** Lines of the access log look like this from now on. */
    void accessFormat(String format);

    /**
     * Puts sources, repositories and rules in force; downloads that run go on as they began. Then looks whether the certificate has
     * changed. Blocks.
     *
     * @throws ConfigurationException when a source cannot be used; nothing is changed then
     */
    void reroute(Configuration routes);

    /**
     * Writes into the audit log that the configuration was read again. Blocks, for some seconds at most.
     *
     * @param subject the keys that changed
     * @param outcome {@code done}, or what went wrong
     */
    void reloaded(String subject, String outcome);

    /** Accepts nothing more, lets running downloads finish for so long, then frees everything. Blocks; once is enough. */
    void stop(Duration drain);

    /** Starts servers. */
    @FunctionalInterface
    interface Starter {
        /**
         * Returns when the server answers.
         *
         * @param directory stays open as long as the server; closed by the caller
         * @throws StartFailure with one line that says what is in the way
         * @throws ConfigurationException when what is configured cannot be used
         */
        RunningServer start(Configured configured, DataDirectory directory);
    }
}
