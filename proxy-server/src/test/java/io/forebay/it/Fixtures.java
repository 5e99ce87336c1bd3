package io.forebay.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Where the real packages lie. Asking for them runs {@code scripts/fixtures}, which ends at once when they are there.
 */
final class Fixtures {
    private static final long GATHER_MINUTES_MAX = 10;

    private Fixtures() {}

    /** The project's root: the directory that holds {@code scripts}. */
    static Path root() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve("scripts/fixtures"))) {
            here = here.getParent();
            if (here == null) {
                throw new IllegalStateException("run the tests inside the project");
            }
        }
        return here;
    }

    static Path directory() {
        return Holder.DIRECTORY;
    }

    static Path cran() {
        return directory().resolve("cran");
    }

    static Path bioconductor() {
        return directory().resolve("bioconductor");
    }

    static Path python() {
        return directory().resolve("python");
    }

    /** The Bioconductor release that was laid out: there is one. */
    static String biocRelease() {
        return names(bioconductor().resolve("packages")).get(0);
    }

    /** Version of a package in {@code src/contrib}. */
    static String cranVersion(String name) {
        return names(cran().resolve("src/contrib")).stream()
                .filter(file -> file.startsWith(name + "_") && file.endsWith(".tar.gz"))
                .map(file -> file.substring(name.length() + 1, file.length() - ".tar.gz".length()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no CRAN fixture of " + name));
    }

    static List<String> names(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Holder {
        static final Path DIRECTORY = gather();

        private static Path gather() {
            Path target = root().resolve("target/fixtures");
            try {
                Path log = Files.createTempFile("fixtures", ".log");
                Process process = new ProcessBuilder(
                                root().resolve("scripts/fixtures").toString(), target.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
                if (!process.waitFor(GATHER_MINUTES_MAX, TimeUnit.MINUTES)) {
                    process.destroyForcibly();
                    throw new IllegalStateException(
                            "scripts/fixtures took longer than " + GATHER_MINUTES_MAX + " minutes");
                }
                String said = Files.readString(log, StandardCharsets.UTF_8);
                Files.delete(log);
                if (process.exitValue() != 0) {
                    throw new IllegalStateException("scripts/fixtures failed: " + said);
                }
                return target;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }
}
