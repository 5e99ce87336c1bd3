package io.forebay.store;

import io.forebay.model.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start: what a crash left in {@code tmp/} goes, the packs are replayed in order, files that no record tells of are taken
 * in (their bytes were synced before they got their name), deleted ones that still have a file lose it. Blocks.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final Stores stores;
    private final long packBytes;
    private final Set<Digest> deleted = new HashSet<>();
    private Optional<ActivePack> active = Optional.empty();

    Recovery(Stores stores, long packBytes) {
        this.stores = stores;
        this.packBytes = packBytes;
    }

    /** Answers the pack to go on with, if there is one. */
    Optional<ActivePack> run() throws IOException {
        emptyTemporary();
        Set<Digest> names = stores.large().list();
        SortedMap<Integer, Path> packs = packs();
        for (Map.Entry<Integer, Path> pack : packs.entrySet()) {
            int number = pack.getKey();
            load(number, pack.getValue(), number == packs.lastKey(), names);
        }
        for (Digest name : names) {
            if (deleted.contains(name)) {
                stores.large().remove(name);
            } else if (!stores.index().contains(name)) {
                // A kill may have come before its directory was synced.
                attempt("sync of an adopted file", () -> stores.large().forceName(name));
                stores.index().put(name, new Location.Large(Location.UNKNOWN, 0, 0, false));
            }
        }
        return active;
    }

    /** Something that would be good to have: on a full or read-only disk the start does without. */
    private interface Attempt {
        void run() throws IOException;
    }

    private static boolean attempt(String what, Attempt step) {
        try {
            step.run();
            return true;
        } catch (IOException e) {
            LOG.warn("the start does without the {}: {}", what, e.toString());
            return false;
        }
    }

    private void emptyTemporary() throws IOException {
        Path tmp = stores.directory().tmp();
        if (!Files.isDirectory(tmp)) {
            return;
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(tmp)) {
            for (Path file : left) {
                attempt("removal of a draft", () -> stores.files().unlink(file));
            }
        }
    }

    private SortedMap<Integer, Path> packs() throws IOException {
        SortedMap<Integer, Path> packs = new TreeMap<>();
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(stores.directory().packs(), "*.pack")) {
            for (Path file : found) {
                String name = String.valueOf(file.getFileName());
                if (name.matches("[1-9][0-9]{0,8}\\.pack")) {
                    packs.put(Integer.parseInt(name.substring(0, name.indexOf('.'))), file);
                }
            }
        }
        return packs;
    }

    private void load(int number, Path path, boolean last, Set<Digest> names) throws IOException {
        FileChannel channel = stores.files().open(path, StandardOpenOption.READ);
        Optional<Long> salt = salt(channel);
        if (salt.isEmpty()) {
            SharedFile.close(channel);
            attempt("removal of what is no pack", () -> setAside(path));
            return;
        }
        long length = stores.files().size(path);
        PackContents contents = PackContents.read(stores.files(), path, channel, salt.get(), length);
        if (contents.damaged() > 0) {
            LOG.warn("pack {} has {} damaged places; what they held is lost", number, contents.damaged());
        }
        Pack pack = new Pack(number, salt.get(), path, channel, stores.threads());
        stores.packs().put(number, pack);
        for (PackEntry entry : contents.entries()) {
            replay(pack, entry, names);
        }
        pack.setLength(contents.end());
        if (last
                && contents.end() < packBytes
                && attempt("newest pack's end", () -> active = Optional.of(resume(pack, length, contents.entries())))) {
            return;
        }
        pack.setLength(length);
        pack.seal();
        if (!contents.indexed()) {
            PackIndex index = new PackIndex(pack.salt(), length, contents.entries());
            attempt("index of a pack", () -> {
                // Its last records may have been written by a killed process and never synced; from now on they are
                // served.
                stores.files().force(channel);
                index.write(stores.files(), stores.directory().temporary(), PackIndex.path(path));
            });
        }
    }

    private Optional<Long> salt(FileChannel channel) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(PackFormat.FILE_HEADER);
        return Pack.readFully(stores.files(), channel, header, 0) ? PackFormat.salt(header.flip()) : Optional.empty();
    }

    /** A pack that was just begun when the power went has nothing in it; one that has lost its head is kept for a person. */
    private void setAside(Path path) throws IOException {
        if (stores.files().size(path) <= PackFormat.FILE_HEADER) {
            stores.files().unlink(path);
            return;
        }
        LOG.error("{} is no pack and is set aside", path.getFileName());
        stores.files().rename(path, path.resolveSibling(path.getFileName() + ".damaged"));
    }

    private ActivePack resume(Pack pack, long length, List<PackEntry> entries) throws IOException {
        FileChannel out = stores.files().open(pack.path(), StandardOpenOption.WRITE);
        if (pack.length() < length) {
            LOG.warn("the end of pack {} is torn: {} bytes cut off", pack.number(), length - pack.length());
            stores.files().truncate(out, pack.length());
        }
        // What a killed process wrote last is served from now on: it must not be less durable than what was signalled.
        stores.files().force(out);
        return new ActivePack(stores.files(), pack, out, new ArrayList<>(entries));
    }

    private void replay(Pack pack, PackEntry entry, Set<Digest> names) {
        Digest digest = entry.digest();
        Optional<Location> before = Optional.empty();
        switch (entry.type()) {
            case BODY -> {
                deleted.remove(digest);
                before = stores.index().put(digest, new Location.Packed(pack, entry, false));
            }
            case LARGE -> {
                deleted.remove(digest);
                Location.Large large = new Location.Large(entry.bodyLength(), pack.number(), entry.length(), false);
                if (names.contains(digest)) {
                    before = stores.index().put(digest, large);
                } else {
                    pack.addDead(entry.length());
                }
            }
            case TOMBSTONE -> {
                deleted.add(digest);
                before = stores.index().remove(digest);
                pack.addDead(entry.length());
            }
            case NOTE -> {}
        }
        before.ifPresent(stores::died);
    }
}
