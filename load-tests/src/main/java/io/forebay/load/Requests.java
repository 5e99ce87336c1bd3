package io.forebay.load;

import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.md5;
import static io.gatling.javaapi.core.CoreDsl.substring;
import static io.gatling.javaapi.http.HttpDsl.header;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.forebay.load.origin.Artifact;
import io.forebay.load.origin.Catalogue;
import io.forebay.load.origin.Digests;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.nio.charset.StandardCharsets;

/** Requests that know what they must be answered. A body is right when length and digest of all of it are. */
final class Requests {
    static final String CRAN_INDEX = "/cran/latest/src/contrib/PACKAGES";
    static final String BIOCONDUCTOR_INDEX =
            "/bioconductor/latest/packages/" + Catalogue.RELEASE + "/bioc/src/contrib/PACKAGES";

    private Requests() {}

    static HttpRequestActionBuilder file(String name, String url, Artifact expected) {
        return http(name)
                .get(url)
                .check(
                        status().is(200),
                        header("Content-Length").is(Integer.toString(expected.length())),
                        md5().is(expected.digests().md5()));
    }

    /** What {@link Feeds} describes in the session. */
    static HttpRequestActionBuilder fed(String name) {
        return http(name)
                .get("#{url}")
                .check(status().is(200), header("Content-Length").isEL("#{length}"), md5().isEL("#{md5}"));
    }

    /** The page of a Python project, which must name a file with its digest. */
    static HttpRequestActionBuilder page(String name, int rank, Artifact listed) {
        return http(name)
                .get("/pypi/latest/simple/" + Catalogue.project(rank) + "/")
                .header("Accept", "application/vnd.pypi.simple.v1+json, text/html; q=0.01")
                .check(
                        status().is(200),
                        substring(listed.path()).exists(),
                        substring(listed.digests().sha256()).exists());
    }

    /** Core metadata beside a wheel. */
    static HttpRequestActionBuilder metadata(String name, Artifact wheel) {
        return http(name)
                .get(Aim.pypi(wheel) + ".metadata")
                .check(
                        status().is(200),
                        bodyString().is(new String(Catalogue.metadata(wheel), StandardCharsets.UTF_8)));
    }

    /** CRAN's index in the form that the origin does not have. */
    static HttpRequestActionBuilder absentIndex(String name) {
        return http(name).get(CRAN_INDEX + ".rds").check(status().is(404));
    }

    /** An index of R packages, which is the origin's to the last bit. */
    static HttpRequestActionBuilder index(String name, String url, Digests expected) {
        return http(name).get(url).check(status().is(200), md5().is(expected.md5()));
    }
}
