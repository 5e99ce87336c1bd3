package io.forebay.load.origin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** The texts around files: R's indexes, PEP 691 pages, core metadata. */
final class Pages {
    private static final Instant FIRST_UPLOAD = Instant.parse("2020-01-01T12:00:00Z");

    /** About what the description of a real project has. */
    private static final int METADATA_LINES = 60;

    private Pages() {}

    static String packages(List<Artifact> files) {
        StringBuilder text = new StringBuilder(files.size() * 160);
        for (Artifact file : files) {
            int underscore = file.name().indexOf('_');
            text.append("Package: ")
                    .append(file.name(), 0, underscore)
                    .append("\nVersion: ")
                    .append(file.name(), underscore + 1, file.name().length() - ".tar.gz".length())
                    .append("\nDepends: R (>= 3.5.0)\nLicense: GPL-3\nMD5sum: ")
                    .append(file.digests().md5())
                    .append("\nNeedsCompilation: no\n\n");
        }
        return text.toString();
    }

    static byte[] gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static String bioconductorConfig() {
        return "release_version: \"" + Catalogue.RELEASE + "\"\n"
                + "r_version_associated_with_release: \"4.5.0\"\n"
                + "r_ver_for_bioc_ver:\n  \"" + Catalogue.RELEASE + "\": \"4.5\"\n";
    }

    /** The page of one project. Names and paths here need no escaping. */
    static String project(String project, List<Artifact> wheels, String origin) {
        StringBuilder json = new StringBuilder(wheels.size() * 600);
        json.append("{\"meta\":{\"api-version\":\"1.1\",\"_last-serial\":1},\"name\":\"")
                .append(project)
                .append("\",\"versions\":[");
        for (int i = 0; i < wheels.size(); i++) {
            json.append(i == 0 ? "\"1." : ",\"1.").append(i).append('"');
        }
        json.append("],\"files\":[");
        for (int i = 0; i < wheels.size(); i++) {
            json.append(i == 0 ? "" : ",");
            file(json, wheels.get(i), origin, FIRST_UPLOAD.plus(i, ChronoUnit.DAYS));
        }
        return json.append("]}").toString();
    }

    private static void file(StringBuilder json, Artifact wheel, String origin, Instant uploaded) {
        String metadata =
                Hashes.of(metadata(wheel).getBytes(StandardCharsets.UTF_8)).sha256();
        json.append("{\"filename\":\"")
                .append(wheel.name())
                .append("\",\"url\":\"")
                .append(origin)
                .append(wheel.path())
                .append("\",\"hashes\":{\"sha256\":\"")
                .append(wheel.digests().sha256())
                .append("\"},\"size\":")
                .append(wheel.length())
                .append(",\"requires-python\":\">=3.8\",\"upload-time\":\"")
                .append(uploaded)
                .append("\",\"core-metadata\":{\"sha256\":\"")
                .append(metadata)
                .append("\"},\"data-dist-info-metadata\":{\"sha256\":\"")
                .append(metadata)
                .append("\"},\"yanked\":false}");
    }

    static String metadata(Artifact wheel) {
        String[] parts = wheel.name().split("-", -1);
        StringBuilder text = new StringBuilder("Metadata-Version: 2.1\nName: " + parts[0] + "\nVersion: " + parts[1]
                + "\nRequires-Python: >=3.8\nDescription-Content-Type: text/plain\n\n");
        for (int i = 0; i < METADATA_LINES; i++) {
            text.append("Line ").append(i).append(" of what ").append(parts[0]).append(" says of itself.\n");
        }
        return text.toString();
    }

    /** The page that names every project. It is asked for rarely, and made anew each time. */
    static String projects(int count) {
        StringBuilder json = new StringBuilder(count * 20);
        json.append("{\"meta\":{\"api-version\":\"1.1\",\"_last-serial\":1},\"projects\":[");
        for (int i = 0; i < count; i++) {
            json.append(i == 0 ? "{\"name\":\"" : ",{\"name\":\"")
                    .append(Names.of(i))
                    .append("\"}");
        }
        return json.append("]}").toString();
    }
}
