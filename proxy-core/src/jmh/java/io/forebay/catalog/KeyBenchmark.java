package io.forebay.catalog;

import io.forebay.model.ResourceKey;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The fingerprint of a key, and the hash that flights are shared by. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeyBenchmark {
    private static final String PATH = "packages/18/a0/5eb343847601ae32ead399e1ae01b9ad49eb1a83cd8ed3e30b096990fb54/"
            + "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl";

    private final String path = PATH;

    @Benchmark
    public long fingerprint() {
        return KnownKeys.print(ResourceKey.of("pypi", path));
    }

    @Benchmark
    public int hash() {
        return ResourceKey.of("pypi", path).hashCode();
    }
}
