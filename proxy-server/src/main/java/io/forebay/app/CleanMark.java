package io.forebay.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that is there while no server runs and the last one ended by itself. */
final class CleanMark {
    private static final Logger LOG = LoggerFactory.getLogger(CleanMark.class);

    private final Path file;

    CleanMark(Path directory) {
        this.file = directory.resolve("clean");
    }

    /** Takes the mark away and says whether it was there. */
    boolean take() {
        try {
            return Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("{} cannot be removed: {}", file, e.getMessage());
            return false;
        }
    }

    void set() {
        try {
            Files.writeString(file, "");
        } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", file, e.getMessage());
        }
    }
}
