package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every simulation for a few seconds against the server as it is built. Nothing here judges time. */
class LoadIT {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    @ParameterizedTest
    @ValueSource(strings = {"UserMix", "Installers", "Herd", "Soak", "Storm"})
    @DisplayName("no wrong answer under load, no file fetched twice")
    void load_everySimulation_endsWithoutError(String simulation) throws IOException, InterruptedException {
        Path output = Files.createTempFile("load", ".out");
        try {
            ProcessBuilder command =
                    new ProcessBuilder(ROOT.resolve("scripts/load").toString(), simulation, "3", "0.02");
            command.environment().put("LOAD_AS_BUILT", "1");
            command.environment().put("LOAD_JVM", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
            command.redirectErrorStream(true).redirectOutput(output.toFile());
            int status = command.start().waitFor();
            String said = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(status).as(said).isZero();
            assertThat(said).containsPattern(simulation + ": [1-9][0-9]* requests, 0 errors");
            assertThat(ROOT.resolve("target/load").resolve(simulation).resolve("summary.json"))
                    .isNotEmptyFile();
        } finally {
            Files.delete(output);
        }
    }
}
