package io.forebay.load;

import io.forebay.load.origin.Artifact;
import io.forebay.load.origin.Catalogue;
import io.forebay.load.origin.Zipf;
import java.util.Iterator;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Endless downloads of single files, by popularity, in the proportions of the three ecosystems. */
final class Feeds {
    private Feeds() {}

    /** Each with {@code url}, {@code length} and {@code md5}. The same seed gives the same downloads. */
    static Iterator<Map<String, Object>> downloads(Catalogue catalogue, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Zipf cran = new Zipf(Catalogue.CRAN);
        Zipf bioconductor = new Zipf(Catalogue.BIOCONDUCTOR);
        Zipf pypi = new Zipf(Catalogue.PYPI);
        return Stream.generate(() -> {
                    int drawn = random.nextInt(100);
                    if (drawn < 60) {
                        Artifact wheel = catalogue.wheel(pypi.next(random));
                        return download(Aim.pypi(wheel), wheel);
                    }
                    if (drawn < 95) {
                        Artifact file = catalogue.cran(cran.next(random));
                        return download(Aim.cran(file), file);
                    }
                    Artifact file = catalogue.bioconductor(bioconductor.next(random));
                    return download(Aim.bioconductor(file), file);
                })
                .iterator();
    }

    private static Map<String, Object> download(String url, Artifact file) {
        return Map.of("url", url, "length", file.length(), "md5", file.digests().md5());
    }
}
