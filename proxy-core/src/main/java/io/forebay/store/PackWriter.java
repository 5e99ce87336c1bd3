package io.forebay.store;

import io.forebay.model.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedTransferQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Sinks;

/**
 * The one thread that changes what is in the store. It takes all changes that queued while the last sync ran and, where the last
 * one was for several, those of a moment more; writes their records one behind another, syncs once and signals all of them. The
 * queue is bounded by the budget of bytes that its callers keep.
 */
final class PackWriter {
    private static final Logger LOG = LoggerFactory.getLogger(PackWriter.class);
    /** Changes of one sync: a bound for what fails together. */
    private static final int BATCH_CHANGES = 1_024;

    /**
     * What a change waits for others when those before it came together: most of what a sync costs is its own. One that comes alone,
     * as of somebody who waits for each, goes at once. Whoever asked for the package has it before it is stored.
     */
    private static final Duration GATHERING = Duration.ofMillis(5);

    private final Stores stores;
    private final long packBytes;
    private final Consumer<Pack> compact;
    private final SecureRandom random = new SecureRandom();
    private final LinkedTransferQueue<Change> queue = new LinkedTransferQueue<>();
    private final Thread thread = new Thread(this::run, "store-packs");
    private Optional<ActivePack> active;
    private int lastNumber;
    private volatile boolean closed;
    private boolean running = true;

    PackWriter(Stores stores, long packBytes, Optional<ActivePack> resumed, Consumer<Pack> compact) {
        this.stores = stores;
        this.packBytes = packBytes;
        this.active = resumed;
        this.compact = compact;
        this.lastNumber = stores.packs().isEmpty() ? 0 : stores.packs().lastKey();
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Never blocks. */
    void submit(Change change) {
        queue.add(change);
        if (closed && queue.remove(change)) {
            refuse(change);
        }
    }

    private static void refuse(Change change) {
        change.fail(DiskErrors.busy("the store is closed"));
        change.release();
    }

    /** Blocks until what is queued is written and the thread has ended; false when the limit passed first. */
    boolean close(Duration limit) throws InterruptedException {
        submit(new Change.Step(() -> running = false, Sinks.empty()));
        closed = true;
        thread.join(Math.max(1, limit.toMillis()));
        return !thread.isAlive();
    }

    private void run() {
        List<Change> taken = new ArrayList<>();
        int together = 0;
        while (running) {
            try {
                taken.add(queue.take());
                if (together > 1 && !closed) {
                    Thread.sleep(GATHERING.toMillis());
                }
            } catch (InterruptedException e) {
                // Nobody has a reason to; and going on with the flag set would close every file that is touched.
                if (taken.isEmpty()) {
                    continue;
                }
            }
            queue.drainTo(taken, BATCH_CHANGES - 1);
            together = taken.size();
            write(taken);
            taken.clear();
        }
        active.ifPresent(pack -> pack.seal(stores.directory().temporary()));
        for (Change late = queue.poll(); late != null; late = queue.poll()) {
            refuse(late);
        }
    }

    private void write(List<Change> changes) {
        Batch batch = new Batch(stores.index());
        for (Change change : changes) {
            if (batch.removes(change.digest())) {
                finish(batch);
                batch = new Batch(stores.index());
            }
            try {
                change.stage(batch);
                batch.add(change);
            } catch (IOException | RuntimeException e) {
                quietly(() -> change.fail(DiskErrors.of("a change of the store", e)));
                quietly(change::release);
            }
        }
        finish(batch);
    }

    private void finish(Batch batch) {
        Optional<StoreException> failure = store(batch);
        for (Change change : batch.changes()) {
            quietly(() -> {
                if (failure.isPresent()) {
                    change.fail(failure.get());
                } else {
                    change.succeed();
                }
            });
            quietly(change::release);
        }
        if (active.isPresent() && active.get().pack().length() >= packBytes) {
            active.get().seal(stores.directory().temporary());
            look(active.get().pack());
            active = Optional.empty();
        }
    }

    private Optional<StoreException> store(Batch batch) {
        try {
            for (Path directory : batch.directories()) {
                stores.files().forceDirectory(directory);
            }
            if (!batch.records().isEmpty()) {
                ActivePack pack = active();
                append(pack, batch);
            }
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.of(DiskErrors.of("write of a pack", e));
        }
    }

    private ActivePack active() throws IOException {
        if (active.isEmpty()) {
            // A number is used once, even when making the file failed: what is left of it must not be in the way.
            int number = ++lastNumber;
            ActivePack created =
                    ActivePack.create(stores.files(), stores.directory(), number, random.nextLong(), stores.threads());
            stores.packs().put(number, created.pack());
            active = Optional.of(created);
        }
        return active.get();
    }

    private void append(ActivePack pack, Batch batch) throws IOException {
        List<PackEntry> placed;
        try {
            placed = pack.append(batch.records());
        } catch (IOException | RuntimeException e) {
            pack.abandon(stores.directory().temporary());
            active = Optional.empty();
            throw e;
        }
        for (PackEntry entry : placed) {
            apply(pack.pack(), entry);
        }
    }

    private void apply(Pack pack, PackEntry entry) {
        Digest digest = entry.digest();
        Optional<Location> before =
                switch (entry.type()) {
                    case BODY -> stores.index().put(digest, new Location.Packed(pack, entry, true));
                    case LARGE ->
                        stores.index()
                                .put(
                                        digest,
                                        new Location.Large(
                                                entry.bodyLength(), pack.number(), entry.length(), isSound(digest)));
                    case TOMBSTONE -> stores.index().remove(digest);
                    case NOTE -> Optional.empty();
                };
        before.ifPresent(this::died);
    }

    /** A file that has just been written is; one whose record only moves to another pack is what it was. */
    private boolean isSound(Digest digest) {
        return !(stores.index().find(digest).orElse(null) instanceof Location.Large known) || known.checked();
    }

    /** Counts the record of a blob that is no longer there. */
    void died(Location location) {
        stores.died(location).ifPresent(this::look);
    }

    /** Has the pack compacted when it is worth it. */
    void look(Pack pack) {
        if (pack.startCompaction()) {
            compact.accept(pack);
        }
    }

    private static void quietly(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            LOG.error("the end of a change failed", e);
        }
    }
}
