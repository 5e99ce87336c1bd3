package io.forebay.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * A copy of a store's directory while the store may be in use, and back. Files of large bodies and sealed packs never change
 * under their names, so a hard link is a copy; the pack that is being appended to is copied up to the length it has. Across
 * mounts everything is copied, but for what an earlier copy beside the new one has: that is linked to it, and the earlier one is
 * never changed, so it remains whole whenever the work ends early. What the copy has already is left, so a second try goes on
 * where the first one ended; what the store no longer has goes.
 *
 * <p>When it returns, the copy survives a power loss.
 *
 * <p>A link shares its bytes with the store: it outlives a deletion, not a damaged disk. A copy that is to survive the disk lies
 * on another one.
 *
 * <p>Blocks. Failure: {@link IOException}. Nothing may be deleted from the store meanwhile but by compaction; what the copy then has too much comes without a
 * row and does no harm.
 */
public final class StoreCopy {
    private final Path from;
    private final Path to;
    private final Optional<Path> earlier;
    private final LongConsumer progress;
    private long files;
    private long bytes;
    private long copied;

    /**
     * What was done.
     *
     * @param files in the copy
     * @param bytes of those files
     * @param newBytes of them, what no earlier copy had
     */
    public record Copied(long files, long bytes, long newBytes) {}

    private StoreCopy(Path from, Path to, Optional<Path> earlier, LongConsumer progress) {
        this.from = from;
        this.to = to;
        this.earlier = earlier;
        this.progress = progress;
    }

    /**
     * Copies.
     *
     * @param from directory of a store
     * @param to directory of the copy, made when it is missing
     * @param earlier another copy of the store, on the file system of this one
     * @param progress told how many bytes are in the copy so far; what it throws ends the work
     */
    public static Copied make(Path from, Path to, Optional<Path> earlier, LongConsumer progress) throws IOException {
        Files.createDirectories(to);
        return new StoreCopy(from, to, earlier, progress).run();
    }

    private Copied run() throws IOException {
        packs();
        Path blobs = from.resolve("blobs");
        if (Files.isDirectory(blobs)) {
            Files.createDirectories(to.resolve("blobs"));
            for (Path part : children(blobs)) {
                if (Files.isDirectory(part)) {
                    mirror(part, Path.of("blobs", name(part)));
                }
            }
            force(to.resolve("blobs"));
        }
        force(to);
        return new Copied(files, bytes, copied);
    }

    private void mirror(Path source, Path inCopy) throws IOException {
        Path target = Files.createDirectories(to.resolve(inCopy));
        Set<String> names = new HashSet<>();
        for (Path file : children(source)) {
            names.add(name(file));
            take(file, inCopy.resolve(name(file)));
        }
        sweep(target, names);
        force(target);
    }

    /** The newest pack is the one that may grow: it is never linked, and copied before the others so that it ends first. */
    private void packs() throws IOException {
        Path source = from.resolve("packs");
        Path target = Files.createDirectories(to.resolve("packs"));
        List<Path> packs = new ArrayList<>();
        if (Files.isDirectory(source)) {
            for (Path file : children(source)) {
                if (name(file).matches("\\d+\\.pack")) {
                    packs.add(file);
                }
            }
        }
        packs.sort(Comparator.comparingInt(StoreCopy::number));
        Set<String> names = new HashSet<>();
        for (int i = packs.size() - 1; i >= 0; i--) {
            Path pack = packs.get(i);
            names.add(name(pack));
            boolean grows = i == packs.size() - 1;
            if (grows) {
                head(pack, target.resolve(name(pack)));
            } else {
                sealed(pack, Path.of("packs", name(pack)));
            }
        }
        sweep(target, names);
        force(target);
    }

    private static int number(Path pack) {
        return Integer.parseInt(name(pack).substring(0, name(pack).indexOf('.')));
    }

    /** What is there of another pack of the same name was begun by a try that ended early. */
    private void sealed(Path pack, Path inCopy) throws IOException {
        Path copy = to.resolve(inCopy);
        if (Files.exists(copy) && !same(pack, copy)) {
            Files.delete(copy);
        }
        take(pack, inCopy);
    }

    /** Whether a file and a copy of it, found under the same name, hold the same. */
    private static boolean same(Path file, Path copy) throws IOException {
        return name(file).endsWith(".pack") ? sameHead(file, copy) : Files.size(file) == Files.size(copy);
    }

    /** Equal length does not make equal packs: compaction gives a pack a new salt, which stands in its head. */
    private static boolean sameHead(Path one, Path other) throws IOException {
        if (Files.size(one) != Files.size(other)) {
            return false;
        }
        try (var a = Files.newInputStream(one);
                var b = Files.newInputStream(other)) {
            return java.util.Arrays.equals(a.readNBytes(PackFormat.FILE_HEADER), b.readNBytes(PackFormat.FILE_HEADER));
        }
    }

    private void head(Path pack, Path copy) throws IOException {
        Path temporary = copy.resolveSibling(name(copy) + ".new");
        try (FileChannel in = FileChannel.open(pack, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(
                        temporary,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            long length = in.size();
            long at = 0;
            while (at < length) {
                at += in.transferTo(at, length - at, out);
            }
            out.force(true);
            count(length, length);
        }
        Files.move(temporary, copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private void take(Path file, Path inCopy) throws IOException {
        Path copy = to.resolve(inCopy);
        try {
            long size = Files.size(file);
            Optional<Path> held = held(file, inCopy);
            if (Files.exists(copy) && Files.size(copy) == size) {
                count(size, held.isPresent() ? 0 : size);
                return;
            }
            Files.deleteIfExists(copy);
            if (!linked(copy, file) && (held.isEmpty() || !linked(copy, held.get()))) {
                copy(file, copy);
            }
            count(size, held.isPresent() ? 0 : size);
        } catch (NoSuchFileException | FileAlreadyExistsException e) {
            // It went, or came, while it was being looked at.
            if (Files.exists(file) && !Files.exists(copy)) {
                throw e;
            }
        }
    }

    /** The same file in the earlier copy. */
    private Optional<Path> held(Path file, Path inCopy) throws IOException {
        if (earlier.isEmpty()) {
            return Optional.empty();
        }
        Path held = earlier.get().resolve(inCopy);
        return Files.exists(held) && same(file, held) ? Optional.of(held) : Optional.empty();
    }

    /** False across mounts, and on a file system without links. */
    private static boolean linked(Path copy, Path file) {
        try {
            Files.createLink(copy, file);
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static void copy(Path file, Path copy) throws IOException {
        // Of a directory only the name would be copied.
        if (Files.isDirectory(file)) {
            throw new IOException(file.getFileName() + " in the store is a directory");
        }
        Path temporary = copy.resolveSibling(name(copy) + ".new");
        Files.copy(file, temporary, StandardCopyOption.REPLACE_EXISTING);
        force(temporary);
        Files.move(temporary, copy, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Has the disk keep a file, or the names in a directory. */
    public static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private void count(long size, long fresh) {
        files++;
        bytes += size;
        copied += fresh;
        progress.accept(bytes);
    }

    private static void sweep(Path target, Set<String> names) throws IOException {
        for (Path file : children(target)) {
            if (!names.contains(name(file))) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static List<Path> children(Path directory) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            all.forEach(children::add);
        }
        return children;
    }
}
