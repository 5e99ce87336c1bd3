package io.forebay.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.forebay.model.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The blobs that have a file each, {@code blobs/<aa>/<62 digits>}, and those of them that are open. Opening costs a quarter of
 * a hit, so files stay open between readers; one that leaves this cache while somebody reads it is closed by its last reader.
 */
final class LargeFiles {
    private static final Pattern PART = Pattern.compile("[0-9a-f]{2}");
    private static final Pattern REST = Pattern.compile("[0-9a-f]{62}");

    private final Path directory;
    private final DiskFiles files;
    private final DiskThreads threads;
    private final Cache<Digest, SharedFile> open;
    private final Set<Path> made = new HashSet<>();

    LargeFiles(Path directory, DiskFiles files, DiskThreads threads, int openLimit) {
        this.directory = directory;
        this.files = files;
        this.threads = threads;
        this.open = Caffeine.newBuilder()
                .maximumSize(openLimit)
                .executor(threads)
                .removalListener((@Nullable Digest digest, @Nullable SharedFile file, RemovalCause cause) -> {
                    if (file != null) {
                        file.release();
                    }
                })
                .build();
    }

    /** Answers the names of all files. Blocks: for the start, before anything is committed. */
    Set<Digest> list() throws IOException {
        Set<Digest> found = new HashSet<>();
        for (Path part : children(directory, PART)) {
            made.add(part);
            for (Path file : children(part, REST)) {
                found.add(new Digest(String.valueOf(part.getFileName()) + file.getFileName()));
            }
        }
        return found;
    }

    private static List<Path> children(Path directory, Pattern pattern) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path child : all) {
                if (pattern.matcher(String.valueOf(child.getFileName())).matches()) {
                    children.add(child);
                }
            }
        }
        return children;
    }

    /** Gives a file its name; the directories that must be synced are the batch's. For the pack writer. */
    void adopt(Path temporary, Digest digest, Batch batch) throws IOException {
        Path part = directoryOf(digest);
        if (!made.contains(part)) {
            files.makeDirectory(part);
            files.forceDirectory(directory);
            made.add(part);
        }
        files.rename(temporary, path(digest));
        batch.addDirectory(part);
    }

    /** Makes a name durable that was found at the start. */
    void forceName(Digest digest) throws IOException {
        files.forceDirectory(directoryOf(digest));
    }

    Path path(Digest digest) {
        return directoryOf(digest).resolve(digest.hex().substring(2));
    }

    private Path directoryOf(Digest digest) {
        return directory.resolve(digest.hex().substring(0, 2));
    }

    /**
     * The open file, with a use of it for the caller. Touches no disk: the size of an open file is in the kernel's memory. One
     * that was cut behind our back is not answered.
     */
    Optional<SharedFile> ifOpen(Digest digest, long expectedSize) {
        SharedFile file = open.getIfPresent(digest);
        if (file == null || !file.retain()) {
            return Optional.empty();
        }
        if (!file.isOpen()) {
            file.release();
            return Optional.empty();
        }
        if (expectedSize != Location.UNKNOWN && file.size() != expectedSize) {
            file.release();
            forget(digest);
            return Optional.empty();
        }
        return Optional.of(file);
    }

    /** Opens the file, with a use of it for the caller; empty when it is missing or not of the size expected. */
    Optional<SharedFile> open(Digest digest, long expectedSize) throws IOException {
        FileChannel channel;
        try {
            channel = files.open(path(digest), StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (expectedSize != Location.UNKNOWN && channel.size() != expectedSize) {
            SharedFile.close(channel);
            return Optional.empty();
        }
        SharedFile file = new SharedFile(threads, channel);
        file.retain();
        open.put(digest, file);
        return Optional.of(file);
    }

    /** Keeps a file open that is in use already; takes over the caller's use of it. */
    void keep(Digest digest, SharedFile file) {
        open.put(digest, file);
    }

    /** Whether a file that is kept open has more users than this cache. */
    boolean isRead(Digest digest) {
        SharedFile file = open.policy().getIfPresentQuietly(digest);
        return file != null && file.users() > 1;
    }

    void forget(Digest digest) {
        open.invalidate(digest);
    }

    void remove(Digest digest) throws IOException {
        forget(digest);
        files.unlink(path(digest));
    }

    long size(Digest digest) throws IOException {
        return files.size(path(digest));
    }

    /** Closes what nobody reads. */
    void close() {
        open.invalidateAll();
        open.cleanUp();
    }
}
