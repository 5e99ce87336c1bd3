package io.forebay.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is there while no server runs and the last one ended by itself. It names the database as that one left it, so that
 * an older copy in its place is noticed.
 */
final class CleanMark {
    private static final Logger LOG = LoggerFactory.getLogger(CleanMark.class);

    private final Path file;
    private final Path database;

    CleanMark(Path directory) {
        this.file = directory.resolve("clean");
        this.database = directory.resolve(Database.FILE);
    }

    /** Takes the mark away and says whether it was there, and the database is what it was then. */
    boolean take() {
        try {
            if (!Files.exists(file)) {
                return false;
            }
            boolean same = Files.readString(file).equals(state());
            Files.delete(file);
            return same;
        } catch (IOException e) {
            LOG.warn("{} cannot be removed: {}", file, e.getMessage());
            return false;
        }
    }

    void set() {
        try {
            Files.writeString(file, state());
        } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", file, e.getMessage());
        }
    }

    /** Size and time of the last change of the database and its log; "none" of what is not there. */
    private String state() throws IOException {
        return state(database) + '\n' + state(database.resolveSibling(Database.FILE + "-wal")) + '\n';
    }

    private static String state(Path path) throws IOException {
        return Files.exists(path)
                ? Files.size(path) + " " + Files.getLastModifiedTime(path).toInstant()
                : "none";
    }
}
