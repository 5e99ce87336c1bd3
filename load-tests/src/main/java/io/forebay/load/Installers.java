package io.forebay.load;

import static io.gatling.javaapi.core.CoreDsl.constantConcurrentUsers;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.core.CoreDsl.uniformRandomSwitch;

import io.forebay.load.origin.Catalogue;
import io.gatling.javaapi.core.ActionBuilder;
import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import java.util.List;
import java.util.function.Function;

/**
 * One hundred installers at work, each as its kind does it: pip, uv, renv, R 4.4, R 4.5, pak and BiocManager install closures
 * of 12 to 150 packages. Who is done is followed by the next, whose closure is another, popular packages being in many.
 */
public final class Installers extends Simulation {
    /** Different closures of one kind of client. */
    private static final int CLOSURES = 8;

    /** Made by Gatling, which needs a public constructor. */
    public Installers() {
        Aim aim = Aim.fromProperties();
        RHabits r = new RHabits(aim);
        PythonHabits python = new PythonHabits(aim);
        setUp(
                        installers(aim, "pip", 16, 1, "pip/26.2.1", Catalogue.PYPI, python::pip),
                        installers(aim, "uv", 14, 50, "uv/0.12.5", Catalogue.PYPI, python::uv),
                        installers(aim, "renv", 14, 16, "renv (1.2.4); R (4.5.0)", Catalogue.CRAN, r::renv),
                        installers(aim, "R 4.4", 14, 1, "R (4.4.3 x86_64-pc-linux-gnu)", Catalogue.CRAN, r::serial),
                        installers(aim, "R 4.5", 14, 15, "R (4.5.0 x86_64-pc-linux-gnu)", Catalogue.CRAN, r::parallel),
                        installers(aim, "pak", 14, 6, "R (4.5.0 x86_64-pc-linux-gnu)", Catalogue.CRAN, r::pak),
                        installers(
                                aim,
                                "BiocManager",
                                14,
                                1,
                                "R (4.5.0 x86_64-pc-linux-gnu)",
                                Catalogue.BIOCONDUCTOR,
                                r::biocManager))
                .assertions(global().failedRequests().count().is(0L));
    }

    private static PopulationBuilder installers(
            Aim aim,
            String client,
            int users,
            int connections,
            String userAgent,
            int packages,
            Function<Closure, ChainBuilder> habit) {
        List<ChainBuilder> installations = Closure.some(CLOSURES, packages, aim.seconds(), client.hashCode()).stream()
                .map(habit)
                .toList();
        return scenario(client)
                .exec(uniformRandomSwitch().on(installations))
                .injectClosed(constantConcurrentUsers(users).during(aim.during()))
                .protocols(aim.protocol(connections, userAgent));
    }

    /** One request after the other. */
    static ChainBuilder inOrder(List<? extends ActionBuilder> requests) {
        return exec(requests.stream().map(request -> exec(request)).toList());
    }
}
