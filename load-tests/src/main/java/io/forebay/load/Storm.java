package io.forebay.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.feed;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.md5;
import static io.gatling.javaapi.core.CoreDsl.repeat;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.header;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.time.Duration;

/**
 * Four times what the server is sized for. An answer is right, or it is 503 and says when to come again. When the storm is
 * over, everything is answered again at once.
 */
public final class Storm extends Simulation {
    private static final int TIMES = 4;

    /** How long it is watched after the storm. */
    private static final Duration CALM = Duration.ofSeconds(2);

    /** Made by Gatling, which needs a public constructor. */
    public Storm() {
        Aim aim = Aim.fromProperties();
        HttpRequestActionBuilder request = http("storm")
                .get("#{url}")
                .check(status().in(200, 503))
                .checkIf((response, session) -> response.status().code() == 200)
                .then(header("Content-Length").isEL("#{length}"), md5().isEL("#{md5}"))
                .checkIf((response, session) -> response.status().code() == 503)
                .then(header("Retry-After").exists());
        PopulationBuilder storm = scenario("storm")
                .exec(repeat(Soak.DOWNLOADS)
                        .on(feed(Feeds.downloads(aim.catalogue(), 2)).exec(request)))
                .injectOpen(constantUsersPerSec((double) TIMES * Aim.RATE / Soak.DOWNLOADS)
                        .during(aim.during()));
        PopulationBuilder calm = scenario("calm")
                .exec(feed(Feeds.downloads(aim.catalogue(), 3)).exec(Requests.fed("calm")))
                .injectOpen(constantUsersPerSec(Aim.USERS / 2.0).during(CALM));
        setUp(storm.andThen(calm))
                .protocols(aim.protocol(1, "pip/26.2.1"))
                .assertions(global().failedRequests().count().is(0L));
    }
}
