package io.forebay.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * One step of the schema. A step that was published never changes: a change is a further step.
 *
 * @param version counts from one without a gap
 * @param checksum SHA-256 of the text, in hexadecimal digits
 */
record Migration(int version, String name, List<String> statements, String checksum) {
    /** Every step, in order. */
    static final List<Migration> ALL = List.of(read(1, "0001-revisions"), read(2, "0002-upkeep"));

    Migration {
        statements = List.copyOf(statements);
    }

    /** A statement ends with a semicolon at the end of a line. */
    static Migration of(int version, String name, String text) {
        // A checkout may have changed the line ends; they are no part of the schema.
        String canonical = text.replace("\r\n", "\n");
        List<String> statements = new ArrayList<>();
        for (String statement : canonical.split(";\n")) {
            if (!statement.isBlank()) {
                statements.add(statement.strip());
            }
        }
        return new Migration(version, name, statements, sha256(canonical));
    }

    private static Migration read(int version, String name) {
        try (InputStream in = Migration.class.getResourceAsStream("migrations/" + name + ".sql")) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its migration " + name);
            }
            return of(version, name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(String text) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
