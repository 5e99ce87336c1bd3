package io.forebay.store;

import io.forebay.model.Digest;
import io.forebay.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Suspended drafts: {@code parts/<64 digits>} and beside each its record, {@code <64 digits>.note}. The bytes get their name
 * first, the record last, so a part is whole or it is none. Which parts there are is in memory; a part that is taken is none
 * any more.
 *
 * <p>Concurrency: the monitor guards the list and is not held over a file operation.
 */
final class Parts {
    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

    /** More large downloads than a team has under way at once; each costs up to 16 KiB of memory. */
    static final int COUNT_MAX = 64;

    /** What is fetched again in minutes: beyond it the disk is worth more to what is whole. */
    static final long BYTES_MAX = 8L << 30;

    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}");
    private static final String NOTE = ".note";

    private final StoreDirectory directory;
    private final DiskFiles files;
    private final Map<Digest, Held> held = new HashMap<>();
    private long bytes;

    private record Held(PartRecord part, Instant since) {}

    Parts(StoreDirectory directory, DiskFiles files) {
        this.directory = directory;
        this.files = files;
    }

    synchronized boolean any() {
        return !held.isEmpty();
    }

    /** Reads what there is; whatever is not a part and its record goes. Blocks: for the start. */
    void load() throws IOException {
        Path parts = Files.createDirectories(directory.parts());
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(parts)) {
            all.forEach(found::add);
        }
        Set<Path> kept = new HashSet<>();
        for (Path path : found) {
            if (NAME.matcher(String.valueOf(path.getFileName())).matches()) {
                Digest name = new Digest(String.valueOf(path.getFileName()));
                Optional<Held> sound = read(name);
                if (sound.isPresent()) {
                    add(name, sound.get());
                    kept.add(path);
                    kept.add(record(name));
                }
            }
        }
        for (Path path : found) {
            if (!kept.contains(path)) {
                unlink(path);
            }
        }
    }

    private Optional<Held> read(Digest name) {
        try {
            Optional<PartRecord> part = PartRecord.read(files, record(name));
            if (part.isPresent() && files.size(path(name)) == part.get().length()) {
                return Optional.of(new Held(
                        part.get(), Files.getLastModifiedTime(record(name)).toInstant()));
            }
            LOG.warn("part {} is not whole and is removed", name.hex());
        } catch (IOException | RuntimeException e) {
            LOG.warn("part {} cannot be read and is removed: {}", name.hex(), e.toString());
        }
        return Optional.empty();
    }

    private Path path(Digest name) {
        return directory.parts().resolve(name.hex());
    }

    private Path record(Digest name) {
        return directory.parts().resolve(name.hex() + NOTE);
    }

    /** Sum of their lengths. */
    synchronized long bytes() {
        return bytes;
    }

    /** Makes a synced file a part, durably. What fails leaves none of that name. */
    void put(Digest name, Path temporary, PartRecord part) throws IOException {
        reserve(name, part);
        boolean begun = false;
        try {
            files.unlink(record(name));
            begun = true;
            files.rename(temporary, path(name));
            Path note = directory.temporary();
            part.write(files, note);
            files.rename(note, record(name));
            files.forceDirectory(directory.parts());
        } catch (IOException | RuntimeException e) {
            take(name);
            if (begun) {
                remove(name);
            }
            throw e;
        }
    }

    private synchronized void reserve(Digest name, PartRecord part) {
        Held before = held.get(name);
        long others = bytes - length(before);
        int count = before == null ? held.size() : held.size() - 1;
        if (count >= COUNT_MAX || others + part.length() > BYTES_MAX) {
            throw new StoreException(
                    Kind.FULL, "there are " + count + " parts of " + others + " bytes, which is enough", null);
        }
        add(name, new Held(part, Instant.now()));
    }

    private synchronized void add(Digest name, Held part) {
        bytes += length(part) - length(held.put(name, part));
    }

    private static long length(@Nullable Held part) {
        return part == null ? 0 : part.part().length();
    }

    /** Takes a part off the list; {@link #move} or {@link #remove} is next. */
    synchronized Optional<PartRecord> take(Digest name) {
        Held taken = held.remove(name);
        bytes -= length(taken);
        return Optional.ofNullable(taken).map(Held::part);
    }

    /** Makes the bytes of a part that was taken a draft's file again, which a crash leaves to the next start's sweep. */
    void move(Digest name, Path temporary) throws IOException {
        files.unlink(record(name));
        files.rename(path(name), temporary);
    }

    /** Removes the files of a part that was taken. */
    void remove(Digest name) {
        unlink(record(name));
        unlink(path(name));
    }

    private void unlink(Path path) {
        try {
            files.unlink(path);
        } catch (IOException | RuntimeException e) {
            LOG.warn("a file among the parts stays behind: {}", e.toString());
        }
    }

    /** Removes parts that were suspended at least so long ago: how many bytes went. */
    long drop(Duration age) {
        long freed = 0;
        for (Digest name : since(age)) {
            Optional<PartRecord> taken = take(name);
            if (taken.isPresent()) {
                remove(name);
                freed += taken.get().length();
            }
        }
        return freed;
    }

    private synchronized List<Digest> since(Duration age) {
        Instant latest = Instant.now().minus(age);
        return held.entrySet().stream()
                .filter(entry -> !entry.getValue().since().isAfter(latest))
                .map(Map.Entry::getKey)
                .toList();
    }
}
