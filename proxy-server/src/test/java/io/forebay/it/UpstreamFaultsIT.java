package io.forebay.it;

import static io.forebay.it.FaultStage.LARGE_KIB;
import static io.forebay.it.FaultStage.SMALL_KIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.it.FaultStage.File;
import io.forebay.it.FaultStage.Got;
import io.forebay.load.fault.BadCertificate;
import io.forebay.load.fault.FaultOrigin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    /** Long enough for pauses between probes to have grown to their longest. */
    private static final Duration OUTAGE = Duration.ofSeconds(16);

    private static final Duration RECOVERED_MAX = Duration.ofSeconds(8);

    @TempDir
    private static Path directory;

    private static final List<Socket> QUEUED = new ArrayList<>();
    private static ServerSocket hole;
    private static FaultStage stage;

    @BeforeAll
    static void open() throws Exception {
        hole = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        for (int i = 0; i < 3; i++) {
            // Fill the queue of a listener that never accepts: the kernel answers no further SYN.
            Socket queued = new Socket();
            QUEUED.add(queued);
            try {
                queued.connect(hole.getLocalSocketAddress(), 200);
            } catch (SocketTimeoutException e) {
                break;
            }
        }
        stage = FaultStage.open(directory, UpstreamFaultsIT::moreSources, Map.of());
    }

    /** One source for each bad certificate, one behind a black hole, one whose name does not resolve. */
    private static String moreSources(FaultOrigin origin) throws IOException {
        Path authority = directory.resolve("authority.pem");
        Files.writeString(authority, origin.authority());
        StringBuilder tables = new StringBuilder();
        for (BadCertificate kind : BadCertificate.values()) {
            tables.append(source(
                    kind.name().toLowerCase(Locale.ROOT),
                    "https://127.0.0.1:" + origin.secure(kind) + "/bare\"\nca = \"" + authority));
        }
        // Sources whose index nobody has asked for yet.
        for (String cold : List.of("early", "portal")) {
            tables.append(source(cold, origin.url() + "/listed"));
        }
        tables.append(source("hole", "http://127.0.0.1:" + hole.getLocalPort() + "/bare"));
        return tables.append(source("nowhere", "http://no-such-host.invalid/bare"))
                .toString();
    }

    private static String source(String name, String url) {
        return """
                [sources.%1$s]
                type = "cran"
                url = "%2$s"
                [repositories.%1$s]
                sources = ["%1$s"]
                """.formatted(name, url);
    }

    @AfterAll
    static void close() throws Exception {
        stage.close();
        hole.close();
        for (Socket socket : QUEUED) {
            socket.close();
        }
    }

    /** Asked once: whatever the faults before were, they have not shut the origin for other files. */
    @BeforeEach
    void harm() {
        stage.origin().harm();
        File good = FaultStage.fresh("good", SMALL_KIB);
        Got got = stage.get(good);
        assertThat(got.whole(good.bytes())).as("at once: " + got).isTrue();
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
        "11, coding.foreign, 502",
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
        "43, range.longer, cut",
        "45, changed.mid, cut",
        "45, changed.rest, cut",
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
            stage.healed(file);
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

    @ParameterizedTest(
            name = "reliability {0}: the source {1} is answered with 503, never with bytes; others feel nothing")
    @CsvSource({
        "21, hole, cannot be reached",
        "22, nowhere, cannot be found",
        "25, expired, shows a certificate that has expired",
        "25, not_yet_valid, shows a certificate that is not valid yet",
        "25, wrong_host, shows a certificate for another host",
        "25, self_signed, shows a certificate that no trusted authority signed",
        "25, weak_protocol, (offers no TLS version|fails TLS)",
    })
    void origin_notReached_503(int row, String source, String said) throws Exception {
        File file = FaultStage.fresh("good", SMALL_KIB);
        String url = stage.url(source, "src/contrib/" + file.file());
        CompletableFuture<Got> asking = CompletableFuture.supplyAsync(() -> FaultStage.get(url));
        File other = FaultStage.fresh("good", SMALL_KIB);
        assertThat(stage.get(other).whole(other.bytes()))
                .as("others feel nothing")
                .isTrue();
        Got got = asking.get(FaultStage.ANSWER_MAX.toSeconds(), TimeUnit.SECONDS);
        assertThat(got.status()).as(got.toString()).isEqualTo(503);
        assertThat(got.header("retry-after")).isNotEmpty();
        assertThat(stage.origin().count(file.file()))
                .as("not asked over plain HTTP either")
                .isZero();
        assertThat(stage.forebay().said()).containsPattern("Source " + source + ": The origin \\S+ " + said);
    }

    @Test
    @DisplayName("reliability 25 and 26: a good certificate is trusted; a body over TLS without its end is a cut")
    void tls_cutWithoutNotice_isACut() throws Exception {
        File good = FaultStage.fresh("good", LARGE_KIB);
        FaultStage.healed(stage.url("none", "src/contrib/" + good.file()), good.bytes());
        for (String fault : List.of("fin.mid", "close.early")) {
            File file = FaultStage.fresh(fault, LARGE_KIB);
            String url = stage.url("none", "src/contrib/" + file.file());
            Got got = FaultStage.get(url);
            assertThat(got.cut() || got.status() >= 500).as(got.toString()).isTrue();
            stage.origin().heal();
            FaultStage.healed(url, file.bytes());
            stage.origin().harm();
        }
    }

    @Test
    @DisplayName(
            "reliability 20: connections are refused: what is held is served, the rest is 503, and it recovers in seconds")
    void origin_refuses_heldIsServedAndItRecovers() throws Exception {
        File held = FaultStage.fresh("good", LARGE_KIB);
        stage.healed(held);
        assertStored(held);
        String index = stage.url("listed", "src/contrib/PACKAGES.gz");
        assertThat(FaultStage.get(index).status()).isEqualTo(200);
        long gone = System.nanoTime();
        stage.origin().stop();
        File cold = FaultStage.fresh("good", SMALL_KIB);
        try {
            for (int i = 0; i < 8; i++) {
                Got got = stage.get(FaultStage.fresh("good", SMALL_KIB));
                assertThat(got.status()).as(got.toString()).isEqualTo(503);
                assertThat(got.header("retry-after")).isNotEmpty();
            }
            TimeUnit.MILLISECONDS.sleep(1_200);
            assertThat(stage.get(held).whole(held.bytes())).isTrue();
            assertThat(FaultStage.get(index).status()).as("stale, but served").isEqualTo(200);
        } finally {
            stage.origin().resume();
        }
        long back = System.nanoTime();
        stage.healed(cold);
        tell(gone, back);
    }

    private static void tell(long gone, long back) {
        System.out.println("first fresh answer " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - back)
                + " ms after the origin's return from an outage of " + TimeUnit.NANOSECONDS.toSeconds(back - gone)
                + " s");
    }

    @Test
    @DisplayName("reliability 20: after an outage of many seconds a new file is had again within a few")
    void origin_refusesForLong_recoversInSeconds() throws Exception {
        long gone = System.nanoTime();
        stage.origin().stop();
        try {
            while (System.nanoTime() < gone + OUTAGE.toNanos()) {
                assertThat(stage.get(FaultStage.fresh("good", SMALL_KIB)).status())
                        .isEqualTo(503);
                TimeUnit.MILLISECONDS.sleep(250);
            }
        } finally {
            stage.origin().resume();
        }
        long back = System.nanoTime();
        File file = FaultStage.fresh("good", SMALL_KIB);
        FaultStage.healed(stage.url("bare", "src/contrib/" + file.file()), file.bytes(), RECOVERED_MAX);
        tell(gone, back);
    }

    @Test
    @DisplayName("reliability 28: 429 with Retry-After: told on as 503 with it, the origin is left alone for that time")
    void origin_busy_leftAlone() throws Exception {
        File file = FaultStage.fresh("busy", SMALL_KIB);
        Got got = stage.get(file);
        assertThat(got.status()).as(got.toString()).isIn(429, 503);
        assertThat(got.header("retry-after")).isNotEmpty();
        for (int i = 0; i < 5; i++) {
            assertThat(stage.get(file).status()).isIn(429, 503);
        }
        assertThat(stage.origin().count(file.file())).as("asked once").isEqualTo(1);
        stage.origin().heal();
        stage.healed(file);
    }

    @Test
    @DisplayName("reliability 7: half a body that ends with its connection: never stored, whatever is told of it")
    void body_endsEarlyUndelimited_notStored() throws Exception {
        for (int kib : new int[] {SMALL_KIB, LARGE_KIB}) {
            File file = FaultStage.fresh("close.early", kib);
            stage.get(file);
            stage.origin().heal();
            Got got = stage.get(file);
            assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
            stage.origin().harm();
        }
    }

    @ParameterizedTest(
            name = "reliability {0}: {1}, and the index knows better: never whole, quarantined, fetched again")
    @CsvSource({
        "7, close.early",
        "33, wrong.bytes",
        "34, short.whole",
        "34, html.login",
        "34, empty",
        "43, range.shifted",
        "45, changed.mid",
    })
    void file_disagreesWithIndex_refused(int row, String fault) throws Exception {
        assertThat(FaultStage.get(stage.url("listed", "src/contrib/PACKAGES.gz"))
                        .status())
                .isEqualTo(200);
        String page = stage.url("py", "simple/" + fault.replace('.', '-') + "/");
        assertThat(FaultStage.get(page).status()).isEqualTo(200);
        for (int kib : new int[] {SMALL_KIB, LARGE_KIB}) {
            File file = new File(fault, kib, 0);
            String name = fault.replace('.', '-') + "-" + kib + ".0.tar.gz";
            for (String url : List.of(stage.url("listed", "src/contrib/" + file.file()), linked(page, name))) {
                Got got = FaultStage.get(url);
                assertThat(got.cut() || got.status() >= 500).as(url + " " + got).isTrue();
                stage.origin().heal();
                FaultStage.healed(url, file.bytes());
                stage.origin().harm();
            }
        }
        assertThat(stage.forebay().said()).contains("Refused listed:src/contrib/" + fault);
    }

    private static String linked(String page, String name) {
        Got got = FaultStage.get(page);
        Matcher link = Pattern.compile("href=\"([^\"#]*" + Pattern.quote(name) + ")")
                .matcher(new String(got.body().orElseThrow(), StandardCharsets.UTF_8));
        assertThat(link.find()).as(got.toString()).isTrue();
        return URI.create(page).resolve(link.group(1)).toString();
    }

    @ParameterizedTest(name = "reliability {0}: an index whose revalidation is {1}: the old one is kept and served")
    @CsvSource({
        "44, reset.mid",
        "44, short.one",
        "44, length.twice",
        "44, stall.mid",
        "44, status.500",
        "34, html.login",
        "36, gzip.none",
        "36, gzip.bomb",
    })
    void index_revalidationFails_oldIsServed(int row, String fault) throws Exception {
        String index = stage.url("listed", "src/contrib/PACKAGES.gz");
        Got before = FaultStage.get(index);
        assertThat(before.status()).isEqualTo(200);
        stage.origin().put("/listed/src/contrib/PACKAGES.gz", fault);
        TimeUnit.MILLISECONDS.sleep(1_200);
        for (int i = 0; i < 3; i++) {
            Got got = FaultStage.get(index);
            assertThat(got.status()).as(got.toString()).isEqualTo(200);
            if (!fault.equals("gzip.bomb")) {
                assertThat(got.body()).hasValueSatisfying(body -> assertThat(body)
                        .isEqualTo(before.body().orElseThrow()));
            }
        }
        // What the bomb would tell of files is read with a cap: files are served all the same.
        File file = FaultStage.fresh("good", SMALL_KIB);
        FaultStage.healed(stage.url("listed", "src/contrib/" + file.file()), file.bytes());
        stage.origin().heal();
        TimeUnit.MILLISECONDS.sleep(1_200);
        FaultStage.get(index);
        FaultStage.healed(index, before.body().orElseThrow());
    }

    @Test
    @DisplayName("reliability 33: a file that is asked for before its index is held against the index all the same")
    void file_beforeItsIndex_isVerified() throws Exception {
        File file = new File("wrong.bytes", LARGE_KIB, 1);
        String url = stage.url("early", "src/contrib/" + file.file());
        Got got = FaultStage.get(url);
        assertThat(got.cut() || got.status() >= 500).as(got.toString()).isTrue();
        stage.origin().heal();
        FaultStage.healed(url, file.bytes());
    }

    @Test
    @DisplayName("reliability 34: a portal instead of an index nobody holds yet: 502, and the index when it is there")
    void index_portalFirst_isRefused() throws Exception {
        String page = stage.url("py", "simple/portal-first/");
        String index = stage.url("portal", "src/contrib/PACKAGES");
        stage.origin().put("/simple/portal-first/", "html.login");
        stage.origin().put("/listed/src/contrib/PACKAGES", "html.login");
        for (String url : List.of(page, index)) {
            assertThat(FaultStage.get(url).status()).as(url).isEqualTo(502);
        }
        stage.origin().heal();
        TimeUnit.MILLISECONDS.sleep(300);
        for (String url : List.of(page, index)) {
            assertThat(FaultStage.get(url).status()).as(url).isEqualTo(200);
        }
    }

    @ParameterizedTest(name = "reliability {0}: a plain index that becomes {1}: the old one is kept and served")
    @CsvSource({"34, html.login", "34, empty"})
    void index_plainBecomesNone_oldIsServed(int row, String fault) throws Exception {
        String index = stage.url("listed", "src/contrib/PACKAGES");
        Got before = FaultStage.get(index);
        assertThat(before.status()).isEqualTo(200);
        stage.origin().put("/listed/src/contrib/PACKAGES", fault);
        TimeUnit.MILLISECONDS.sleep(1_200);
        for (int i = 0; i < 3; i++) {
            FaultStage.assertNeverWrong(FaultStage.get(index), before.body().orElseThrow());
        }
        assertThat(FaultStage.get(index).status()).isEqualTo(200);
    }

    @Test
    @DisplayName(
            "reliability 35: a file that is newer than the index that is held: the index is asked again, then decided")
    void file_newerThanIndex_indexAskedAgain() throws Exception {
        // The first index promises other bytes than the file has; the one that replaces it promises the right ones.
        String index = stage.url("listed", "src/contrib/PACKAGES.gz");
        stage.origin().put("/listed/src/contrib/PACKAGES.gz", "index.old");
        TimeUnit.MILLISECONDS.sleep(1_200);
        FaultStage.get(index);
        TimeUnit.MILLISECONDS.sleep(300);
        FaultStage.get(index);
        stage.origin().heal();
        File file = new File("good", LARGE_KIB, 1);
        Got got = FaultStage.get(stage.url("listed", "src/contrib/" + file.file()));
        assertThat(got.whole(file.bytes())).as(got.toString()).isTrue();
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
