package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.forebay.model.Source;
import io.forebay.repository.Repositories;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** SIGHUP: what changes at once, what waits, and what a mistake does. */
class ReloadTest {
    @TempDir
    Path directory;

    private final Logger logger = (Logger) LoggerFactory.getLogger(Reload.class);
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final List<Configuration.Log> applied = new ArrayList<>();
    private final List<String> audited = new ArrayList<>();
    private final List<Configuration> routed = new ArrayList<>();
    private boolean refused;

    @BeforeEach
    void listen() {
        said.start();
        logger.addAppender(said);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(said);
    }

    @Test
    void run_levelAndFormat_areApplied() {
        Reload reload = reload("");
        write("[log]\nlevel = \"debug\"\nformat = \"json\"\n");
        reload.run();
        assertThat(applied).containsExactly(new Configuration.Log("debug", "json", true, "auto"));
        assertThat(lines()).containsExactly("INFO Reload: the log is at level debug in format json");
    }

    @Test
    void run_accessFormat_isAppliedAndToldByItself() {
        Reload reload = reload("");
        write("[log]\naccess-format = \"json\"\n");
        reload.run();
        assertThat(applied).extracting(Configuration.Log::accessLine).containsExactly("json");
        assertThat(lines()).containsExactly("INFO Reload: log.access-format: json in force");
    }

    @Test
    void run_otherKeys_areNamedOneByOneAndNotTheirValues() {
        Reload reload = reload("");
        write("listen = \"127.0.0.1:1\"\n[database]\nurl = \"r2dbc:hunter2\"\n");
        reload.run();
        assertThat(applied).isEmpty();
        assertThat(lines())
                .containsExactly(
                        "WARN Reload: database.url has changed and takes effect at the next start",
                        "WARN Reload: listen has changed and takes effect at the next start");
    }

    @Test
    void run_rules_areInForceAndTakenBack() {
        Reload reload = reload("");
        write("[[policy.rules]]\nname = \"no\"\npackage = \"evil\"\n");
        reload.run();
        write("");
        reload.run();
        reload.run();
        assertThat(lines())
                .containsExactly(
                        "INFO Reload: policy.rules: 1 in force",
                        "INFO Reload: policy.rules: 0 in force",
                        "INFO Reload: the configuration has not changed");
        assertThat(routed)
                .extracting(configuration -> configuration.rules().size())
                .containsExactly(1, 0, 0);
    }

    @Test
    void run_otherSourcesOfARepository_areInForce() {
        String second = "[sources.mirror]\ntype = \"cran\"\nurl = \"http://127.0.0.1:9\"\n";
        Reload reload = reload(second);
        write(second + "[repositories.cran]\nsources = [\"mirror\", \"cran\"]\n");
        reload.run();
        assertThat(lines()).containsExactly("INFO Reload: repositories.cran is in force; its sources: mirror, cran");
        assertThat(routed).singleElement().satisfies(configuration -> assertThat(
                        new Repositories(new Parts(configuration).repositories())
                                .find("cran")
                                .orElseThrow()
                                .sources())
                .extracting(Source::name)
                .containsExactly("mirror", "cran"));
    }

    @Test
    void run_sourcesOwnKeys_areInForceAndTheirValuesNotTold() {
        Reload reload = reload("[sources.cran]\nurl = \"http://127.0.0.1:8\"\n");
        write("[sources.cran]\nurl = \"http://127.0.0.1:9\"\ntoken = \"hunter2\"\n");
        reload.run();
        reload.run();
        assertThat(lines())
                .containsExactly(
                        "INFO Reload: sources.cran: token, url in force",
                        "INFO Reload: the configuration has not changed");
        assertThat(routed).first().satisfies(configuration -> assertThat(
                        new Parts(configuration).origins().get("cran").url())
                .hasPort(9));
    }

    @Test
    void run_newSourceAndRepository_areInForceAndTakenBack() {
        Reload reload = reload("");
        write("""
                [sources.mirror]
                type = "cran"
                url = "http://127.0.0.1:9"
                [repositories.cran]
                sources = ["mirror"]
                [repositories.more]
                sources = ["mirror"]
                """);
        reload.run();
        write("");
        reload.run();
        assertThat(lines())
                .containsExactly(
                        "INFO Reload: sources.mirror is new",
                        "INFO Reload: repositories.cran is in force; its sources: mirror",
                        "INFO Reload: repositories.more is in force; its sources: mirror",
                        "INFO Reload: sources.mirror is no more",
                        "INFO Reload: repositories.cran is in force; its sources: cran",
                        "INFO Reload: repositories.more is no more");
        assertThat(audited.get(0))
                .isEqualTo("repositories.cran.sources repositories.more.sources sources.mirror.type sources.mirror.url:"
                        + " done");
    }

    @Test
    void run_sourceThatCannotBeUsed_changesNothingAndSaysWhere() {
        refused = true;
        Reload reload = reload("");
        write("[log]\nlevel = \"debug\"\n[sources.cran]\nca = \"%s\"\n".formatted(directory.resolve("forebay.toml")));
        reload.run();
        assertThat(applied).isEmpty();
        assertThat(lines())
                .singleElement()
                .asString()
                .startsWith("ERROR Reload: nothing is changed: " + directory.resolve("forebay.toml")
                        + ":4: sources.cran.ca: ");
        refused = false;
        said.list.clear();
        reload.run();
        assertThat(lines()).contains("INFO Reload: the log is at level debug in format text");
    }

    @Test
    void run_eachTime_isAuditedWithTheKeysAndNotTheirValues() {
        Reload reload = reload("");
        write("[log]\nlevel = \"debug\"\n[sources.cran]\ntoken = \"hunter2\"\n");
        reload.run();
        write("[log]\nlevel = \"loud\"\n");
        reload.run();
        assertThat(audited)
                .satisfiesExactly(
                        done -> assertThat(done).isEqualTo("log.level sources.cran.token: done"),
                        failed -> assertThat(failed).startsWith(": failed: ").contains("forebay.toml:2"));
    }

    @Test
    void run_takenBack_isNamedNoMore() {
        Reload reload = reload("");
        write("listen = \"127.0.0.1:1\"\n");
        reload.run();
        write("");
        reload.run();
        assertThat(lines()).last().isEqualTo("INFO Reload: the configuration has not changed");
    }

    @Test
    void run_mistake_changesNothingAndSaysWhere() {
        Reload reload = reload("");
        write("[log]\nlevel = \"loud\"\n");
        reload.run();
        assertThat(applied).isEmpty();
        assertThat(routed).isEmpty();
        assertThat(lines())
                .singleElement()
                .asString()
                .startsWith("ERROR Reload: nothing is changed: ")
                .contains("forebay.toml:2");
    }

    private Reload reload(String text) {
        write(text);
        return new Reload(
                new Configured(this::read),
                applied::add,
                this::route,
                (subject, outcome) -> audited.add(subject + ": " + outcome));
    }

    private void route(Configuration configuration) {
        if (refused) {
            throw configuration.refused(new IllegalArgumentException("sources.cran.ca: no certificate"));
        }
        routed.add(configuration);
    }

    private ConfigurationReader.Read read() {
        return ConfigurationReader.read(Optional.of(directory.resolve("forebay.toml")), Map.of(), List.of());
    }

    private void write(String text) {
        try {
            Files.writeString(directory.resolve("forebay.toml"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> lines() {
        return said.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }
}
