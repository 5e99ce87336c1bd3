package io.forebay.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.ecosystem.r.REcosystem;
import io.forebay.model.Plan;
import io.forebay.model.Snapshot;
import io.forebay.model.Source;
import io.forebay.model.Target;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Plans that are kept are those of the sources in force. */
class RepositoriesTest {
    private static final Target FILE = new Target(
            "cran",
            Snapshot.LATEST,
            true,
            List.of("src", "contrib", "demo_1.0.tar.gz"),
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    private static Repository cran(String host) {
        Source source = new Source("cran", "cran", URI.create("https://" + host), List.of(), Optional.empty());
        return new Repository("cran", "", new REcosystem(), List.of(source));
    }

    private static String host(Plan plan) {
        return ((Plan.Verbatim) plan).candidates().get(0).urls().get(0).getHost();
    }

    @Test
    void plan_again_isTheSame() {
        Repository cran = cran("one.example");
        Repositories repositories = new Repositories(List.of(cran));
        assertThat(repositories.plan(cran, FILE)).isSameAs(repositories.plan(cran, FILE));
    }

    @Test
    void plan_afterAReplacement_isOfTheNewSources() {
        Repository old = cran("one.example");
        Repository fresh = cran("two.example");
        Repositories repositories = new Repositories(List.of(old));
        assertThat(host(repositories.plan(old, FILE))).isEqualTo("one.example");
        repositories.replace(List.of(fresh));
        assertThat(host(repositories.plan(fresh, FILE))).isEqualTo("two.example");
        assertThat(host(repositories.plan(old, FILE)))
                .as("of a request that began before")
                .isEqualTo("one.example");
        assertThat(host(repositories.plan(fresh, FILE))).isEqualTo("two.example");
    }
}
