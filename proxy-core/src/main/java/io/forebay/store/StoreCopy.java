package io.forebay.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * A copy of a store's directory while the store may be in use, and back. Files of large bodies and sealed packs never change
 * under their names, so a hard link is a copy; the pack that is being appended to is copied up to the length it has. Across file
 * systems everything is copied. What the copy has already is left, and what the store no longer has goes: a second copy into the
 * same directory costs what has changed.
 *
 * <p>A link shares its bytes with the store: it outlives a deletion, not a damaged disk. A copy that is to survive the disk lies
 * on another one.
 *
 * <p>Blocks. Nothing may be deleted from the store meanwhile but by compaction; what the copy then has too much comes without a
 * row and does no harm.
 */
public final class StoreCopy {
    private final Path from;
    private final Path to;
    private final boolean linking;
    private final LongConsumer progress;
    private long files;
    private long bytes;
    private long copied;

    /**
     * What was done.
     *
     * @param files in the copy
     * @param bytes of those files
     * @param newBytes linked or copied this time
     */
    public record Copied(long files, long bytes, long newBytes) {}

    private StoreCopy(Path from, Path to, boolean linking, LongConsumer progress) {
        this.from = from;
        this.to = to;
        this.linking = linking;
        this.progress = progress;
    }

    /**
     * Copies.
     *
     * @param from directory of a store
     * @param to directory of the copy, made when it is missing
     * @param progress told how many bytes are in the copy so far
     */
    public static Copied make(Path from, Path to, LongConsumer progress) throws IOException {
        Files.createDirectories(to);
        return new StoreCopy(from, to, sameFileSystem(from, to), progress).run();
    }

    private static boolean sameFileSystem(Path one, Path other) throws IOException {
        FileStore store = Files.getFileStore(one);
        return store.equals(Files.getFileStore(other));
    }

    private Copied run() throws IOException {
        packs();
        Path blobs = from.resolve("blobs");
        if (Files.isDirectory(blobs)) {
            for (Path part : children(blobs)) {
                if (Files.isDirectory(part)) {
                    mirror(part, to.resolve("blobs").resolve(part.getFileName()));
                }
            }
        }
        return new Copied(files, bytes, copied);
    }

    private void mirror(Path source, Path target) throws IOException {
        Files.createDirectories(target);
        Set<String> names = new HashSet<>();
        for (Path file : children(source)) {
            names.add(name(file));
            take(file, target.resolve(name(file)), linking);
        }
        sweep(target, names);
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
                sealed(pack, target.resolve(name(pack)));
            }
        }
        sweep(target, names);
    }

    private static int number(Path pack) {
        return Integer.parseInt(name(pack).substring(0, name(pack).indexOf('.')));
    }

    /** Equal length does not make equal packs: compaction gives a pack a new salt, which stands in its head. */
    private void sealed(Path pack, Path copy) throws IOException {
        if (Files.exists(copy) && sameHead(pack, copy)) {
            count(Files.size(copy), 0);
            return;
        }
        Files.deleteIfExists(copy);
        take(pack, copy, linking);
    }

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

    private void take(Path file, Path copy, boolean link) throws IOException {
        try {
            long size = Files.size(file);
            if (Files.exists(copy) && Files.size(copy) == size) {
                count(size, 0);
                return;
            }
            Files.deleteIfExists(copy);
            if (link) {
                Files.createLink(copy, file);
            } else {
                Path temporary = copy.resolveSibling(name(copy) + ".new");
                Files.copy(file, temporary, StandardCopyOption.REPLACE_EXISTING);
                Files.move(temporary, copy, StandardCopyOption.ATOMIC_MOVE);
            }
            count(size, size);
        } catch (UnsupportedOperationException e) {
            take(file, copy, false);
        } catch (NoSuchFileException | FileAlreadyExistsException e) {
            // It went, or came, while it was being looked at.
            if (Files.exists(file) && !Files.exists(copy)) {
                throw e;
            }
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
