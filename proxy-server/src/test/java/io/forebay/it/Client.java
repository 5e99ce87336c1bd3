package io.forebay.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a real client with a home, caches and a configuration of its own below one directory: nothing that the machine sets up
 * for pip or R reaches it. Not for use by several threads.
 */
final class Client {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    /** Variables by which a machine steers clients. */
    private static final String STEERING =
            "(?i)(PIP|UV|R|POETRY|PDM|TWINE|PYTHON|VIRTUAL|XDG|CONDA|BIOCONDUCTOR|REMOTES)_.*|.*_proxy|R_?LIBS.*"
                    + "|VIRTUAL_ENV|PYTHONPATH|PYTHONHOME|MAKEFLAGS|GITHUB_PAT";

    /**
     * What a command left.
     *
     * @param output both its streams, as they came
     */
    record Outcome(int status, String output) {}

    private final Path directory;
    private final Map<String, String> environment = new LinkedHashMap<>();

    Client(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        Path home = Files.createDirectories(directory.resolve("home"));
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        environment.put("HOME", home.toString());
        environment.put("XDG_CACHE_HOME", home.resolve("cache").toString());
        environment.put("XDG_CONFIG_HOME", home.resolve("config").toString());
        environment.put("XDG_DATA_HOME", home.resolve("data").toString());
        environment.put("TMPDIR", temporary.toString());
        environment.put("PIP_CONFIG_FILE", "/dev/null");
        environment.put("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        // What Python would compile of an installed file it compiles when it is imported.
        environment.put("PIP_NO_COMPILE", "1");
        environment.put("LC_ALL", "C.UTF-8");
    }

    Client with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Path directory() {
        return directory;
    }

    /**
     * Runs a command to its end.
     *
     * @throws IllegalStateException when the program is not installed, naming the package that brings it, or runs too long
     */
    Outcome run(String debianPackage, String... command) throws IOException, InterruptedException {
        Path log = directory.resolve("output-" + System.nanoTime() + ".txt");
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.matches(STEERING));
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new IllegalStateException(command[0] + " is missing: apt-get install " + debianPackage, e);
        }
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
            throw new IllegalStateException(
                    String.join(" ", command) + " ran longer than " + LIMIT + ": " + Files.readString(log));
        }
        return new Outcome(process.exitValue(), new String(Files.readAllBytes(log), StandardCharsets.UTF_8));
    }
}
