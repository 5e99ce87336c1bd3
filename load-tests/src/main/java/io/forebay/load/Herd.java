package io.forebay.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.rendezVous;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.forebay.load.origin.Artifact;
import io.forebay.load.origin.Catalogue;
import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** One hundred clients ask for the same thing that nobody has yet, at the same moment; then for the next. */
public final class Herd extends Simulation {
    /** Where large files are looked for. */
    private static final int RANKS = 1_000;

    private static final int FILES_MAX = 20;

    /** Made by Gatling, which needs a public constructor. */
    public Herd() {
        Aim aim = Aim.fromProperties();
        Catalogue catalogue = aim.catalogue();
        List<HttpRequestActionBuilder> wanted = new ArrayList<>();
        wanted.add(Requests.index("index", Requests.CRAN_INDEX + ".gz", catalogue.cranIndex(".gz")));
        wanted.add(Requests.page("page", 0, catalogue.wheel(0)));
        int files = Math.max(2, Math.min(FILES_MAX, aim.seconds()));
        for (Artifact wheel : largest(catalogue, files / 2)) {
            wanted.add(Requests.file("large file", Aim.pypi(wheel), wheel));
        }
        for (int rank = 0; rank < files / 2; rank++) {
            Artifact file = catalogue.cran(rank);
            wanted.add(Requests.file("file", Aim.cran(file), file));
        }
        List<ChainBuilder> together = wanted.stream()
                .map(request -> rendezVous(Aim.USERS).exec(request))
                .toList();
        setUp(scenario("herd").exec(exec(together)).injectOpen(atOnceUsers(Aim.USERS)))
                .protocols(aim.protocol(1, "pip/26.2.1"))
                .assertions(global().failedRequests().count().is(0L));
    }

    private static List<Artifact> largest(Catalogue catalogue, int count) {
        return IntStream.range(0, RANKS)
                .mapToObj(catalogue::wheel)
                .sorted(Comparator.comparingInt(Artifact::length).reversed())
                .limit(count)
                .toList();
    }
}
