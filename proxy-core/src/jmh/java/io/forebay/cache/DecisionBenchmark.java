package io.forebay.cache;

import io.forebay.catalog.Entry;
import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.time.Instant;
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

/** Whether an entry is served, revalidated or fetched. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecisionBenchmark {
    private static final Instant NOW = Instant.parse("2026-03-10T12:00:00Z");

    @Param({"ARTIFACT", "INDEX"})
    Nature nature;

    private Optional<Entry> held = Optional.empty();

    @Setup
    public void enter() {
        Instant seen = NOW.minusSeconds(300);
        held = Optional.of(new Entry(
                ResourceKey.of("cran", "src/contrib/PACKAGES.gz"),
                nature,
                new Digest("0".repeat(64)),
                1,
                Head.EMPTY,
                "https://cran.example/src/contrib/PACKAGES.gz",
                seen,
                seen));
    }

    @Benchmark
    public CacheDecision decide() {
        return CacheDecision.of(held, NOW, CacheOptions.DEFAULTS);
    }
}
