package io.forebay.ecosystem.r;

import io.forebay.model.Head;
import io.forebay.model.PackageId;
import io.forebay.model.Part;
import io.forebay.model.Plan;
import io.forebay.model.Rendition;
import io.forebay.model.ResourceKey;
import io.forebay.model.View;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a path of R's means, and an index as large as CRAN's merged with a private one, filtered and written. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RBenchmark {
    private static final int PACKAGES = 22_000;

    private final Requests cran = Requests.to(Requests.PRIVATE, Requests.CRAN);

    @State(Scope.Benchmark)
    public static class Merged {
        @Param({"PLAIN", "GZIP", "RDS"})
        String form;

        private final List<Part> parts = new ArrayList<>();
        private final View view = new View(Optional.empty(), new View.Gate() {
            @Override
            public boolean allows(PackageId id) {
                return !id.name().endsWith("7");
            }

            @Override
            public boolean isAbout(String ecosystem, String packageName) {
                return true;
            }

            @Override
            public String epoch() {
                return "benchmark";
            }
        });

        @Setup
        public void write() {
            StringBuilder index = new StringBuilder();
            for (int i = 0; i < PACKAGES; i++) {
                index.append("Package: package" + i + "\nVersion: 1.2." + i + "\nDepends: R (>= 3.5.0), methods\n")
                        .append("Imports: dplyr (>= 1.0.0), rlang, stats, utils\nSuggests: testthat (>= 3.0.0), knitr\n")
                        .append("License: GPL-3\nMD5sum: 0123456789abcdef0123456789abcdef\nNeedsCompilation: no\n\n");
            }
            parts.add(part("private", "Package: package1\nVersion: 9.0\n"));
            parts.add(part("cran", index.toString()));
        }

        private static Part part(String source, String index) {
            return new Part(
                    source,
                    ResourceKey.of(source, "src/contrib/PACKAGES"),
                    URI.create("https://cran.example/src/contrib/PACKAGES"),
                    Head.EMPTY,
                    Instant.EPOCH,
                    Map.of(),
                    index.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    @State(Scope.Benchmark)
    public static class Rows {
        private List<PackageRow> rows = List.of();

        @Setup
        public void read() {
            Merged merged = new Merged();
            merged.write();
            rows = DcfReader.read(merged.parts.get(1).body(), tag -> true);
        }
    }

    @Benchmark
    public Plan planFile() {
        return cran.plan("src/contrib/dplyr_1.1.0.tar.gz");
    }

    @Benchmark
    public Rendition mergeAndFilter(Merged merged) {
        return new PackagesRenderer(PackagesForm.valueOf(merged.form)).render(merged.parts, merged.view);
    }

    @Benchmark
    public int writeRds(Rows of) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 20);
        RdsWriter.write(of.rows, PackagesWriter.STANDARD, out);
        return out.size();
    }
}
