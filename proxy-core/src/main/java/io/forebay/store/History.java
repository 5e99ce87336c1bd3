package io.forebay.store;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the packs of a running store from the oldest on. Blocks: for disk threads. */
final class History {
    private static final Logger LOG = LoggerFactory.getLogger(History.class);

    private final Stores stores;

    History(Stores stores) {
        this.stores = stores;
    }

    /** A pack that stays readable until it is closed. */
    record Pinned(Pack pack, SharedFile file) implements AutoCloseable {
        @Override
        public void close() {
            file.release();
        }
    }

    /** The oldest pack with a number above this one. */
    Optional<Pinned> after(int number) throws IOException {
        Map.Entry<Integer, Pack> next = stores.packs().higherEntry(number);
        while (next != null) {
            SharedFile file = next.getValue().reopened(stores.files());
            if (file.retain()) {
                return Optional.of(new Pinned(next.getValue(), file));
            }
            // Compacted meanwhile: the same number has another pack now, or none.
            next = stores.packs().higherEntry(number);
        }
        return Optional.empty();
    }

    List<PackEntry> entries(Pinned pinned) throws IOException {
        return PackContents.of(stores.files(), pinned.pack(), pinned.file());
    }

    Tombstones tombstones() throws IOException {
        Tombstones tombstones = new Tombstones();
        int number = 0;
        for (Optional<Pinned> next = after(number); next.isPresent(); next = after(number)) {
            try (Pinned pinned = next.get()) {
                number = pinned.pack().number();
                for (PackEntry entry : entries(pinned)) {
                    tombstones.add(number, entry);
                }
            }
        }
        return tombstones;
    }

    /** Every note of a blob that is there, oldest first. */
    Notes notes() throws IOException {
        return new Notes(tombstones());
    }

    /** Used by one thread at a time; one pack is pinned between two calls. */
    final class Notes implements AutoCloseable {
        private final Tombstones tombstones;
        private Optional<Pinned> pinned = Optional.empty();
        private Iterator<PackEntry> entries = List.<PackEntry>of().iterator();
        private int number;

        private Notes(Tombstones tombstones) {
            this.tombstones = tombstones;
        }

        /** Empty at the end. */
        Optional<byte[]> next() throws IOException {
            while (entries.hasNext() || nextPack()) {
                Optional<byte[]> note = note(entries);
                if (note.isPresent()) {
                    return note;
                }
            }
            return Optional.empty();
        }

        private boolean nextPack() throws IOException {
            close();
            pinned = after(number);
            if (pinned.isEmpty()) {
                return false;
            }
            number = pinned.get().pack().number();
            entries = History.this.entries(pinned.get()).iterator();
            return true;
        }

        private Optional<byte[]> note(Iterator<PackEntry> from) throws IOException {
            if (!from.hasNext()) {
                return Optional.empty();
            }
            PackEntry entry = from.next();
            boolean wanted = entry.type() != PackEntry.Type.TOMBSTONE
                    && stores.index().contains(entry.digest())
                    && !tombstones.covers(number, entry);
            Pinned pack = pinned.orElseThrow(NoSuchElementException::new);
            if (!wanted) {
                return Optional.empty();
            }
            Optional<RecordReader.Content> whole = RecordReader.read(stores.files(), pack.file(), pack.pack(), entry);
            if (whole.isEmpty()) {
                LOG.warn("a note of {} is damaged and left out", entry.digest());
            }
            return whole.map(RecordReader.Content::note);
        }

        @Override
        public void close() {
            pinned.ifPresent(Pinned::close);
            pinned = Optional.empty();
        }
    }
}
