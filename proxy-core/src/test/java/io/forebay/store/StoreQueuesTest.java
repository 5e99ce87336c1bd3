package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Digest;
import io.forebay.store.FaultyFiles.Gate;
import io.forebay.store.FaultyFiles.Operation;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What waits, how much of it may, and that nobody waits for another's disk. */
class StoreQueuesTest {
    private static final int QUEUE = 100_000;
    private static final int PIECE = 10_000;

    @TempDir
    Path directory;

    private final FaultyFiles files = new FaultyFiles();
    private final Set<Thread> before = Thread.getAllStackTraces().keySet();
    private DiskBlobStore store;

    private void open(StoreOptions options) {
        store = DiskBlobStore.open(options, files);
    }

    private void open(long queueBytes) {
        open(StoreOptions.in(directory).withBounds(QUEUE, queueBytes, 100));
    }

    @AfterEach
    void closeStore() {
        files.heal();
        store.close();
        assertThat(files.openChannels()).isZero();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.isAlive()
                        && !before.contains(thread)
                        && thread.getName().startsWith("store-"));
    }

    private static Mono<Void> put(DiskBlobStore store, byte[] bytes) {
        return store.put(Bytes.digest(bytes), Bytes.buffer(bytes), new byte[0]);
    }

    private static ByteBuf piece(byte[] bytes, int number) {
        return Bytes.buffer(bytes, number * PIECE, PIECE);
    }

    private static void commit(DiskBlobStore store, byte[] bytes) {
        Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
        for (int i = 0; i < bytes.length / PIECE; i++) {
            draft.append(piece(bytes, i));
        }
        draft.finish().block();
        draft.commit(new byte[0]).block();
    }

    private static boolean isDraft(Path path) {
        return path.getParent().endsWith("tmp");
    }

    private static boolean isPack(Path path) {
        return path.toString().endsWith(".pack");
    }

    /** Room is given back just after the answer. */
    private void awaitNothingClaimed() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (store.room().claimedBytes() != 0) {
            assertThat(System.nanoTime())
                    .as("nothing is claimed: " + store.room())
                    .isLessThan(end);
            Thread.sleep(5);
        }
    }

    @Test
    @DisplayName(
            "what a small body and a note have claimed is given back, so that more than the queue holds can follow")
    void put_moreThanTheQueueHolds_eachGivesItsRoomBack() throws Exception {
        open(QUEUE);
        for (int i = 0; i < 4 * QUEUE / PIECE; i++) {
            byte[] bytes = Bytes.of(i, PIECE);
            put(store, bytes).block();
            awaitNothingClaimed();
            store.note(Bytes.digest(bytes), new byte[PIECE]).block();
            awaitNothingClaimed();
        }
    }

    @Test
    @DisplayName("what a body that the disk refused has claimed is given back")
    void put_diskFails_givesItsRoomBack() throws Exception {
        open(QUEUE);
        files.rule((operation, path) -> {
            if (operation == Operation.WRITE && isPack(path)) {
                throw new IOException("Input/output error");
            }
        });
        for (int i = 0; i < 2 * QUEUE / PIECE; i++) {
            byte[] bytes = Bytes.of(i, PIECE);
            assertThatThrownBy(() -> put(store, bytes).block()).isInstanceOf(StoreException.class);
            awaitNothingClaimed();
        }
        files.heal();
        byte[] bytes = Bytes.of(1, PIECE);
        put(store, bytes).block();
        assertThat(store.contains(Bytes.digest(bytes))).isTrue();
    }

    @Test
    @DisplayName("a stored file is opened and read while every thread that writes is held up")
    void open_everyWriterStalled_isServed() throws Exception {
        open(Long.MAX_VALUE);
        byte[] stored = Bytes.of(1, 20 * PIECE);
        commit(store, stored);
        Gate gate = files.stall(Operation.OPEN, StoreQueuesTest::isDraft);
        List<Draft> drafts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Draft draft = store.draft(OptionalLong.empty(), Set.of());
            draft.append(piece(stored, i));
            drafts.add(draft);
        }
        gate.awaitArrival();
        try (Blob blob = store.open(Bytes.digest(stored)).block(Duration.ofSeconds(20))) {
            blob.load(0, stored.length).block(Duration.ofSeconds(20));
            assertThat(blob.isRecent(0, stored.length)).isTrue();
        } finally {
            gate.open();
            drafts.forEach(Draft::abort);
        }
    }

    @Test
    @DisplayName("where changes come together, one waits a moment for the next, and they share a sync")
    void put_aMomentAfterAnother_sharesItsSync() throws Exception {
        open(QUEUE);
        int rounds = 50;
        for (int i = 0; i < rounds; i++) {
            Mono<Void> one = put(store, Bytes.of(4 * i, 100));
            Mono<Void> besideIt = put(store, Bytes.of(4 * i + 1, 100));
            Mono.when(one, besideIt).block();
            Mono<Void> next = put(store, Bytes.of(4 * i + 2, 100));
            Thread.sleep(1);
            Mono<Void> aMomentLater = put(store, Bytes.of(4 * i + 3, 100));
            Mono.when(next, aMomentLater).block();
        }
        assertThat(store.usage().blobs()).isEqualTo(4L * rounds);
        // Two for each round, or three without the wait; a thread may be paused between two of its changes.
        assertThat(files.count(Operation.FORCE)).isLessThan(rounds * 5 / 2);
    }

    @Test
    @DisplayName("failures 22: the queue of a draft is bounded, its writer waits for room and goes on")
    void append_diskStalls_writerIsToldToWait() throws Exception {
        open(Long.MAX_VALUE);
        byte[] bytes = Bytes.of(1, 40 * PIECE);
        Gate gate = files.stall(Operation.OPEN, StoreQueuesTest::isDraft);
        Draft draft = store.draft(OptionalLong.empty(), Set.of());
        int next = 0;
        boolean room = true;
        while (room) {
            room = draft.append(piece(bytes, next++));
        }
        assertThat(next * PIECE).isEqualTo(QUEUE);
        Semaphore told = new Semaphore(0);
        draft.onRoom(told::release);
        gate.awaitArrival();
        assertThat(told.tryAcquire()).isFalse();
        gate.open();
        while (next < 40) {
            assertThat(told.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            draft.append(piece(bytes, next++));
            draft.onRoom(told::release);
        }
        assertThat(draft.finish().block().digest()).isEqualTo(Bytes.digest(bytes));
        draft.abort();
    }

    @Test
    @DisplayName("failures 22: with the store's bound reached every writer waits, and all go on when there is room")
    void append_storeIsFull_otherDraftsWaitToo() throws Exception {
        open(5 * PIECE);
        byte[] bytes = Bytes.of(2, 6 * PIECE);
        Gate gate = files.stall(Operation.OPEN, path -> path.endsWith("1"));
        Draft stalled = store.draft(OptionalLong.empty(), Set.of());
        for (int i = 0; i < 5; i++) {
            assertThat(stalled.append(piece(bytes, i))).isEqualTo(i < 4);
        }
        gate.awaitArrival();
        Draft other = store.draft(OptionalLong.empty(), Set.of());
        assertThat(other.append(piece(bytes, 0))).isFalse();
        StepVerifier.create(put(store, Bytes.of(3, 100)))
                .verifyErrorSatisfies(
                        e -> assertThat(((StoreException) e).kind()).isEqualTo(StoreException.Kind.BUSY));
        Semaphore told = new Semaphore(0);
        other.onRoom(told::release);
        stalled.onRoom(told::release);
        BlobStoreContract.awaitWritten(other, PIECE);
        assertThat(told.tryAcquire()).isFalse();
        gate.open();
        assertThat(told.tryAcquire(2, 10, TimeUnit.SECONDS)).isTrue();
        put(store, Bytes.of(3, 100)).block();
        stalled.abort();
        other.abort();
    }

    @Test
    @DisplayName("reliability 74: one draft's disk stalls; another draft, puts, hits and opens go on")
    void draft_stalled_othersGoOn() throws Exception {
        open(Long.MAX_VALUE);
        byte[] warm = Bytes.of(4, 20 * PIECE);
        commit(store, warm);
        Gate gate = files.stall(Operation.WRITE, path -> isDraft(path) && path.endsWith("2"));
        byte[] bytes = Bytes.of(5, 20 * PIECE);
        Draft stalled = store.draft(OptionalLong.of(bytes.length), Set.of());
        stalled.append(piece(bytes, 0));
        gate.awaitArrival();
        try (Blob blob = store.openNow(Bytes.digest(warm)).orElseThrow()) {
            assertThat(Bytes.take(blob.read(0, warm.length).block())).isEqualTo(warm);
        }
        byte[] other = Bytes.of(6, 20 * PIECE);
        commit(store, other);
        byte[] small = Bytes.of(7, 100);
        put(store, small).block();
        assertThat(store.contains(Bytes.digest(other))).isTrue();
        assertThat(stalled.written()).isZero();
        gate.open();
        stalled.abort();
    }

    @Test
    @DisplayName("reliability 74: a writer that gives a stalled draft up gets back all that is not in the file")
    void giveUp_ofAStalledDraft_givesTheRestBack() throws Exception {
        open(Long.MAX_VALUE);
        byte[] bytes = Bytes.of(8, 9 * PIECE);
        Draft draft = store.draft(OptionalLong.empty(), Set.of());
        draft.append(piece(bytes, 0));
        BlobStoreContract.awaitWritten(draft, PIECE);
        Gate gate = files.stall(Operation.WRITE, StoreQueuesTest::isDraft);
        draft.append(piece(bytes, 1));
        gate.awaitArrival();
        // One is in the hands of the disk, the others wait.
        for (int i = 2; i < 9; i++) {
            draft.append(piece(bytes, i));
        }
        draft.giveUp();
        assertThat(draft.failure().orElseThrow().kind()).isEqualTo(StoreException.Kind.BUSY);
        long written = draft.written();
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        for (ByteBuf buffer : draft.takeUnwritten()) {
            rest.write(Bytes.take(buffer));
        }
        gate.open();
        StepVerifier.create(draft.finish()).verifyError(StoreException.class);
        assertThat(draft.written()).as("nobody hears of the late bytes").isEqualTo(written);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(Bytes.read(draft.channel().orElseThrow(), 0, (int) written));
        whole.write(rest.toByteArray());
        assertThat(whole.toByteArray()).isEqualTo(bytes);
        draft.abort();
    }

    @Test
    @DisplayName("perf rule 7: what queues while a sync runs shares the next one")
    void put_manyAtOnce_shareASync() throws Exception {
        open(Long.MAX_VALUE);
        put(store, Bytes.of(9, 10)).block();
        int before = files.count(Operation.FORCE);
        Gate gate = files.stall(Operation.FORCE, StoreQueuesTest::isPack);
        List<Mono<Void>> puts = new ArrayList<>();
        puts.add(put(store, Bytes.of(10, 4_096)));
        gate.awaitArrival();
        for (int i = 0; i < 200; i++) {
            puts.add(put(store, Bytes.of(11 + i, 4_096)));
        }
        Digest last = Bytes.digest(Bytes.of(210, 4_096));
        assertThat(store.contains(last)).as("not there before it is durable").isFalse();
        gate.open();
        Mono.when(puts).block();
        assertThat(store.contains(last)).isTrue();
        assertThat(files.count(Operation.FORCE) - before).isEqualTo(2);
    }

    @Test
    void commit_inOneBatchBehindADeleteOfNothing_fileStays() throws Exception {
        open(Long.MAX_VALUE);
        byte[] bytes = Bytes.of(60, 5 * PIECE);
        Draft draft = store.draft(OptionalLong.empty(), Set.of());
        for (int i = 0; i < 5; i++) {
            draft.append(piece(bytes, i));
        }
        draft.finish().block();
        Gate gate = files.stall(Operation.FORCE, StoreQueuesTest::isPack);
        Mono<Void> first = put(store, Bytes.of(61, 10));
        gate.awaitArrival();
        Semaphore synced = files.watch(Operation.FORCE, "tmp/1");
        Mono<Void> deleting = store.delete(Bytes.digest(bytes));
        Mono<Void> committing = draft.commit(new byte[0]);
        assertThat(synced.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        gate.open();
        Mono.when(first, deleting, committing).block();
        store.close();
        open(Long.MAX_VALUE);
        assertThat(store.contains(Bytes.digest(bytes))).isTrue();
    }

    @Test
    void commit_inOneBatchBehindItsOwnDelete_fileStays() throws Exception {
        open(Long.MAX_VALUE);
        byte[] bytes = Bytes.of(62, 5 * PIECE);
        commit(store, bytes);
        Draft draft = store.draft(OptionalLong.empty(), Set.of());
        for (int i = 0; i < 5; i++) {
            draft.append(piece(bytes, i));
        }
        draft.finish().block();
        Gate gate = files.stall(Operation.FORCE, StoreQueuesTest::isPack);
        Mono<Void> first = put(store, Bytes.of(63, 10));
        gate.awaitArrival();
        Semaphore synced = files.watch(Operation.FORCE, "tmp/2");
        Mono<Void> deleting = store.delete(Bytes.digest(bytes));
        Mono<Void> committing = draft.commit(new byte[0]);
        assertThat(synced.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        gate.open();
        Mono.when(first, deleting, committing).block();
        store.close();
        open(Long.MAX_VALUE);
        try (Blob blob = store.open(Bytes.digest(bytes)).block()) {
            assertThat(Bytes.take(blob.read(0, bytes.length).block())).isEqualTo(bytes);
        }
    }

    @Test
    @DisplayName("perf rule 5: small pieces that have queued are gathered into one write")
    void append_manySmallPieces_oneWrite() throws Exception {
        open(Long.MAX_VALUE);
        byte[] bytes = Bytes.of(12, 9 * PIECE);
        Gate gate = files.stall(Operation.OPEN, StoreQueuesTest::isDraft);
        Draft draft = store.draft(OptionalLong.empty(), Set.of());
        int before = files.count(Operation.WRITE);
        draft.append(piece(bytes, 0));
        gate.awaitArrival();
        for (int i = 1; i < 9; i++) {
            draft.append(piece(bytes, i));
        }
        gate.open();
        draft.finish().block();
        // One for what the first turn had taken, one for all that queued behind it.
        assertThat(files.count(Operation.WRITE) - before).isEqualTo(2);
        draft.abort();
    }

    @Test
    @DisplayName("failures 23: a body that cannot fit is refused at once")
    void draft_longerThanTheFreeSpace_isFull() {
        files.usable = 1_000_000;
        open(Long.MAX_VALUE);
        Draft fits = store.draft(OptionalLong.of(900_000), Set.of());
        assertThatThrownBy(() -> store.draft(OptionalLong.of(200_000), Set.of()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.FULL));
        fits.abort();
        fits.finish().onErrorComplete().block();
        put(store, Bytes.of(13, 10)).block();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("failures 23: the quota holds for announced bodies, for those that grow, and for small ones")
    void quota_reached_isFull(boolean announced) throws Exception {
        open(StoreOptions.in(directory).withQuotaBytes(150_000));
        byte[] first = Bytes.of(14, 10 * PIECE);
        commit(store, first);
        byte[] second = Bytes.of(15, 10 * PIECE);
        if (announced) {
            assertThatThrownBy(() -> store.draft(OptionalLong.of(second.length), Set.of()))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.FULL));
        } else {
            Draft draft = store.draft(OptionalLong.empty(), Set.of());
            for (int i = 0; i < 10; i++) {
                draft.append(piece(second, i));
            }
            BlobStoreContract.awaitFailure(draft);
            assertThat(draft.failure().orElseThrow().kind()).isEqualTo(StoreException.Kind.FULL);
            draft.abort();
        }
        StepVerifier.create(put(store, Bytes.of(16, 60_000)))
                .verifyErrorSatisfies(
                        e -> assertThat(((StoreException) e).kind()).isEqualTo(StoreException.Kind.FULL));
        store.delete(Bytes.digest(first)).block();
        commit(store, second);
        assertThat(store.contains(Bytes.digest(second))).isTrue();
    }

    @Test
    @DisplayName("failures 23: files kept open are bounded, those that somebody reads stay readable")
    void open_moreFilesThanTheBound_oldestAreClosed() {
        open(StoreOptions.in(directory).withBounds(QUEUE, Long.MAX_VALUE, 2));
        List<byte[]> bodies = new ArrayList<>();
        List<Blob> blobs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            bodies.add(Bytes.of(20 + i, PIECE));
            commit(store, bodies.get(i));
            blobs.add(store.open(Bytes.digest(bodies.get(i))).block());
        }
        for (int i = 0; i < 8; i++) {
            assertThat(Bytes.take(blobs.get(i).read(0, PIECE).block())).isEqualTo(bodies.get(i));
            blobs.get(i).close();
        }
        store.close();
        assertThat(files.openChannels()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {PIECE, 100})
    @DisplayName(
            "a reader that is interrupted closes a shared channel under all; the next open has a new one, writing goes on")
    void open_channelClosedByAnInterrupt_isOpenedAnew(int length) throws Exception {
        open(Long.MAX_VALUE);
        byte[] bytes = Bytes.of(40, length);
        if (length == PIECE) {
            commit(store, bytes);
        } else {
            put(store, bytes).block();
        }
        try (Blob blob = store.openNow(Bytes.digest(bytes)).orElseThrow()) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> Bytes.read(blob.channel(), blob.position(), length))
                    .isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(store.openNow(Bytes.digest(bytes))).isEmpty();
        try (Blob blob = store.open(Bytes.digest(bytes)).block()) {
            assertThat(Bytes.take(blob.read(0, length).block())).isEqualTo(bytes);
        }
        put(store, Bytes.of(41, 100)).block();
        assertThat(store.contains(Bytes.digest(Bytes.of(41, 100)))).isTrue();
    }

    @Test
    @DisplayName("reliability 83: close finishes what is queued; drafts that are open are dropped")
    void close_withWorkQueued_finishesIt() throws Exception {
        open(Long.MAX_VALUE);
        byte[] bytes = Bytes.of(50, 100);
        byte[] large = Bytes.of(51, 5 * PIECE);
        Draft draft = store.draft(OptionalLong.empty(), Set.of());
        for (int i = 0; i < 5; i++) {
            draft.append(piece(large, i));
        }
        draft.finish().block();
        Draft dropped = store.draft(OptionalLong.empty(), Set.of());
        dropped.append(piece(large, 0));
        Mono<Void> putting = put(store, bytes);
        Mono<Void> committing = draft.commit(new byte[0]);
        store.close();
        putting.block();
        committing.block();
        assertThatThrownBy(() -> dropped.commit(new byte[0]).block()).isInstanceOf(IllegalStateException.class);
        open(Long.MAX_VALUE);
        assertThat(store.usage().blobs()).isEqualTo(2);
        assertThat(directory.resolve("tmp")).isEmptyDirectory();
    }
}
