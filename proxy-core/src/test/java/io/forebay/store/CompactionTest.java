package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.store.FaultyFiles.Operation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Packs of about ten bodies each, in which most of what they hold dies. */
class CompactionTest {
    private static final int BODY = 1_000;
    private static final int COUNT = 30;

    @TempDir
    Path directory;

    private final FaultyFiles files = new FaultyFiles();
    private final List<byte[]> bodies = new ArrayList<>();
    private DiskBlobStore store;

    private DiskBlobStore open() {
        return DiskBlobStore.open(StoreOptions.in(directory).withPacks(2_000, 10_000), files);
    }

    @BeforeEach
    void fill() {
        store = open();
        for (int i = 0; i < COUNT; i++) {
            bodies.add(Bytes.of(i, BODY));
            put(i, "n" + i);
        }
    }

    @AfterEach
    void close() {
        store.close();
        assertThat(files.openChannels()).isZero();
    }

    private void put(int i, String note) {
        byte[] bytes = bodies.get(i);
        store.put(Bytes.digest(bytes), Bytes.buffer(bytes), BlobStoreContract.note(note))
                .block();
    }

    private void delete(int i) {
        store.delete(Bytes.digest(bodies.get(i))).block();
    }

    private byte[] read(int i) {
        Blob blob = store.open(Bytes.digest(bodies.get(i))).block();
        if (blob == null) {
            return null;
        }
        try (blob) {
            return Bytes.take(blob.read(0, BODY).block());
        }
    }

    private List<String> notes() {
        return store.notes().map(String::new).collectList().block();
    }

    private Path pack(int number) {
        return directory.resolve("packs").resolve(number + ".pack");
    }

