package io.forebay.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secret by which a command on the server's machine shows that it may read the data: a file in the data directory, drawn anew
 * at each start and readable by the user of the server alone.
 */
final class LocalToken implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalToken.class);
    private static final String FILE = "local-token";
    private static final int SECRET_BYTES = 32;

    private final Path file;
    private final String secret;

    private LocalToken(Path file, String secret) {
        this.file = file;
        this.secret = secret;
    }

    /**
     * Draws one and writes it down. A disk that is full does not stop a start: nobody can show the secret then.
     *
     * @param directory the data directory, locked by the caller
     */
    static LocalToken create(Path directory) {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Path file = directory.resolve(FILE);
        try {
            // A file that is there may have another mode, or be a link.
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, secret + "\n", StandardCharsets.US_ASCII, StandardOpenOption.WRITE);
        } catch (IOException e) {
            LOG.warn("{} cannot be written ({}): commands on this machine may need a token", file, e.toString());
        }
        return new LocalToken(file, secret);
    }

    /** What a command sends as a bearer token; empty where no server runs or its file may not be read. */
    static Optional<String> read(Path directory) {
        try {
            String text = Files.readString(directory.resolve(FILE), StandardCharsets.US_ASCII)
                    .strip();
            return text.matches("[A-Za-z0-9_-]{43}") ? Optional.of(text) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    String secret() {
        return secret;
    }

    /** Removes the file: the secret is worth nothing any more. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}
