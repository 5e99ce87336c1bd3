package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two hundred clients want one large object that nobody has asked for before. */
class HerdIT {
    private static final int CLIENTS = 200;
    private static final int MIB = 1024 * 1024;
    private static final int SIZE = 50 * MIB;
    private static final long ORIGIN_BYTES_PER_SECOND = 5L * MIB;

    private static final Duration ALL_ASKED = Duration.ofSeconds(2);

    /** Less than two bodies. */
    private static final String[] SMALL_MEMORY = {"-Xmx96m", "-XX:MaxDirectMemorySize=96m"};

    private static final Pattern COLLECTED = Pattern.compile("Pause .*? (\\d+)M->(\\d+)M\\((\\d+)M\\)");

    @TempDir
    private Path directory;

    @Test
    @DisplayName(
            "failures 1 and 22: 200 clients, one cold 50 MiB object: one upstream request, 200 exact bodies, flat heap")
    void herd_coldObject_oneUpstreamRequest() throws Exception {
        byte[] bytes = LocalOrigin.likeWheel(new Random(42), SIZE);
        boolean direct = Boolean.getBoolean("forebay.direct");
        try (LocalOrigin origin = LocalOrigin.open()) {
            origin.bytesPerSecond(ORIGIN_BYTES_PER_SECOND);
            String path = origin.add(bytes, "large-1.0-py3-none-any.whl");
            Path log = directory.resolve("gc.log");
            if (direct) {
                Herd.Result result = Herd.run(origin.fileHost() + path, 5, bytes);
                assertThat(result.exact()).isEqualTo(5);
                Assumptions.abort("the origin alone: nothing to share");
            }
            List<String> options = new ArrayList<>(List.of(SMALL_MEMORY));
            options.add("-Xlog:gc:file=" + log);
            try (ForebayProcess forebay = ForebayProcess.start(
                    directory.resolve("forebay"), origin, "index-ttl = \"10m\"", options.toArray(String[]::new))) {
                byte[] small = LocalOrigin.likeWheel(new Random(43), MIB);
                Herd.Result warmUp = Herd.run(
                        forebay.url() + "/pypi" + origin.add(small, "small-1.0-py3-none-any.whl"), CLIENTS, small);
                assertThat(warmUp.exact()).isEqualTo(CLIENTS);
                // The origin answers when all of them have asked.
                origin.delay(ALL_ASKED);
                Herd.Result result = Herd.run(forebay.url() + "/pypi" + path, CLIENTS, bytes);
                assertThat(result.failures()).as(forebay::said).isEmpty();
                assertThat(result.exact()).isEqualTo(CLIENTS);
                assertThat(origin.gets(path)).hasSize(1);
                print(result, origin.gets(path).get(0), log);
                assertThat(Herd.run(forebay.url() + "/pypi" + path, 1, bytes).exact())
                        .isEqualTo(1);
                assertThat(origin.gets(path)).hasSize(1);
            }
        }
    }

    /** Figures for the reader: a shared machine's times are no ground to fail a build. */
    private static void print(Herd.Result result, LocalOrigin.Seen upstream, Path log) throws IOException {
        long origin = upstream.firstByteNanos().get();
        long[] late = result.firstBytes().stream()
                .mapToLong(nanos -> (nanos - origin) / 1000)
                .sorted()
                .toArray();
        System.out.printf(
                "HerdIT: first byte after the origin's, microseconds: median %d, 99th of 100 %d, last %d%n",
                late[late.length / 2], late[late.length * 99 / 100], late[late.length - 1]);
        System.out.printf(
                "HerdIT: %d bodies of %d MiB in %d ms%n", result.exact(), SIZE / MIB, result.nanos() / 1_000_000);
        List<String> heap = new ArrayList<>();
        Matcher collected = COLLECTED.matcher(Files.readString(log));
        while (collected.find()) {
            heap.add(collected.group(2));
        }
        System.out.println("HerdIT: MiB of heap in use after each collection: " + String.join(" ", heap));
    }
}
