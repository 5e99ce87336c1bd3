package io.forebay.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.during;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.percent;
import static io.gatling.javaapi.core.CoreDsl.randomSwitch;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.core.CoreDsl.uniformRandomSwitch;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.forebay.load.origin.Catalogue;
import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One hundred people and jobs that look around: of 19 requests 10 ask for an index of R packages, 5 for the page of a Python
 * project with a long history, 3 for the server's own pages, 1 for its status, with 1 to 3 s between two. First with an
 * empty cache, then with a full one.
 */
public final class UserMix extends Simulation {
    private static final double ALL = 19;
    private static final int LARGE_PROJECTS = 10;

    /** Made by Gatling, which needs a public constructor. */
    public UserMix() {
        Aim aim = Aim.fromProperties();
        Catalogue catalogue = aim.catalogue();
        setUp(users("cold", aim, catalogue).andThen(users("warm", aim, catalogue)))
                .protocols(aim.protocol(1, "R (4.5.0 x86_64-pc-linux-gnu x86_64 linux-gnu)"))
                .assertions(global().failedRequests().count().is(0L));
    }

    private static PopulationBuilder users(String phase, Aim aim, Catalogue catalogue) {
        ChainBuilder indexes = randomSwitch()
                .on(
                        percent(70.0)
                                .then(exec(Requests.index(
                                        phase + ": CRAN index", Requests.CRAN_INDEX, catalogue.cranIndex("")))),
                        percent(30.0)
                                .then(exec(Requests.index(
                                        phase + ": Bioconductor index",
                                        Requests.BIOCONDUCTOR_INDEX,
                                        catalogue.bioconductorIndex("")))));
        List<ChainBuilder> pages = IntStream.range(0, LARGE_PROJECTS)
                .mapToObj(rank -> exec(Requests.page(phase + ": large project", rank, catalogue.wheel(rank))))
                .toList();
        List<ChainBuilder> own = List.of(
                exec(http(phase + ": pages").get("/").check(status().is(200))),
                exec(http(phase + ": pages").get("/api/v1/repositories").check(status().is(200))));
        ChainBuilder chosen = randomSwitch()
                .on(
                        percent(1000 / ALL).then(indexes),
                        percent(500 / ALL).then(uniformRandomSwitch().on(pages)),
                        percent(300 / ALL).then(uniformRandomSwitch().on(own)),
                        percent(100 / ALL)
                                .then(exec(http(phase + ": status")
                                        .get("/api/v1/status")
                                        .check(status().is(200)))));
        return scenario(phase)
                .exec(during(aim.half()).on(pause(Duration.ZERO, Duration.ofSeconds(1)), chosen, pause(1, 2)))
                .injectOpen(atOnceUsers(Aim.USERS));
    }
}
