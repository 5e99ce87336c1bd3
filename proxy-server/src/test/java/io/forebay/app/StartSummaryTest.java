package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.store.BlobStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StartSummaryTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path directory;

    @Test
    void lines_sayWhatAnAdministratorAsks() throws Exception {
        StartSummary summary = summary("[sources.cran]\ntoken = \"hunter2\"\n");
        assertThat(summary.lines())
                .anyMatch(line -> line.startsWith("Forebay unpackaged on Java " + System.getProperty("java.version")))
                .anyMatch(line -> line.startsWith("listening on http://x:1, configuration " + directory))
                .contains("repository pypi from pypi (https://pypi.org)")
                .contains("data in " + directory + ": 3.00 GiB in 12 blobs, at most 90.0 GiB; 50.0 GiB of 100 GiB free")
                .anyMatch(
                        line -> line.startsWith("limits: 10000 connections, 1000 of one address, 64 to one origin, "));
        assertThat(String.join("\n", summary.lines())).doesNotContain("hunter2");
    }

    @Test
    void warnings_moreConnectionsThanOpenFiles_sayHowToRaiseThem() throws Exception {
        assertThat(summary("[http]\nmax-connections = 2000000000\n").warnings())
                .singleElement()
                .asString()
                .contains("LimitNOFILE");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "999, 999 B", "1000, 0.98 KiB", "1023, 1.00 KiB", "1536, 1.50 KiB", "10737418240, 10.0 GiB"})
    void size_hasThreeDigits(long bytes, String text) {
        assertThat(StartSummary.size(bytes)).isEqualTo(text);
    }

    private StartSummary summary(String text) throws Exception {
        Path file = Files.writeString(directory.resolve("forebay.toml"), text);
        ConfigurationReader.Read read = ConfigurationReader.read(Optional.of(file), Map.of(), List.of());
        return StartSummary.of(
                read.configuration(),
                read.file(),
                "http://x:1",
                directory,
                new BlobStore.Usage(12, 3 * GIB, 50 * GIB, 100 * GIB));
    }
}
