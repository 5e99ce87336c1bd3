package io.forebay.it;

import static io.forebay.it.FaultStage.LARGE_KIB;
import static io.forebay.it.FaultStage.SMALL_KIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.it.FaultStage.File;
import io.forebay.it.FaultStage.Got;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A line that loses every fifth packet, to the origin and to clients. Server, origin and clients are processes in a network
 * namespace of their own, which ends with them; nothing of the machine's own network is touched.
 */
class PacketLossIT {
    private static final long SECONDS_MAX = 240;

    private static final String RULES = """
            table inet loss {
              chain incoming {
                type filter hook input priority 0; policy accept;
                meta l4proto tcp numgen random mod 100 < 20 counter drop
              }
            }
            """;

    private static final Pattern LOST = Pattern.compile("counter packets (\\d+)");

    @TempDir
    private Path directory;

    @Test
    @DisplayName("reliability 24: every fifth packet is lost, on the way to the origin and to clients: slower, correct")
    void line_losesEveryFifthPacket_slowerAndCorrect() throws Exception {
        Assumptions.assumeTrue(
                Machine.run("unshare", "--net", "sh", "-c", "ip link set lo up && nft list ruleset"),
                "left out: network namespaces need root, ip and nft");
        Path rules = Files.writeString(directory.resolve("loss.nft"), RULES);
        Path said = directory.resolve("said");
        Process process = new ProcessBuilder(
                        "unshare",
                        "--net",
                        "sh",
                        "-c",
                        "ip link set lo up && nft -f \"$1\" && \"$2\" -XX:TieredStopAtLevel=1 -cp \"$3\" \"-Dforebay.jar=$6\" \"$4\" \"$5\" && nft list ruleset",
                        "sh",
                        rules.toString(),
                        Jvm.java(),
                        System.getProperty("java.class.path"),
                        Clients.class.getName(),
                        directory.toString(),
                        ForebayProcess.jar().toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        boolean ended = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
        if (!ended) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        String all = Files.readString(said, StandardCharsets.UTF_8);
        assertThat(ended).as("within " + SECONDS_MAX + " s: " + all).isTrue();
        assertThat(process.exitValue()).as(all).isZero();
        assertThat(all).contains("all whole");
        Matcher lost = LOST.matcher(all);
        assertThat(lost.find()).as(all).isTrue();
        assertThat(Integer.parseInt(lost.group(1))).as("packets lost").isGreaterThan(50);
    }

    /** What is done inside the namespace; fails when anything is not as it should be. */
    static final class Clients {
        /** As a user has them: those of the other tests are for a line that loses nothing. */
        private static final Map<String, String> TIMEOUTS = Map.of(
                "FOREBAY_UPSTREAM_CONNECT_TIMEOUT", "5s",
                "FOREBAY_UPSTREAM_FIRST_BYTE_TIMEOUT", "30s",
                "FOREBAY_UPSTREAM_IDLE_TIMEOUT", "15s",
                "FOREBAY_UPSTREAM_RETRIES", "3",
                "FOREBAY_HTTP_HEAD_TIMEOUT", "15s",
                "FOREBAY_HTTP_IDLE_TIMEOUT", "60s");

        private static final Duration KEPT_MAX = Duration.ofSeconds(20);

        private Clients() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            try (FaultStage stage = FaultStage.open(Path.of(arguments[0]), origin -> "", TIMEOUTS)) {
                for (int kib : List.of(SMALL_KIB, LARGE_KIB, SMALL_KIB, LARGE_KIB, LARGE_KIB)) {
                    File file = FaultStage.fresh("good", kib);
                    Got got = stage.get(file);
                    // Until the disk has it, who asks joins the flight.
                    long deadline = System.nanoTime() + KEPT_MAX.toNanos();
                    while (got.whole(file.bytes())
                            && !got.header("cache-status").contains("hit")) {
                        if (System.nanoTime() > deadline) {
                            throw new IllegalStateException("not kept: " + file.file() + ": " + got);
                        }
                        got = stage.get(file);
                    }
                    if (!got.whole(file.bytes())) {
                        throw new IllegalStateException("not whole: " + file.file() + ": " + got);
                    }
                    if (stage.origin().count(file.file()) < 1) {
                        throw new IllegalStateException("not asked for: " + file.file());
                    }
                }
            }
            System.out.println("all whole");
        }
    }
}
