package io.forebay.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the disk itself holds, as far as POSIX promises it: the bytes of a file as of its last sync, and the names of a directory
 * as of the directory's. Everything else is in the memory of a machine whose power may go at any operation. Safe for use by
 * many threads.
 */
final class PlatterMemory {
    /** What a disk makes of what was never synced; the truth lies anywhere between. */
    enum Unsynced {
        /** Neither names nor bytes. */
        LOST,
        /** Names, of files without their bytes. */
        NAMES_KEPT,
        /** Names, and half of the bytes of each file. */
        TORN
    }

    private static final class Node {
        private byte[] synced = new byte[0];
    }

    private final Map<FileChannel, Node> open = new HashMap<>();
    private final Map<Path, Node> names = new HashMap<>();
    private final Set<Path> directories = new HashSet<>();
    private final Map<Path, Node> syncedNames = new HashMap<>();
    private final Set<Path> syncedDirectories = new HashSet<>();
    private final Map<Path, byte[]> current = new HashMap<>();
    private int operations;
    private int cutAt = Integer.MAX_VALUE;
    private boolean off;

    /** The power goes in the place of the n-th operation that changes something, counted from here. */
    synchronized void cutAt(int n) {
        operations = 0;
        cutAt = n;
    }

    synchronized boolean isOff() {
        return off;
    }

    /** Before an operation. */
    synchronized void count() throws IOException {
        if (++operations >= cutAt && !off) {
            cut();
        }
        check();
    }

    /** The power goes now. */
    synchronized void cut() throws IOException {
        off = true;
        for (Map.Entry<Path, Node> name : names.entrySet()) {
            try {
                current.put(name.getKey(), Files.readAllBytes(name.getKey()));
            } catch (NoSuchFileException e) {
                // It is being removed or renamed at this moment.
            }
        }
    }

    /** After an operation: one that the power went in has no outcome. */
    synchronized void check() throws IOException {
        if (off) {
            throw new IOException("the power is off");
        }
    }

    synchronized void opened(FileChannel channel, Path path) {
        if (!off) {
            open.put(channel, names.computeIfAbsent(path, created -> new Node()));
        }
    }

    synchronized void forced(FileChannel channel) throws IOException {
        Node node = open.get(channel);
        if (!off && node != null) {
            node.synced = content(channel, node);
        }
    }

    /** The channel may be for writing only, so the bytes are read by name. */
    private byte[] content(FileChannel channel, Node node) throws IOException {
        for (Map.Entry<Path, Node> name : names.entrySet()) {
            if (name.getValue() == node) {
                byte[] bytes = Files.readAllBytes(name.getKey());
                return Arrays.copyOf(bytes, (int) channel.size());
            }
        }
        return node.synced;
    }

    synchronized void renamed(Path from, Path to) {
        Node node = names.get(from);
        if (!off && node != null) {
            names.remove(from);
            names.put(to, node);
        }
    }

    synchronized void unlinked(Path path) {
        if (!off) {
            names.remove(path);
        }
    }

    synchronized void made(Path directory) {
        if (!off) {
            // Those above may have been made with it.
            for (Path made = directory; made != null; made = made.getParent()) {
                directories.add(made);
            }
        }
    }

    synchronized void forcedDirectory(Path directory) {
        if (off) {
            return;
        }
        syncedNames.keySet().removeIf(name -> directory.equals(name.getParent()));
        names.forEach((name, node) -> {
            if (directory.equals(name.getParent())) {
                syncedNames.put(name, node);
            }
        });
        directories.stream().filter(made -> directory.equals(made.getParent())).forEach(syncedDirectories::add);
    }

    /** Writes what is left of everything below one directory into another. */
    synchronized void restore(Path root, Path target, Unsynced unsynced) throws IOException {
        Map<Path, Node> left = unsynced == Unsynced.LOST ? syncedNames : names;
        Set<Path> whole = unsynced == Unsynced.LOST ? syncedDirectories : directories;
        for (Map.Entry<Path, Node> file : left.entrySet()) {
            if (reachable(file.getKey(), root, whole)) {
                Path place = target.resolve(root.relativize(file.getKey()));
                Files.createDirectories(place.getParent());
                Files.write(place, bytes(file.getKey(), file.getValue(), unsynced));
            }
        }
    }

    private static boolean reachable(Path file, Path root, Set<Path> whole) {
        for (Path above = file.getParent(); !above.equals(root); above = above.getParent()) {
            if (!whole.contains(above)) {
                return false;
            }
        }
        return true;
    }

    private byte[] bytes(Path name, Node node, Unsynced unsynced) {
        byte[] now = current.getOrDefault(name, node.synced);
        if (unsynced != Unsynced.TORN || now.length <= node.synced.length) {
            return node.synced;
        }
        // The length is the new one, the second half of what is new is not there.
        int half = node.synced.length + (now.length - node.synced.length) / 2;
        byte[] torn = Arrays.copyOf(Arrays.copyOf(now, half), now.length);
        return ByteBuffer.wrap(torn).put(node.synced).array();
    }
}
