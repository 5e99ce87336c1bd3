package io.forebay.load;

import static io.gatling.javaapi.core.CoreDsl.exec;

import io.forebay.load.origin.Artifact;
import io.forebay.load.origin.Catalogue;
import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.util.ArrayList;
import java.util.List;

/** How clients of Python indexes install, as recorded from them. */
final class PythonHabits {
    private final Catalogue catalogue;

    PythonHabits(Aim aim) {
        catalogue = aim.catalogue();
    }

    /** pip: page and metadata of one project after the other, then wheel after wheel, all on one connection. */
    ChainBuilder pip(Closure closure) {
        List<HttpRequestActionBuilder> resolving = new ArrayList<>();
        List<HttpRequestActionBuilder> installing = new ArrayList<>();
        for (int rank : closure.ranks()) {
            Artifact wheel = catalogue.wheel(rank);
            resolving.add(Requests.page("pip: page", rank, wheel));
            resolving.add(Requests.metadata("pip: metadata", wheel));
            installing.add(Requests.file("pip: wheel", Aim.pypi(wheel), wheel));
        }
        return Installers.inOrder(resolving).exec(Installers.inOrder(installing));
    }

    /** uv: fifty requests in flight; first all pages, then metadata of several releases, then all wheels. */
    ChainBuilder uv(Closure closure) {
        List<HttpRequestActionBuilder> pages = new ArrayList<>();
        List<HttpRequestActionBuilder> metadata = new ArrayList<>();
        List<HttpRequestActionBuilder> wheels = new ArrayList<>();
        for (int rank : closure.ranks()) {
            int newest = Catalogue.releases(rank) - 1;
            Artifact wheel = catalogue.wheel(rank, newest);
            pages.add(Requests.page("uv: page", rank, wheel));
            for (int release = newest; release >= Math.max(0, newest - 2); release--) {
                metadata.add(Requests.metadata("uv: metadata", catalogue.wheel(rank, release)));
            }
            wheels.add(Requests.file("uv: wheel", Aim.pypi(wheel), wheel));
        }
        return exec(RHabits.together(pages)).exec(RHabits.together(metadata)).exec(RHabits.together(wheels));
    }
}
