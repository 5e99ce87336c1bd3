package io.forebay.store;

import io.forebay.model.Digest;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Sinks;

/**
 * Rewrites a sealed pack without what is dead. The new file takes the old one's name, so the order of records, on which the
 * meaning of tombstones and of notes rests, stays; readers of the old file keep it until they are done. Runs on a disk
 * thread, the change of names on the pack writer's.
 */
final class Compaction {
    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);

    private final Stores stores;
    private final PackWriter writer;
    private final Pack old;
    private final long salt = new SecureRandom().nextLong();
    private final List<PackEntry> kept = new ArrayList<>();
    private final List<Move> moves = new ArrayList<>();

    /** A body and where it goes. */
    private record Move(Location.Packed from, PackEntry to) {}

    Compaction(Stores stores, PackWriter writer, Pack old) {
        this.stores = stores;
        this.writer = writer;
        this.old = old;
    }

    void run() {
        Path temporary = stores.directory().temporary();
        if (!old.file().retain()) {
            old.compactionFailed();
            return;
        }
        SharedFile source = old.file();
        try {
            long length = copy(source, temporary);
            Sinks.Empty<Void> done = Sinks.empty();
            done.asMono().subscribe(nothing -> {}, error -> failed(temporary, error), () -> {});
            writer.submit(new Change.Step(() -> replace(temporary, length), done));
        } catch (IOException | RuntimeException e) {
            failed(temporary, e);
        } finally {
            source.release();
        }
    }

    private void failed(Path temporary, Throwable cause) {
        LOG.warn("a pack could not be compacted and stays as it is: {}", cause.toString());
        try {
            stores.files().unlink(temporary);
        } catch (IOException | RuntimeException e) {
            LOG.warn("the rest of a compaction stays behind until the next start: {}", e.toString());
        }
        old.compactionFailed();
    }

    private long copy(SharedFile source, Path temporary) throws IOException {
        History history = new History(stores);
        Tombstones tombstones = history.tombstones();
        List<PackEntry> entries = PackContents.of(stores.files(), old, source);
        Set<Digest> older = olderDigests(history, entries);
        DiskFiles files = stores.files();
        try (FileChannel out = files.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            FileWriter to = new FileWriter(files, out, 0, count -> {});
            to.write(PackFormat.fileHeader(salt));
            long at = PackFormat.FILE_HEADER;
            for (PackEntry entry : entries) {
                // Looked up once: what is decided here and what is moved later must be the same place.
                Optional<Location> now = stores.index().find(entry.digest());
                Optional<PackEntry.Type> type = keptAs(entry, now, tombstones, older);
                if (type.isPresent()) {
                    at = append(to, type.get(), entry, now, source, at);
                }
            }
            to.flush();
            files.force(out);
            return at;
        }
    }

    /** Answers where the copy ends. */
    private long append(
            FileWriter to, PackEntry.Type type, PackEntry entry, Optional<Location> now, SharedFile source, long at)
            throws IOException {
        Optional<RecordReader.Content> content = RecordReader.read(stores.files(), source, old, entry);
        if (content.isEmpty()) {
            LOG.warn("a record of {} is damaged and left out", entry.digest());
            return at;
        }
        byte[] body = type == PackEntry.Type.BODY ? content.get().body() : new byte[0];
        Batch.NewRecord copy = new Batch.NewRecord(
                type,
                entry.digest(),
                content.get().note(),
                Unpooled.wrappedBuffer(body),
                type == PackEntry.Type.NOTE ? 0 : entry.bodyLength());
        PackEntry placed = copy.at(at);
        to.write(copy.header(salt, at));
        to.write(copy.note());
        to.write(body);
        kept.add(placed);
        if (type == PackEntry.Type.BODY) {
            moves.add(new Move((Location.Packed) now.orElseThrow(), placed));
        }
        return placed.end();
    }

    /** As what a record is kept, if at all: of a body that lies elsewhere by now only its note is of use. */
    private Optional<PackEntry.Type> keptAs(
            PackEntry entry, Optional<Location> now, Tombstones tombstones, Set<Digest> older) {
        if (entry.type() == PackEntry.Type.TOMBSTONE) {
            return older.contains(entry.digest()) ? Optional.of(entry.type()) : Optional.empty();
        }
        if (now.isEmpty() || tombstones.covers(old.number(), entry)) {
            return Optional.empty();
        }
        if (entry.type() != PackEntry.Type.BODY) {
            return Optional.of(entry.type());
        }
        boolean here = now.get() instanceof Location.Packed packed
                && packed.pack() == old
                && packed.entry().equals(entry);
        return Optional.of(here ? PackEntry.Type.BODY : PackEntry.Type.NOTE);
    }

    /** The deleted blobs of which older packs, or older records of this one that stay, still hold something. */
    private Set<Digest> olderDigests(History history, List<PackEntry> entries) throws IOException {
        Set<Digest> deleted = new HashSet<>();
        for (PackEntry entry : entries) {
            if (entry.type() == PackEntry.Type.TOMBSTONE) {
                deleted.add(entry.digest());
            }
        }
        Set<Digest> older = new HashSet<>();
        int number = 0;
        while (!deleted.isEmpty()) {
            Optional<History.Pinned> next = history.after(number);
            if (next.isEmpty() || next.get().pack().number() >= old.number()) {
                next.ifPresent(History.Pinned::close);
                return older;
            }
            try (History.Pinned pinned = next.get()) {
                number = pinned.pack().number();
                for (PackEntry entry : history.entries(pinned)) {
                    if (deleted.contains(entry.digest())) {
                        older.add(entry.digest());
                    }
                }
            }
        }
        return older;
    }

    /** On the pack writer's thread. */
    private void replace(Path temporary, long length) throws IOException {
        DiskFiles files = stores.files();
        if (kept.isEmpty()) {
            files.unlink(temporary);
            files.unlink(PackIndex.path(old.path()));
            files.unlink(old.path());
            stores.packs().remove(old.number());
            old.file().release();
            return;
        }
        FileChannel channel = files.open(temporary, StandardOpenOption.READ);
        try {
            files.rename(temporary, old.path());
        } catch (IOException | RuntimeException e) {
            SharedFile.close(channel);
            throw e;
        }
        Pack pack = new Pack(old.number(), salt, old.path(), channel, stores.threads());
        pack.setLength(length);
        pack.seal();
        stores.packs().put(pack.number(), pack);
        for (Move move : moves) {
            Location.Packed to = new Location.Packed(pack, move.to(), true);
            if (!stores.index().replace(move.to().digest(), move.from(), to)) {
                pack.addDead(move.to().length());
            }
        }
        old.file().release();
        try {
            files.forceDirectory(stores.directory().packs());
            new PackIndex(salt, length, kept).write(files, stores.directory().temporary(), PackIndex.path(pack.path()));
        } catch (IOException | RuntimeException e) {
            LOG.warn("a compacted pack has no index until the next start: {}", e.toString());
        }
        writer.look(pack);
    }
}
