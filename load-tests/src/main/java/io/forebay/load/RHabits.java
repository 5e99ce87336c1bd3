package io.forebay.load;

import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.forebay.load.origin.Artifact;
import io.forebay.load.origin.Catalogue;
import io.forebay.load.origin.Digests;
import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** How clients of R repositories install, as recorded from them. */
final class RHabits {
    private final Catalogue catalogue;
    private final String server;
    private final Digests index;
    private final Digests bioconductorIndex;

    RHabits(Aim aim) {
        catalogue = aim.catalogue();
        server = aim.server();
        index = catalogue.cranIndex(".gz");
        bioconductorIndex = catalogue.bioconductorIndex(".gz");
    }

    /** R to 4.4: the index, then file after file, each on a connection of its own. */
    ChainBuilder serial(Closure closure) {
        List<HttpRequestActionBuilder> requests = new ArrayList<>(index("R 4.4: index"));
        requests.addAll(files("R 4.4: file", closure));
        requests.replaceAll(request -> request.header("Connection", "close"));
        return Installers.inOrder(requests);
    }

    /** R from 4.5 on: the index, then fifteen files at a time. */
    ChainBuilder parallel(Closure closure) {
        return Installers.inOrder(index("R 4.5: index")).exec(together(files("R 4.5: file", closure)));
    }

    /** renv restores a lock file: no index, sixteen files at a time. */
    ChainBuilder renv(Closure closure) {
        return exec(together(files("renv: file", closure)));
    }

    /** pak: a validator for the index it holds, then every file at both places where it can be. */
    ChainBuilder pak(Closure closure) {
        String validator = '"' + index.md5() + '"';
        HttpRequestActionBuilder held = http("pak: index")
                .get(Requests.CRAN_INDEX + ".gz")
                .header("If-None-Match", validator)
                .check(status().in(200, 304));
        List<HttpRequestActionBuilder> requests = closure.ranks().stream()
                .map(catalogue::cran)
                .flatMap(file -> Stream.of(
                        Requests.file("pak: file", Aim.cran(file), file),
                        Requests.file("pak: Archive", archive(file), file)))
                .toList();
        return exec(held).exec(together(requests));
    }

    /** A current file is in the archive as well, for whoever asks there: one of the two is where it will be tomorrow. */
    private static String archive(Artifact file) {
        String name = file.name().substring(0, file.name().indexOf('_'));
        return "/cran/latest/src/contrib/Archive/" + name + "/" + file.name();
    }

    /** BiocManager: asks what there is by reading one byte, then the release, the index and the files. */
    ChainBuilder biocManager(Closure closure) {
        ChainBuilder probes = exec(session -> {
            Hangups.ask(server, Requests.BIOCONDUCTOR_INDEX + ".gz");
            Hangups.ask(server, Requests.CRAN_INDEX + ".gz");
            return session;
        });
        List<HttpRequestActionBuilder> requests = new ArrayList<>();
        requests.add(http("BiocManager: config.yaml")
                .get("/bioconductor/latest/config.yaml")
                .check(status().is(200)));
        requests.add(Requests.index("BiocManager: index", Requests.BIOCONDUCTOR_INDEX + ".gz", bioconductorIndex));
        closure.ranks().stream()
                .map(catalogue::bioconductor)
                .forEach(file -> requests.add(Requests.file("BiocManager: file", Aim.bioconductor(file), file)));
        return probes.exec(Installers.inOrder(requests));
    }

    private List<HttpRequestActionBuilder> index(String name) {
        return List.of(
                Requests.absentIndex(name + " absent"), Requests.index(name, Requests.CRAN_INDEX + ".gz", index));
    }

    private List<HttpRequestActionBuilder> files(String name, Closure closure) {
        return closure.ranks().stream()
                .map(catalogue::cran)
                .map(file -> Requests.file(name, Aim.cran(file), file))
                .toList();
    }

    /** As many at once as the client has connections. */
    static HttpRequestActionBuilder together(List<HttpRequestActionBuilder> requests) {
        return requests.get(0).resources(requests.subList(1, requests.size()));
    }
}
