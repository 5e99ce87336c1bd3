package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Digest;
import io.forebay.store.PlatterMemory.Unsynced;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

/**
 * The power goes at the n-th operation on the disk, for every n: whatever was never synced is gone, and everything that was
 * reported as stored is there.
 */
class PowerLossTest {
    private static final int SMALL = 700;
    private static final int LARGE = 40_000;
    private static final int LIMIT = 2_000;

    @TempDir
    Path directory;

    /** What was reported, in the order of the reports. */
    private final Map<Digest, byte[]> stored = new LinkedHashMap<>();

    private static DiskBlobStore open(Path root, FaultyFiles files) {
        return DiskBlobStore.open(StoreOptions.in(root.resolve("data/store")).withPacks(2_000, 5_000), files);
    }

    @ParameterizedTest(name = "reliability 82: what was not synced: {0}")
    @DisplayName("the power goes at the n-th operation, for every n")
    @EnumSource
    void power_goes_reportedIsThereAndNothingWrong(Unsynced unsynced) throws Exception {
        boolean went = true;
        int n = 0;
        while (went) {
            n++;
            assertThat(n).as("the run must pass in the end").isLessThan(LIMIT);
            stored.clear();
            Path before = Files.createDirectories(directory.resolve(n + "-before"));
            Path after = Files.createDirectories(directory.resolve(n + "-after"));
            FaultyFiles files = new FaultyFiles();
            files.memory.cutAt(n);
            work(before, files);
            went = files.memory.isOff();
            if (!went) {
                files.memory.cut();
            }
            files.memory.restore(before, after, unsynced);
            check(after, "n = " + n);
            remove(before);
            remove(after);
        }
        assertThat(n).as("operations at which the power went").isGreaterThan(60);
    }

    @ParameterizedTest(name = "reliability 81 and 82: what was not synced: {0}")
    @DisplayName("a kill at the n-th operation, a start, and then the power goes: what the start found is still there")
    @EnumSource
    void kill_thenPowerGoes_whatWasFoundIsThere(Unsynced unsynced) throws Exception {
        boolean killed = true;
        int n = 0;
        while (killed) {
            n++;
            assertThat(n).as("the run must pass in the end").isLessThan(LIMIT);
            stored.clear();
            Path before = Files.createDirectories(directory.resolve(n + "-before"));
            Path after = Files.createDirectories(directory.resolve(n + "-after"));
            FaultyFiles files = new FaultyFiles();
            int[] operations = {0};
            int at = n;
            files.rule((operation, path) -> {
                synchronized (operations) {
                    if (operation != FaultyFiles.Operation.READ && ++operations[0] >= at) {
                        throw new IOException("killed");
                    }
                }
            });
            work(before, files);
            killed = operations[0] >= n;
            files.heal();
            try (DiskBlobStore store = open(before, files)) {
                stored.clear();
                for (Digest digest : store.digests().collectList().block()) {
                    stored.put(digest, read(store, digest));
                }
                files.memory.cut();
            }
            files.memory.restore(before, after, unsynced);
            check(after, "n = " + n);
            remove(before);
            remove(after);
        }
    }

    /** Small and large bodies, notes, deletions, packs that fill and are compacted; ends early when the power is off. */
    private void work(Path root, FaultyFiles files) {
        DiskBlobStore store;
        try {
            store = open(root, files);
        } catch (StoreException e) {
            return;
        }
        try (store) {
            byte[] small = Bytes.of(1, SMALL);
            byte[] large = Bytes.of(2, LARGE);
            report(put(store, small), small);
            commit(store, large);
            report(store.note(Bytes.digest(small), new byte[] {1}), small);
            byte[] second = Bytes.of(3, LARGE);
            commit(store, second);
            for (int i = 10; i < 16; i++) {
                byte[] more = Bytes.of(i, SMALL);
                report(put(store, more), more);
            }
            for (int i = 10; i < 14; i++) {
                delete(store, Bytes.of(i, SMALL));
            }
            delete(store, large);
            for (int i = 20; i < 24; i++) {
                byte[] more = Bytes.of(i, SMALL);
                report(put(store, more), more);
            }
            commit(store, Bytes.of(4, LARGE));
            commit(store, large);
        }
    }

    private static Mono<Void> put(DiskBlobStore store, byte[] bytes) {
        return store.put(Bytes.digest(bytes), Bytes.buffer(bytes), new byte[0]);
    }

    private void report(Mono<Void> change, byte[] bytes) {
        try {
            change.block();
            stored.put(Bytes.digest(bytes), bytes);
        } catch (StoreException e) {
            // The power went before it was reported.
        }
    }

    private void commit(DiskBlobStore store, byte[] bytes) {
        Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
        try (Draft.Pin pin = draft.pin()) {
            draft.append(Bytes.buffer(bytes));
            draft.finish().block();
            report(draft.commit(new byte[0]), bytes);
        } catch (StoreException e) {
            draft.takeUnwritten().forEach(Bytes::take);
        }
    }

    private void delete(DiskBlobStore store, byte[] bytes) {
        // Whether it is gone when that was not reported is open.
        stored.remove(Bytes.digest(bytes));
        try {
            store.delete(Bytes.digest(bytes)).block();
        } catch (StoreException e) {
            // The power went before it was reported.
        }
    }

    private void check(Path root, String when) {
        try (DiskBlobStore store = open(root, new FaultyFiles())) {
            stored.forEach((digest, bytes) -> assertThat(read(store, digest))
                    .as("reported as stored, " + when)
                    .isEqualTo(bytes));
            for (Digest digest : store.digests().collectList().block()) {
                byte[] bytes = read(store, digest);
                if (bytes != null) {
                    assertThat(Bytes.digest(bytes)).as("no wrong byte, " + when).isEqualTo(digest);
                }
            }
        }
    }

    /** Null when it turns out not to be there. */
    private static byte[] read(DiskBlobStore store, Digest digest) {
        Blob blob = store.open(digest).block();
        if (blob == null) {
            return null;
        }
        try (blob) {
            return Bytes.take(blob.read(0, (int) blob.size()).block());
        }
    }

    private static void remove(Path root) throws IOException {
        try (var all = Files.walk(root)) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
