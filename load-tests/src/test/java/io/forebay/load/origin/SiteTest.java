package io.forebay.load.origin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SiteTest {
    private static final Catalogue CATALOGUE = new Catalogue(0.01);
    private static final Site SITE = new Site(CATALOGUE, "http://127.0.0.1:1");

    private static String text(String path) {
        Body body = SITE.find(path).orElseThrow().body();
        return body.slice(0, body.length()).toString(StandardCharsets.UTF_8);
    }

    @Test
    void find_everyKindOfFile_isThereWithItsDigests() {
        for (int rank : new int[] {0, 1, 999, Catalogue.BIOCONDUCTOR - 1}) {
            for (Artifact file : new Artifact[] {
                CATALOGUE.cran(rank),
                CATALOGUE.archived(rank),
                CATALOGUE.bioconductor(rank),
                CATALOGUE.wheel(rank),
                CATALOGUE.wheel(rank, 0)
            }) {
                Body body = SITE.find(file.path()).orElseThrow().body();
                assertThat(body.digests()).isEqualTo(file.digests());
                assertThat(body.length()).isEqualTo(file.length());
            }
        }
    }

    @Test
    void find_whatIsNotThere_isAbsent() {
        assertThat(SITE.find("/src/contrib/PACKAGES.rds")).isEmpty();
        assertThat(SITE.find("/src/contrib/Nosuch_1.0.tar.gz")).isEmpty();
        assertThat(SITE.find(CATALOGUE.cran(0).path().replace("_1.", "_2."))).isEmpty();
        assertThat(SITE.find("/simple/nosuchproject/")).isEmpty();
        String wheel = CATALOGUE.wheel(0).path();
        assertThat(SITE.find(wheel.replace("-1.", "-1.9"))).isEmpty();
    }

    @Test
    void find_indexAndPage_nameTheFilesWithTheirDigests() {
        Artifact file = CATALOGUE.cran(Catalogue.CRAN - 1);
        assertThat(text("/src/contrib/PACKAGES"))
                .contains("MD5sum: " + file.digests().md5());
        Artifact wheel = CATALOGUE.wheel(5);
        String metadata = SITE.find(wheel.path() + ".metadata")
                .orElseThrow()
                .body()
                .digests()
                .sha256();
        assertThat(text("/simple/" + Catalogue.project(5) + "/"))
                .contains("http://127.0.0.1:1" + wheel.path())
                .contains(wheel.digests().sha256())
                .contains("\"core-metadata\":{\"sha256\":\"" + metadata + "\"}");
    }

    @Test
    void catalogue_itsIndexes_areTheSites() {
        for (String suffix : new String[] {"", ".gz"}) {
            assertThat(SITE.find("/src/contrib/PACKAGES" + suffix)
                            .orElseThrow()
                            .body()
                            .digests())
                    .isEqualTo(CATALOGUE.cranIndex(suffix));
        }
    }
}
