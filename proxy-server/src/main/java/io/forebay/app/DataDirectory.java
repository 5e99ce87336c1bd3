package io.forebay.app;

import io.forebay.store.ReadOnlyDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of one server's files, locked while it is open: two servers in one directory would sweep each other's
 * files. The lock is the operating system's, so a killed process leaves none behind.
 *
 * <p>Failure: {@link StartFailure} when the directory cannot be made or written, or another process has it.
 */
final class DataDirectory implements AutoCloseable {
    static final String LOCK_FILE = "forebay.lock";
    private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);

    private final Path path;
    private final FileChannel channel;

    private DataDirectory(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Makes the directory if need be, and locks it. */
    static DataDirectory open(Path directory) {
        Path path = directory.toAbsolutePath().normalize();
        try {
            Files.createDirectories(path);
        } catch (FileAlreadyExistsException e) {
            throw new StartFailure("data-dir " + path + " is not a directory", e);
        } catch (IOException e) {
            throw new StartFailure("data-dir " + path + " cannot be made: " + reason(e), e);
        }
        return lock(path);
    }

    private static DataDirectory lock(Path path) {
        FileChannel channel;
        boolean readOnly;
        try {
            readOnly = ReadOnlyDisk.holds(path);
            channel = readOnly
                    ? FileChannel.open(path.resolve(LOCK_FILE), StandardOpenOption.READ)
                    : FileChannel.open(
                            path.resolve(LOCK_FILE),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            throw new StartFailure(
                    "data-dir " + path + " is empty and read-only: is it in the unit's ReadWritePaths?", e);
        } catch (IOException e) {
            throw new StartFailure("data-dir " + path + " cannot be written: " + reason(e), e);
        }
        try {
            // On a disk that is read-only nobody can sweep anything, so several may read.
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, readOnly);
            if (lock == null) {
                throw new OverlappingFileLockException();
            }
            if (!readOnly) {
                sign(channel);
            }
            return new DataDirectory(path, channel);
        } catch (OverlappingFileLockException e) {
            String holder = holder(channel);
            closeQuietly(channel);
            throw new StartFailure("data-dir " + path + " is in use by another Forebay" + holder, e);
        } catch (IOException e) {
            closeQuietly(channel);
            throw new StartFailure("data-dir " + path + " cannot be locked: " + reason(e), e);
        }
    }

    /** For who finds it locked. A full disk takes no number, and is no reason not to start. */
    private static void sign(FileChannel channel) {
        try {
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            LOG.warn("the lock of the data directory could not be signed: {}", reason(e));
        }
    }

    private static String holder(FileChannel channel) {
        try {
            ByteBuffer pid = ByteBuffer.allocate(20);
            channel.read(pid, 0);
            String text = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII);
            return text.matches("\\d+") ? " (process " + text + ")" : "";
        } catch (IOException e) {
            return "";
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // The failure that is being told is the one that matters.
        }
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    /** Absolute. */
    Path path() {
        return path;
    }

    /** The database that is used when no other is configured. */
    Path database() {
        return path.resolve("forebay.db");
    }

    /** The directory of the blob store. */
    Path blobs() {
        return path.resolve("blobs");
    }

    /** Gives up the lock. Closing twice does nothing. */
    @Override
    public void close() {
        closeQuietly(channel);
    }
}
