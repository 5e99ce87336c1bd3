package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * An origin with Forebay before it. With {@code -Dforebay.direct=true} Forebay is left out and clients ask the origin itself,
 * which shows whether a scenario is right without it.
 */
final class Stage implements AutoCloseable {
    private static final boolean DIRECT = Boolean.getBoolean("forebay.direct");

    /** Short, so that an origin that is down meets stale pages and not only fresh ones. */
    private static final String CACHE = "index-ttl = \"1s\"";

    private final LocalOrigin origin;
    private final Optional<ForebayProcess> forebay;
    private final Path directory;
    private int rounds;

    private Stage(LocalOrigin origin, Optional<ForebayProcess> forebay, Path directory) {
        this.origin = origin;
        this.forebay = forebay;
        this.directory = directory;
    }

    /** A scenario that a client plays in an empty directory. */
    interface Scenario {
        void play(Path fresh) throws Exception;
    }

    static Stage open(Path directory) throws IOException, InterruptedException {
        LocalOrigin origin = LocalOrigin.open();
        try {
            Optional<ForebayProcess> forebay = DIRECT
                    ? Optional.empty()
                    : Optional.of(ForebayProcess.start(directory.resolve("forebay"), origin, CACHE));
            return new Stage(origin, forebay, directory);
        } catch (IOException | InterruptedException | RuntimeException e) {
            origin.close();
            throw e;
        }
    }

    /** Ends the test as skipped only when that was asked for by {@code -Dforebay.clients=skip}. */
    static void needsClients() {
        Assumptions.assumeFalse("skip".equals(System.getProperty("forebay.clients")), "real clients are left out");
    }

    LocalOrigin origin() {
        return origin;
    }

    boolean direct() {
        return DIRECT;
    }

    ForebayProcess forebay() {
        return forebay.orElseThrow();
    }

    /** The base of the Python repository: {@code simple/} lies below it. */
    String pypi() {
        return forebay.map(server -> server.url() + "/pypi/latest").orElseGet(origin::pypi);
    }

    String simple() {
        return pypi() + "/simple/";
    }

    String cran() {
        return forebay.map(server -> server.url() + "/cran/latest").orElseGet(origin::cran);
    }

    String bioconductor() {
        return forebay.map(server -> server.url() + "/bioconductor/latest").orElseGet(origin::bioconductor);
    }

    /** Plays a scenario cold, warm, and with the origin stopped; the artifacts named were asked for once in all that time. */
    void coldWarmAndOffline(List<String> artifacts, Scenario scenario) throws Exception {
        play(scenario);
        if (DIRECT) {
            assertThat(artifacts)
                    .allSatisfy(path -> assertThat(origin.gets(path)).isNotEmpty());
            return;
        }
        play(scenario);
        offline(scenario);
        assertThat(artifacts).allSatisfy(path -> assertThat(origin.gets(path))
                .as("asked of the origin: " + path)
                .hasSize(1));
    }

    /** Plays a scenario cold and with the origin stopped: for what takes long. */
    void coldAndOffline(List<String> artifacts, Scenario scenario) throws Exception {
        play(scenario);
        if (!DIRECT) {
            offline(scenario);
            assertThat(artifacts).allSatisfy(path -> assertThat(origin.gets(path))
                    .as("asked of the origin: " + path)
                    .hasSize(1));
        }
    }

    private void offline(Scenario scenario) throws Exception {
        origin.stop();
        try {
            play(scenario);
        } finally {
            origin.start();
        }
    }

    private void play(Scenario scenario) throws Exception {
        scenario.play(Files.createDirectories(directory.resolve("round-" + rounds++)));
    }

    @Override
    public void close() throws InterruptedException {
        origin.close();
        if (forebay.isPresent()) {
            forebay.get().close();
        }
    }
}
