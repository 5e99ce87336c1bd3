package io.forebay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A library of the runnable jar, as the build resolved it. */
record RuntimeDependency(String group, String artifact, String version) {
    /** {@code group:artifact:type[:classifier]:version:scope}, perhaps with the module's name behind it. */
    private static final Pattern LINE = Pattern.compile(
            "\\s+(?<group>[\\w.-]+):(?<artifact>[\\w.-]+):\\w[\\w-]*(?::[\\w.-]+)?:(?<version>[\\w.-]+):(?:compile|runtime)\\b.*");

    /** All of them; the build writes the file before the tests are compiled. */
    static List<RuntimeDependency> all() throws IOException {
        return Files.readAllLines(Path.of("target", "runtime-dependencies.txt")).stream()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .map(line -> new RuntimeDependency(line.group("group"), line.group("artifact"), line.group("version")))
                .distinct()
                .toList();
    }

    String name() {
        return group + ":" + artifact;
    }
}
