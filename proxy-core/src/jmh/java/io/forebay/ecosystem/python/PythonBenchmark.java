package io.forebay.ecosystem.python;

import io.forebay.model.Part;
import io.forebay.model.Plan;
import io.forebay.model.Rendition;
import io.forebay.model.Target;
import java.util.List;
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

/** What a path of Python's means, and a page of links rewritten from the origin's JSON. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PythonBenchmark {
    private static final String WHEEL =
            "packages/18/a0/" + Fixtures.HEX60 + "/demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl";

    private final PythonEcosystem python = new PythonEcosystem();
    private final Target wheel = Fixtures.target(WHEEL);
    private final Target page = Fixtures.target("simple/demo/");

    @State(Scope.Benchmark)
    public static class Page {
        @Param({"100", "20000"})
        int files;

        @Param({"JSON_V1", "HTML_V1"})
        String form;

        private Part part;

        @Setup
        public void write() {
            StringBuilder json = new StringBuilder("{\"meta\":{\"api-version\":\"1.1\"},\"name\":\"demo\",\"files\":[");
            for (int i = 0; i < files; i++) {
                String name = "demo-1." + i + "-py3-none-any.whl";
                json.append(i == 0 ? "" : ",")
                        .append("{\"filename\":\"" + name + "\",\"url\":\"" + Fixtures.FILES + "18/a0/" + Fixtures.HEX60)
                        .append("/" + name + "\",\"hashes\":{\"sha256\":\"" + "ab".repeat(32) + "\"},\"size\":" + i)
                        .append(",\"requires-python\":\">=3.8\",\"upload-time\":\"2024-01-02T03:04:05.678901Z\"")
                        .append(",\"yanked\":false,\"core-metadata\":{\"sha256\":\"" + "cd".repeat(32) + "\"}}");
            }
            part = Fixtures.part(Fixtures.JSON, json + "],\"versions\":[]}");
        }
    }

    @Benchmark
    public Plan planFile() {
        return python.plan(wheel, List.of(Fixtures.PYPI));
    }

    @Benchmark
    public Plan planPage() {
        return python.plan(page, List.of(Fixtures.PYPI));
    }

    @Benchmark
    public Rendition rewritePage(Page of) {
        return new SimplePageRenderer("demo", SimpleForm.valueOf(of.form), "../../", new PypiOrigins(List.of(Fixtures.PYPI)))
                .render(List.of(of.part), Fixtures.everything());
    }
}
