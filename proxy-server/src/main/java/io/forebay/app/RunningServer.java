package io.forebay.app;

import java.net.InetSocketAddress;
import java.time.Duration;

/** A server that has been started. Safe for use by many threads. */
interface RunningServer {
    /** Where it really listens. */
    InetSocketAddress address();

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
         */
        RunningServer start(Configuration configuration, DataDirectory directory);
    }
}