    private static void await(Semaphore seen) throws InterruptedException {
        assertThat(seen.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    }

    private void checkOnlyTheseLive(List<Integer> live) {
        for (int i = 0; i < COUNT; i++) {
            assertThat(read(i)).isEqualTo(live.contains(i) ? bodies.get(i) : null);
        }
        assertThat(notes()).isEqualTo(live.stream().map(i -> "n" + i).toList());
    }

    @Test
    void compaction_moreThanHalfDead_livingStayAndSpaceIsFreed() throws Exception {
        long before = Files.size(pack(1));
        Semaphore rewritten = files.watch(Operation.RENAME, "1.pack");
        List<Integer> live = new ArrayList<>(IntStream.range(0, COUNT).boxed().toList());
        for (int i = 1; i < 8; i++) {
            delete(i);
            live.remove((Integer) i);
        }
        await(rewritten);
        assertThat(Files.size(pack(1))).isLessThan(before / 2);
        checkOnlyTheseLive(live);
        store.close();
        store = open();
        checkOnlyTheseLive(live);
        assertThat(directory.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void compaction_halfDeadBeforeARestart_theNextDeathBeginsIt() throws Exception {
        for (int i = 1; i < 6; i++) {
            delete(i);
        }
        store.close();
        store = open();
        Semaphore rewritten = files.watch(Operation.RENAME, "1.pack");
        delete(6);
        await(rewritten);
        List<Integer> live = new ArrayList<>(IntStream.range(7, COUNT).boxed().toList());
        live.add(0, 0);
        checkOnlyTheseLive(live);
    }

    @Test
    void compaction_dueWhenTheStoreStarts_isDoneThen() throws Exception {
        Path other = directory.resolve("other");
        byte[] kept = Bytes.of(500, BODY);
        try (DiskBlobStore one = DiskBlobStore.open(StoreOptions.in(other).withPacks(2_000, 100_000), files)) {
            one.put(Bytes.digest(kept), Bytes.buffer(kept), new byte[0]).block();
            for (int i = 0; i < 12; i++) {
                byte[] bytes = bodies.get(i);
                one.put(Bytes.digest(bytes), Bytes.buffer(bytes), new byte[0]).block();
                one.delete(Bytes.digest(bytes)).block();
            }
        }
        Semaphore rewritten = files.watch(Operation.RENAME, "1.pack");
        try (DiskBlobStore one = DiskBlobStore.open(StoreOptions.in(other).withPacks(2_000, 10_000), files)) {
            await(rewritten);
            assertThat(one.digests().collectList().block()).containsExactly(Bytes.digest(kept));
            try (Blob blob = one.open(Bytes.digest(kept)).block()) {
                assertThat(Bytes.take(blob.read(0, BODY).block())).isEqualTo(kept);
            }
        }
    }

    @Test
    void compaction_readersPinnedMeanwhile_readOn() throws Exception {
        Semaphore rewritten = files.watch(Operation.RENAME, "1.pack");
        List<Blob> pinned = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            pinned.add(store.open(Bytes.digest(bodies.get(i))).block());
        }
        for (int i = 1; i < 8; i++) {
            delete(i);
        }
        await(rewritten);
        for (int i = 0; i < 9; i++) {
            try (Blob blob = pinned.get(i)) {
                assertThat(Bytes.take(blob.read(0, BODY).block())).isEqualTo(bodies.get(i));
                assertThat(Bytes.read(blob.channel(), blob.position(), BODY)).isEqualTo(bodies.get(i));
            }
        }
    }

    @Test
    void compaction_allDead_packIsRemoved() throws Exception {
        Semaphore removed = files.watch(Operation.UNLINK, "packs/1.pack");
        for (int i = 0; i < 10; i++) {
            delete(i);
        }
        await(removed);
        // The pack writer has finished the step when the next change is through.
        delete(10);
        assertThat(pack(1)).doesNotExist();
        store.close();
        store = open();
        checkOnlyTheseLive(IntStream.range(11, COUNT).boxed().toList());
    }

    @Test
    @DisplayName("a tombstone outlives the compaction of its own pack as long as an older pack holds what it buried")
    void compaction_ofThePackWithTheTombstones_deletedStayDeleted() throws Exception {
        // Pack 1 keeps its dead body 0, for it is the only one; its tombstone is in a later pack.
        delete(0);
        Semaphore rewritten = files.watch(Operation.RENAME, "4.pack");
        List<byte[]> more = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            byte[] bytes = Bytes.of(1_000 + i, BODY);
            more.add(bytes);
            store.put(Bytes.digest(bytes), Bytes.buffer(bytes), new byte[0]).block();
        }
        assertThat(pack(4)).exists();
        for (byte[] bytes : more) {
            store.delete(Bytes.digest(bytes)).block();
        }
        await(rewritten);
        store.close();
        store = open();
        assertThat(read(0)).isNull();
        assertThat(read(1)).isEqualTo(bodies.get(1));
        assertThat(notes()).doesNotContain("n0").startsWith("n1");
    }

    @Test
    void compaction_diskFails_packStaysAndIsTriedAgain() throws Exception {
        Semaphore tried = new Semaphore(0);
        files.rule((operation, path) -> {
            if (operation == Operation.RENAME && path.endsWith("1.pack")) {
                tried.release();
                throw FaultyFiles.Fault.BROKEN.exception();
            }
        });
        for (int i = 0; i < 6; i++) {
            delete(i);
        }
        await(tried);
        files.heal();
        Semaphore rewritten = files.watch(Operation.RENAME, "1.pack");
        delete(6);
        await(rewritten);
        assertThat(read(9)).isEqualTo(bodies.get(9));
        assertThat(read(0)).isNull();
    }

    @RepeatedTest(5)
    @DisplayName("everybody at once on few digests: whatever is read is right, and the restart agrees")
    void store_usedByManyAtOnce_neverWrongBytes() throws Exception {
        Semaphore failed = new Semaphore(0);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int seed = t;
            Thread thread = new Thread(() -> {
                try {
                    work(new Random(seed));
                } catch (RuntimeException | Error e) {
                    failed.release();
                    throw e;
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failed.availablePermits()).isZero();
        List<Boolean> there = bodies.stream()
                .map(bytes -> store.contains(Bytes.digest(bytes)))
                .toList();
        store.close();
        store = open();
        for (int i = 0; i < COUNT; i++) {
            assertThat(store.contains(Bytes.digest(bodies.get(i)))).isEqualTo(there.get(i));
            assertThat(read(i)).isEqualTo(there.get(i) ? bodies.get(i) : null);
        }
    }

    private void work(Random random) {
        for (int n = 0; n < 300; n++) {
            int i = random.nextInt(COUNT);
            switch (random.nextInt(5)) {
                case 0, 1 -> delete(i);
                case 2 -> put(i, "n" + i);
                case 3 -> commit(bodies.get(i));
                default -> {
                    byte[] bytes = read(i);
                    assertThat(bytes == null || Arrays.equals(bytes, bodies.get(i)))
                            .isTrue();
                }
            }
        }
    }

    private void commit(byte[] bytes) {
        Draft draft = store.draft(OptionalLong.empty(), Set.of());
        draft.append(Bytes.buffer(bytes));
        Mono<Draft.Sum> sum = draft.finish();
        sum.block();
        draft.commit(new byte[0]).block();
    }
}
