package io.forebay.it;

import static io.forebay.it.FaultStage.LARGE_KIB;
import static io.forebay.it.FaultStage.SMALL_KIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.it.FaultStage.File;
import io.forebay.it.FaultStage.Got;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The upstream rows of the fault matrix against the real program. Each fault meets two clients at once and a file small enough
 * for memory as well as one that goes to the disk; then the origin heals, and the right bytes must come from it: nothing of the
 * fault was kept.
 */
class UpstreamFaultsIT {
    @TempDir
    private static Path directory;

    private static FaultStage stage;

    @BeforeAll
    static void open() throws Exception {
        stage = FaultStage.open(directory);
    }

    @AfterAll
    static void close() throws Exception {
        stage.close();
    }

    /** An honest answer in between closes every circuit. */
    @BeforeEach
    void harm() throws Exception {
        stage.origin().harm();
        stage.healed(FaultStage.fresh("good", SMALL_KIB));
    }

    @ParameterizedTest(name = "reliability {0}: {1}, answered {2}")
    @DisplayName("upstream faults that no client may take for success")
    @CsvSource({
        "1, reset.mid, cut",
        "2, fin.mid, cut",
        "3, fin.head, 503",
        "4, short.one, cut",
        "5, chunked.unended, cut",
        "6, close.reset, cut",
        "10, length.twice, 502",
        "10, length.list, 502",
        "11, length.chunked, 502",
        "12, length.negative, 502",
        "12, length.overflow, 502",
        "12, length.text, 502",
        "13, chunk.bad, cut",
        "13, chunk.huge, 502",
        "14, stall.mid, cut",
        "15, stall.start, 503",
        "15, stall.head, 503",
        "17, drip.head, 503",
        "18, close.silent, 503",
        "18, reset.request, 503",
        "27, status.500, 503",
        "27, status.502, 503",
        "27, status.503, 503",
        "27, status.504, 503",
        "29, status.401, 503",
        "29, status.403, 503",
        "29, status.451, 503",
        "30, status.404, 404",
        "31, redirect.loop, 502",
        "32, redirect.local, 502",
        "32, redirect.metadata, 502",
        "32, redirect.file, 502",
        "34, html.login, 502",
        "34, empty, 502",
        "38, head.field64k, 502",
        "38, head.field1m, 502",
        "38, head.fields5000, 502",
        "38, head.endless, 502",
        "39, line.malformed, 502",
        "39, line.99999, 502",
        "39, line.garbage, 502",
        "39, line.http09, 502",
        "40, field.nocolon, 502",
        "40, field.nul, 502",
        "40, field.cr, 502",
        "40, field.folded, 502",
        "41, interim.100, 502",
        "41, interim.endless, 502",
        "41, switch.101, 502",
        "42, unsolicited.304, 502",
        "42, unsolicited.206, 502",
        "43, range.other, cut",
        "45, changed.mid, cut",
    })
    void origin_misbehaves_noFalseSuccessAndRecovery(int row, String fault, String expected) throws Exception {
        for (int kib : new int[] {SMALL_KIB, LARGE_KIB}) {
            File file = FaultStage.fresh(fault, kib);
            List<Got> answers = together(file, 2);
            for (Got got : answers) {
                FaultStage.assertNeverWrong(got, file.bytes());
                assertThat(got.status()).as(fault + ": " + got).isNotEqualTo(504);
                if (expected.equals("cut")) {
                    assertThat(got.cut() || got.status() >= 500)
                            .as(fault + " ends visibly: " + got)
                            .isTrue();
                } else {
                    assertThat(got.status()).as(fault + ": " + got).isEqualTo(Integer.parseInt(expected));
                }
                if (got.status() == 503) {
                    assertThat(got.header("retry-after")).as(fault).isNotEmpty();
                }
            }
            stage.origin().heal();
            long asked = stage.origin().count(file.file());
            stage.healed(file);
            assertThat(stage.origin().count(file.file()))
                    .as("nothing of the fault was kept")
                    .isGreaterThan(asked);
            assertStored(file);
            stage.origin().harm();
        }
    }

    @ParameterizedTest(name = "reliability {0}: {1}, answered whole")
    @DisplayName("upstream faults that a client need not feel")
    @CsvSource({
        "8, long.body",
        "9, smuggled",
        "16, drip.body",
        "31, redirect",
        "37, gzip.encoded",
        "41, interim.three",
        "43, resume",
        "46, private",
        "47, clock.future",
    })
    void origin_isOddButWhole_answeredAndStored(int row, String fault) throws Exception {
        for (int kib : new int[] {SMALL_KIB, LARGE_KIB}) {
            File file = FaultStage.fresh(fault, kib);
            for (Got got : together(file, 2)) {
                assertThat(got.whole(file.bytes())).as(fault + ": " + got).isTrue();
                assertThat(got.headers()).doesNotContainKeys("set-cookie", "vary", "content-encoding");
                assertThat(got.header("age")).isIn("", "0", "1", "2", "3", "4", "5");
            }
            assertStored(file);
        }
    }

    @Test
    @DisplayName("reliability 19: a kept connection that dies as it is used again is not felt")
    void connection_diesOnReuse_retriedSilently() throws Exception {
        for (int i = 0; i < 5; i++) {
            File file = FaultStage.fresh("reuse.dies", SMALL_KIB);
            Got got = stage.get(file);
            assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
        }
    }

    /** Answered with a hit for which the origin was not asked. */
    private static void assertStored(File file) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        long asked;
        Got got;
        do {
            asked = stage.origin().count(file.file());
            got = stage.get(file);
            assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
        } while (!got.header("cache-status").contains("hit") && System.nanoTime() < deadline);
        assertThat(stage.origin().count(file.file())).as("stored whole").isEqualTo(asked);
    }

    /** Clients that ask at the same moment, and meanwhile one that wants something else and must not feel it. */
    private static List<Got> together(File file, int clients) throws Exception {
        List<CompletableFuture<Got>> asking = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            asking.add(CompletableFuture.supplyAsync(() -> stage.get(file)));
        }
        File other = FaultStage.fresh("good", SMALL_KIB);
        assertThat(stage.get(other).whole(other.bytes()))
                .as("others feel nothing")
                .isTrue();
        List<Got> answers = new ArrayList<>();
        for (CompletableFuture<Got> one : asking) {
            answers.add(one.get(FaultStage.ANSWER_MAX.toSeconds(), TimeUnit.SECONDS));
        }
        return answers;
    }
}
