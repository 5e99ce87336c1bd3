package io.forebay.app;

import io.forebay.catalog.Entry;
import io.forebay.catalog.Notes;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/**
 * What one server writes for another that has no way to the origins. Everything in it is plain: JSON lines, and files that
 * {@code sha256sum -c SHA256SUMS} checks.
 *
 * <pre>
 * catalog.jsonl          one note ({@link Notes}) a line: a revision of a resource
 * blobs/ab/abcd...       the bytes, under their SHA-256
 * SHA256SUMS             of all of them, written last: without it this is no whole export
 * </pre>
 *
 * <p>Blocks. Failure: {@link ForebayException} of kind {@code BAD_REQUEST} that names the file which is not what it should be.
 *
 * @param path of the directory
 */
record ExportDirectory(Path path) {
    static final String CATALOG = "catalog.jsonl";
    static final String SUMS = "SHA256SUMS";
    static final String BLOBS = "blobs";
    private static final int CHUNK = 1 << 20;

    /** An entry as it is read, one after another. */
    @FunctionalInterface
    interface Reader {
        void take(Entry entry) throws IOException;
    }

    /** Name of a blob's file, relative to the directory. */
    static String name(Digest digest) {
        return BLOBS + "/" + digest.hex().substring(0, 2) + "/" + digest.hex();
    }

    Path blob(Digest digest) {
        return path.resolve(name(digest));
    }

    /** Refuses what is no export, or one that was cut or changed. */
    void checkCatalog() throws IOException {
        if (!Files.isRegularFile(path.resolve(SUMS))) {
            throw ForebayException.badRequest(path + " is no whole export: it has no " + SUMS);
        }
        if (!Files.isRegularFile(path.resolve(CATALOG))) {
            throw ForebayException.badRequest(path + " is no whole export: it has no " + CATALOG);
        }
        String sum = HexFormat.of().formatHex(sha256(path.resolve(CATALOG), bytes -> {}));
        try (BufferedReader lines = Files.newBufferedReader(path.resolve(SUMS), StandardCharsets.UTF_8)) {
            if (!line(sum, CATALOG).equals(lines.readLine() + "\n")) {
                throw ForebayException.badRequest(CATALOG + " is not what " + SUMS + " says: export again");
            }
        } catch (MalformedInputException e) {
            throw ForebayException.badRequest(SUMS + " is no list of checksums: export again");
        }
    }

    static String line(String sum, String name) {
        return sum + "  " + name + "\n";
    }

    /** Reads every entry, in the order they were written. */
    void entries(Reader reader) throws IOException {
        entries(path.resolve(CATALOG), reader);
    }

    static void entries(Path file, Reader reader) throws IOException {
        long number = 0;
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                long at = number;
                reader.take(Notes.read(line.getBytes(StandardCharsets.UTF_8))
                        .orElseThrow(() -> ForebayException.badRequest(
                                "line " + at + " of " + CATALOG + " is no entry that this Forebay can read")));
            }
        } catch (MalformedInputException e) {
            throw ForebayException.badRequest("line " + (number + 1) + " of " + CATALOG + " is no UTF-8");
        }
    }

    /** Refuses a blob whose file is missing, or is not what its name and the catalog say. */
    void checkBlob(Digest digest, long size, LongConsumer progress) throws IOException {
        Path file = blob(digest);
        if (!Files.isRegularFile(file)) {
            throw ForebayException.badRequest(name(digest) + " is missing in the export");
        }
        if (Files.size(file) != size
                || !HexFormat.of().formatHex(sha256(file, progress)).equals(digest.hex())) {
            throw damaged(digest);
        }
    }

    static ForebayException damaged(Digest digest) {
        return ForebayException.badRequest(
                name(digest) + " is damaged: its bytes are not what its name says; copy the export again");
    }

    /** @param progress told of every piece's length */
    private static byte[] sha256(Path file, LongConsumer progress) throws IOException {
        MessageDigest hash = sha256();
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                hash.update(chunk, 0, n);
                progress.accept(n);
            }
        }
        return hash.digest();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
