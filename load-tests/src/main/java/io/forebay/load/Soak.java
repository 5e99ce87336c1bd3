package io.forebay.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.feed;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.repeat;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;

/** A million downloads an hour, for as long as is wanted: every body checked, no error allowed. */
public final class Soak extends Simulation {
    /** Of one client, on one connection. */
    static final int DOWNLOADS = 10;

    /** Made by Gatling, which needs a public constructor. */
    public Soak() {
        Aim aim = Aim.fromProperties();
        ChainBuilder download = feed(Feeds.downloads(aim.catalogue(), 1))
                .exec(Requests.fed("download"))
                .exec(pause(Duration.ofMillis(50), Duration.ofMillis(150)));
        setUp(scenario("soak")
                        .exec(repeat(DOWNLOADS).on(download))
                        .injectOpen(constantUsersPerSec((double) Aim.RATE / DOWNLOADS)
                                .during(aim.during())))
                .protocols(aim.protocol(1, "pip/26.2.1"))
                .assertions(global().failedRequests().count().is(0L));
    }
}
