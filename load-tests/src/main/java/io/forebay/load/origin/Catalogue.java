package io.forebay.load.origin;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Every package there is at the origin, by its rank in popularity: names, versions and sizes are computed from the rank, so
 * that generator and origin agree without telling each other. Immutable, safe for use by many threads.
 *
 * <p>Sizes are distributed as those of real packages: log-normal, half of them below 135 KB, one in ten above 9 MB.
 */
public final class Catalogue {
    /** As many as CRAN has. */
    public static final int CRAN = 20_000;

    /** As many as Bioconductor has software packages. */
    public static final int BIOCONDUCTOR = 2_300;

    /** As many as PyPI has that are not empty. */
    public static final int PYPI = 500_000;

    /** The release of Bioconductor that there is. */
    public static final String RELEASE = "3.22";

    static final String CRAN_TREE = "/src/contrib/";
    static final String BIOCONDUCTOR_TREE = "/packages/" + RELEASE + "/bioc/src/contrib/";

    private static final double MEDIAN = 135_000;
    private static final double DEVIATION = 3.277;
    private static final double LARGEST = 64 * 1024 * 1024;

    /** Projects with a long history, which is what makes an index page large. */
    private static final int LONG_HISTORIES = 10;

    private static final int LONG_HISTORY = 400;
    private static final int HISTORY_MAX = 30;

    private final double factor;
    private final Supplier<String> cranPackages = once(() -> packages(CRAN, this::cran));
    private final Supplier<String> bioconductorPackages = once(() -> packages(BIOCONDUCTOR, this::bioconductor));

    /** @param factor of all sizes: 1 for those of the real world, less for a small machine */
    public Catalogue(double factor) {
        if (!(factor > 0 && factor <= 1)) {
            throw new IllegalArgumentException("the factor of sizes must be above 0 and at most 1: " + factor);
        }
        this.factor = factor;
    }

    /** The current file of a CRAN package. */
    public Artifact cran(int rank) {
        return Artifact.of(CRAN_TREE, source(rank));
    }

    /** The file of a CRAN package's release before the current one. */
    public Artifact archived(int rank) {
        String name = Names.capital(rank);
        return Artifact.of(CRAN_TREE + "Archive/" + name + "/", body(name + "_0.9.tar.gz"));
    }

    /** The file of a Bioconductor package. */
    public Artifact bioconductor(int rank) {
        return Artifact.of(BIOCONDUCTOR_TREE, source(CRAN + rank));
    }

    FileBody source(int number) {
        SplittableRandom random = new SplittableRandom(number);
        return body(Names.capital(number) + "_1." + random.nextInt(20) + "." + random.nextInt(10) + ".tar.gz");
    }

    /** The normalised name of a Python project. */
    public static String project(int rank) {
        return Names.of(rank);
    }

    /** How many releases a Python project has had. */
    public static int releases(int rank) {
        return rank < LONG_HISTORIES ? LONG_HISTORY : 1 + new SplittableRandom(rank).nextInt(HISTORY_MAX);
    }

    /** The wheel of a release of a Python project. */
    public Artifact wheel(int rank, int release) {
        FileBody body = body(project(rank) + "-1." + release + "-py3-none-any.whl");
        Digests digests = body.digests();
        String hash = digests.blake2b();
        String directory =
                "/packages/" + hash.substring(0, 2) + "/" + hash.substring(2, 4) + "/" + hash.substring(4) + "/";
        return new Artifact(directory + body.name(), body.name(), body.length(), digests);
    }

    /** The newest wheel of a Python project. */
    public Artifact wheel(int rank) {
        return wheel(rank, releases(rank) - 1);
    }

    List<Artifact> wheels(int rank) {
        return IntStream.range(0, releases(rank))
                .mapToObj(release -> wheel(rank, release))
                .toList();
    }

    /** What lies beside a wheel as its {@code .metadata}. */
    public static byte[] metadata(Artifact wheel) {
        return Pages.metadata(wheel).getBytes(StandardCharsets.UTF_8);
    }

    /** What CRAN's index holds in one form: {@code ""} or {@code ".gz"} behind {@code PACKAGES}. */
    public Digests cranIndex(String suffix) {
        return Hashes.of(index(cranPackages(), suffix));
    }

    /** The same of Bioconductor's index of software packages. */
    public Digests bioconductorIndex(String suffix) {
        return Hashes.of(index(bioconductorPackages(), suffix));
    }

    static byte[] index(String packages, String suffix) {
        return suffix.isEmpty() ? packages.getBytes(StandardCharsets.UTF_8) : Pages.gzip(packages);
    }

    String cranPackages() {
        return cranPackages.get();
    }

    String bioconductorPackages() {
        return bioconductorPackages.get();
    }

    private static String packages(int count, IntFunction<Artifact> byRank) {
        return Pages.packages(IntStream.range(0, count).mapToObj(byRank).toList());
    }

    /** An index names every file with its digest: that is not computed for every use. */
    private static Supplier<String> once(Supplier<String> text) {
        FutureTask<String> made = new FutureTask<>(text::get);
        return () -> {
            made.run();
            try {
                return made.get();
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    private FileBody body(String name) {
        double gauss = new SplittableRandom(0x9E3779B97F4A7C15L * name.hashCode()).nextGaussian();
        double size = Math.min(LARGEST, MEDIAN * Math.exp(DEVIATION * gauss));
        return new FileBody(name, Math.max(FileBody.MIN_LENGTH, (int) (factor * size)));
    }
}
