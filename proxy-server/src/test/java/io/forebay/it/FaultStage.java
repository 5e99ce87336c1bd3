package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.load.fault.FaultOrigin;
import io.forebay.load.fault.Packages;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The real program before an origin that misbehaves, with time-outs short enough for tests. Repositories: {@code bare} has no
 * index, {@code listed} has one with checksums, {@code py} speaks PEP 503. Threads may ask at the same time.
 */
final class FaultStage implements AutoCloseable {
    /** Time-outs of a second, and what a busy machine adds. */
    static final Duration ANSWER_MAX = Duration.ofSeconds(20);

    static final int SMALL_KIB = 20;
    static final int LARGE_KIB = 300;

    /** Each test has files of its own, so that none meets what another left. Indexes list the first few serials only. */
    private static final AtomicInteger SERIAL = new AtomicInteger(100);

    private static final Duration HEALED_MAX = Duration.ofSeconds(20);

    /** A package file, of which {@link #bytes} are the right bytes. */
    record File(String name, int kib, long serial) {
        String file() {
            return name + "_" + kib + "." + serial + ".tar.gz";
        }

        byte[] bytes() {
            return Packages.bytes(name, kib, serial);
        }
    }

    /**
     * What a client saw.
     *
     * @param status -1 when the connection ended before a whole head
     * @param body empty when the answer was cut short of its framing
     */
    record Got(int status, Map<String, List<String>> headers, Optional<byte[]> body) {
        boolean whole(byte[] right) {
            return status == 200
                    && body.filter(bytes -> Arrays.equals(bytes, right)).isPresent();
        }

        boolean cut() {
            return body.isEmpty();
        }

        String header(String name) {
            return String.join(", ", headers.getOrDefault(name, List.of()));
        }

        @Override
        public String toString() {
            return status + " " + headers + body.map(FaultStage::shown).orElse(" cut");
        }
    }

    private static String shown(byte[] bytes) {
        return bytes.length < 500 ? " " + new String(bytes, StandardCharsets.UTF_8) : " " + bytes.length + " bytes";
    }

    private final FaultOrigin origin;
    private final ForebayProcess forebay;

    private FaultStage(FaultOrigin origin, ForebayProcess forebay) {
        this.origin = origin;
        this.forebay = forebay;
    }

    static FaultStage open(Path directory, String... jvm) throws IOException, InterruptedException {
        return open(directory, origin -> "", Map.of(), jvm);
    }

    /** Tables that are added to the configuration. */
    interface More {
        String of(FaultOrigin origin) throws IOException;
    }

    static FaultStage open(Path directory, More more, Map<String, String> environment, String... jvm)
            throws IOException, InterruptedException {
        FaultOrigin origin = FaultOrigin.start(0);
        try {
            String tables = tables(origin) + more.of(origin);
            return new FaultStage(origin, ForebayProcess.start(directory, tables, environment, jvm));
        } catch (IOException | InterruptedException | RuntimeException e) {
            origin.close();
            throw e;
        }
    }

    static String tables(FaultOrigin origin) {
        return """
                [cache]
                index-ttl = "1s"
                stale-while-revalidate = "1ms"
                not-found-ttl = "500ms"
                failure-ttl = "200ms"
                max-size = "100%%"
                [http]
                head-timeout = "2s"
                idle-timeout = "3s"
                drain-timeout = "15s"
                [upstream]
                connect-timeout = "1s"
                first-byte-timeout = "1s"
                idle-timeout = "1s"
                retries = 1
                [sources.pypi]
                enabled = false
                [sources.cran]
                enabled = false
                [sources.bioconductor]
                enabled = false
                [sources.bare]
                type = "cran"
                url = "%1$s/bare"
                [sources.listed]
                type = "cran"
                url = "%1$s/listed"
                [sources.py]
                type = "pypi"
                url = "%1$s"
                [repositories.bare]
                sources = ["bare"]
                [repositories.listed]
                sources = ["listed"]
                [repositories.py]
                sources = ["py"]
                [repositories.pypi]
                enabled = false
                [repositories.cran]
                enabled = false
                [repositories.bioconductor]
                enabled = false
                """.formatted(origin.url());
    }

    FaultOrigin origin() {
        return origin;
    }

    ForebayProcess forebay() {
        return forebay;
    }

    /** A file that nobody has asked for before. */
    static File fresh(String name, int kib) {
        return new File(name, kib, SERIAL.incrementAndGet());
    }

    String url(String repository, String path) {
        return forebay.url() + "/" + repository + "/latest/" + path;
    }

    Got get(File file, String... headers) {
        return get(url("bare", "src/contrib/" + file.file()), headers);
    }

    /** Asks on a connection of its own. A client that waits longer than {@link #ANSWER_MAX} fails the test: that is a hang. */
    static Got get(String url, String... headers) {
        try (Wire wire = new Wire()) {
            Wire.Answer answer = wire.get(url, List.of(headers));
            return new Got(
                    answer.status(), answer.headers(), Optional.of(answer.body().bytes()));
        } catch (SocketTimeoutException e) {
            throw new AssertionError("hangs: " + url, e);
        } catch (Wire.CutException e) {
            return new Got(e.status(), e.headers(), Optional.empty());
        } catch (EOFException | SocketException e) {
            return new Got(-1, Map.of(), Optional.empty());
        } catch (IOException e) {
            throw new AssertionError(url, e);
        }
    }

    /** Asks until the right bytes come, as a client does that tries again. */
    Got healed(File file) throws InterruptedException {
        return healed(url("bare", "src/contrib/" + file.file()), file.bytes());
    }

    static Got healed(String url, byte[] right) throws InterruptedException {
        return healed(url, right, HEALED_MAX);
    }

    static Got healed(String url, byte[] right, Duration max) throws InterruptedException {
        long deadline = System.nanoTime() + max.toNanos();
        Got got = get(url);
        while (!got.whole(right) && System.nanoTime() < deadline) {
            assertNeverWrong(got, right);
            Thread.sleep(50);
            got = get(url);
        }
        assertThat(got.whole(right)).as(url + " is had again: " + got).isTrue();
        return got;
    }

    /** Until the disk has it, who asks joins the flight. */
    Got kept(File file) throws InterruptedException {
        long deadline = System.nanoTime() + HEALED_MAX.toNanos();
        Got got = get(file);
        while (!(got.whole(file.bytes()) && got.header("cache-status").contains("hit"))) {
            assertNeverWrong(got, file.bytes());
            assertThat(System.nanoTime()).as("a hit: " + got).isLessThan(deadline);
            Thread.sleep(50);
            got = get(file);
        }
        return got;
    }

    /** The rule behind every row: no answer that says it is good and whole is anything else. */
    static void assertNeverWrong(Got got, byte[] right) {
        if (got.status() == 200 && got.body().isPresent()) {
            assertThat(got.whole(right))
                    .as("a 200 that ends well has the right bytes: " + got)
                    .isTrue();
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        origin.close();
        forebay.close();
    }
}
