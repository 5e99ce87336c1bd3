package io.forebay.app;

import io.forebay.store.BlobStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an administrator wants to see in the log after a start: version, addresses, repositories, data, limits.
 *
 * @param lines in that order
 * @param warnings what does not fit together
 */
record StartSummary(List<String> lines, List<String> warnings) {
    private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files +(\\d+)");

    /** Files beside one for each client: the database, packs, open bodies, origins. */
    private static final long OTHER_FILES = 2_000;

    StartSummary {
        lines = List.copyOf(lines);
        warnings = List.copyOf(warnings);
    }

    /** @param base URL by which clients reach the server */
    static StartSummary of(
            Configuration configuration, Optional<Path> file, String base, Path data, BlobStore.Usage usage) {
        Runtime runtime = Runtime.getRuntime();
        List<String> lines = new ArrayList<>();
        lines.add("Forebay %s on Java %s: %d processors, heap of at most %s"
                .formatted(
                        Forebay.version(),
                        System.getProperty("java.version"),
                        runtime.availableProcessors(),
                        size(runtime.maxMemory())));
        lines.add("listening on " + base + ", configuration "
                + file.map(Path::toString).orElse("built in"));
        configuration.repositories().values().forEach(repository -> lines.add(repository(configuration, repository)));
        lines.add("data in %s: %s in %d blobs, at most %s; %s of %s free"
                .formatted(
                        data,
                        size(usage.bytes()),
                        usage.blobs(),
                        size(configuration.cache().maxSize().of(usage.totalBytes())),
                        size(usage.freeBytes()),
                        size(usage.totalBytes())));
        Configuration.Http http = configuration.http();
        OptionalLong openFiles = openFiles();
        lines.add(
                "limits: %d connections, %d of one address, %d to one origin, %s for small bodies, %s open files, %d s to drain"
                        .formatted(
                                http.maxConnections(),
                                http.maxConnectionsPerAddress(),
                                configuration.upstream().maxConnections(),
                                size(configuration.cache().memory().bytes()),
                                openFiles.isPresent() ? Long.toString(openFiles.getAsLong()) : "unknown",
                                http.drainTimeout().toSeconds()));
        List<String> warnings = new ArrayList<>();
        long needed = http.maxConnections() + OTHER_FILES;
        if (openFiles.isPresent() && openFiles.getAsLong() < needed) {
            warnings.add(
                    "only %d files may be open, http.max-connections = %d needs %d: raise the limit (ulimit -n, LimitNOFILE)"
                            .formatted(openFiles.getAsLong(), http.maxConnections(), needed));
        }
        return new StartSummary(lines, warnings);
    }

    private static String repository(Configuration configuration, Configuration.RepositoryOptions repository) {
        List<String> sources = repository.sources().stream()
                .map(name -> name + " (" + configuration.source(name).source().url() + ")")
                .toList();
        return "repository " + repository.name() + " from " + String.join(", ", sources);
    }

    /** How many files this process may have open; from the kernel, because the JDK's own way costs a good part of a start. */
    private static OptionalLong openFiles() {
        try {
            Matcher matcher =
                    OPEN_FILES.matcher(Files.readString(Path.of("/proc/self/limits"), StandardCharsets.US_ASCII));
            return matcher.find() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Three digits and a unit, such as {@code 1.25 GiB}. */
    static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < 4) {
            value /= 1024;
            unit++;
        }
        String number = unit == 0
                ? Long.toString(bytes)
                : String.format(Locale.ROOT, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
        return number + " " + List.of("B", "KiB", "MiB", "GiB", "TiB").get(unit);
    }
}
