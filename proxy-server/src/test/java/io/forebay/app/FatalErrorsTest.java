package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class FatalErrorsTest {
    private static final int SECONDS_MAX = 60;
    private static final int AT_ONCE = 16;

    @TempDir
    Path directory;

    /** A process of its own; it lives until something ends it. */
    static final class Doomed {
        private Doomed() {}

        public static void main(String[] how) throws InterruptedException {
            FatalErrors.endTheProcess();
            int threads = how[0].endsWith("at once") ? AT_ONCE : 1;
            CountDownLatch all = new CountDownLatch(threads);
            for (int i = 0; i < threads; i++) {
                Thread thread = new Thread(
                        () -> {
                            all.countDown();
                            while (all.getCount() > 0) {
                                Thread.onSpinWait();
                            }
                            fail(how[0]);
                        },
                        "store-packs");
                thread.setDaemon(true);
                thread.start();
            }
            TimeUnit.SECONDS.sleep(SECONDS_MAX);
        }

        private static void fail(String how) {
            if (how.startsWith("thrown")) {
                throw new OutOfMemoryError("Java heap space");
            }
            LoggerFactory.getLogger("netty")
                    .warn("caught by {}", "a loop", new IllegalStateException(new OutOfMemoryError("Java heap space")));
        }
    }

    @ParameterizedTest(name = "reliability 85: an error that is {0} ends the process with one line")
    @CsvSource({"thrown,store-packs met", "thrown by many at once,store-packs met", "logged,netty met"})
    @DisplayName("errors that a process must not outlive")
    void error_fatal_endsTheProcess(String how, String said) throws Exception {
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Doomed.class.getName(),
                        how)
                .redirectError(err.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(SECONDS_MAX / 2, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(FatalErrors.STATUS);
            String told = Files.readString(err, StandardCharsets.UTF_8);
            assertThat(told).containsOnlyOnce("forebay: ");
            assertThat(told.lines().filter(line -> line.startsWith("forebay: ")))
                    .singleElement()
                    .asString()
                    .contains(said, "OutOfMemoryError", "Java heap space");
        } finally {
            process.destroyForcibly();
        }
    }
}
