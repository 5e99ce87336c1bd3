package io.forebay.load;

import io.forebay.load.origin.Artifact;
import io.forebay.load.origin.Catalogue;
import io.gatling.javaapi.http.HttpDsl;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import java.time.Duration;

/**
 * What is loaded and how hard, as {@code scripts/load} says it by system properties.
 *
 * @param server URL of the server, without a slash at its end
 * @param seconds of a run, all phases together
 * @param factor of the sizes of files: the machine's part of the real world
 */
record Aim(String server, int seconds, double factor) {
    /** Concurrent users, as in the reference's own test. */
    static final int USERS = 100;

    /** What a million downloads an hour are in a second. */
    static final int RATE = 278;

    static Aim fromProperties() {
        return new Aim(
                System.getProperty("load.server", "http://127.0.0.1:4242"),
                Integer.getInteger("load.seconds", 30),
                Double.parseDouble(System.getProperty("load.factor", "0.05")));
    }

    Catalogue catalogue() {
        return new Catalogue(factor);
    }

    Duration during() {
        return Duration.ofSeconds(seconds);
    }

    Duration half() {
        return during().dividedBy(2);
    }

    /** One user has this many connections at most, and keeps nothing. */
    HttpProtocolBuilder protocol(int connections, String userAgent) {
        return HttpDsl.http
                .baseUrl(server)
                .maxConnectionsPerHost(connections)
                .userAgentHeader(userAgent)
                .disableWarmUp()
                .disableCaching()
                .disableAutoReferer();
    }

    static String cran(Artifact file) {
        return "/cran/latest" + file.path();
    }

    static String bioconductor(Artifact file) {
        return "/bioconductor/latest" + file.path();
    }

    static String pypi(Artifact file) {
        return "/pypi" + file.path();
    }
}
