package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.forebay.model.Digest;
import io.forebay.store.FaultyFiles.Fault;
import io.forebay.store.FaultyFiles.Operation;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

/**
 * SQLite's habit: the first operation fails, then the second, and so on until the run passes; whatever failed, nothing wrong
 * is stored, nothing that was signalled is lost, and the store works again when the disk does.
 */
class StoreFaultsTest {
    private static final int SMALL = 700;
    private static final int LARGE = 40_000;
    private static final int LIMIT = 500;

    @TempDir
    Path directory;

    private final FaultyFiles files = new FaultyFiles();
    private final Map<Digest, byte[]> mustBeThere = new LinkedHashMap<>();
    private final Map<Digest, byte[]> mustBeGone = new LinkedHashMap<>();
    private final AtomicInteger seed = new AtomicInteger();

    private DiskBlobStore open() {
        return DiskBlobStore.open(StoreOptions.in(directory).withPacks(2_000, 5_000), files);
    }

    @ParameterizedTest(name = "{0}, stays broken: {1}")
    @DisplayName("reliability 69, 70, 71, 73, 75, 76: the disk fails at the n-th operation, for every n")
    @CsvSource({"FULL,false", "FULL,true", "BROKEN,false", "BROKEN,true"})
    void operation_fails_nothingWrongAndUsableAgain(Fault fault, boolean stays) throws Exception {
        int n = 0;
        boolean failed = true;
        while (failed) {
            n++;
            assertThat(n).as("the run must pass in the end").isLessThan(LIMIT);
            failed = run(n, stays, fault);
            assertThat(files.openChannels())
                    .as("files open after close, n = " + n)
                    .isZero();
        }
        assertThat(n).as("operations that were made to fail").isGreaterThan(20);
    }

    /** False when the run was over before its n-th operation. */
    private boolean run(int n, boolean stays, Fault fault) throws Exception {
        DiskBlobStore store = open();
        byte[] oldSmall = body(SMALL);
        byte[] oldLarge = body(LARGE);
        put(store, oldSmall).block();
        commit(store, oldLarge);
        mustBeThere.put(Bytes.digest(oldSmall), oldSmall);
        mustBeThere.put(Bytes.digest(oldLarge), oldLarge);

        AtomicInteger at = new AtomicInteger();
        files.rule((operation, path) -> {
            if (operation == Operation.READ) {
                return;
            }
            int now = at.incrementAndGet();
            if (now == n || (stays && now > n)) {
                throw fault.exception();
            }
        });
        work(store, oldSmall, oldLarge, fault);
        boolean reached = at.get() >= n;
        if (!stays) {
            files.heal();
        }
        checkAll(store);
        if (stays) {
            // As after a crash: closing cannot tidy up.
            store.close();
            files.heal();
            store = open();
            checkAll(store);
        }
        byte[] after = body(SMALL);
        byte[] afterLarge = body(LARGE);
        put(store, after).block();
        commit(store, afterLarge);
        mustBeThere.put(Bytes.digest(after), after);
        mustBeThere.put(Bytes.digest(afterLarge), afterLarge);
        store.close();
        store = open();
        checkAll(store);
        tidy(store);
        store.close();
        try (Stream<Path> left = Files.list(directory.resolve("tmp"))) {
            assertThat(left).isEmpty();
        }
        return reached;
    }

    private void work(DiskBlobStore store, byte[] oldSmall, byte[] oldLarge, Fault fault) {
        byte[] small = body(SMALL);
        attempt(put(store, small), fault, () -> mustBeThere.put(Bytes.digest(small), small));
        byte[] large = body(LARGE);
        draft(store, large, fault);
        attempt(store.note(Bytes.digest(oldSmall), new byte[] {1}), fault, () -> {});
        for (byte[] old : new byte[][] {oldSmall, oldLarge}) {
            // Whether it is gone when the disk did not say so is open; what it holds is not.
            mustBeThere.remove(Bytes.digest(old));
            attempt(store.delete(Bytes.digest(old)), fault, () -> mustBeGone.put(Bytes.digest(old), old));
        }
        for (int i = 0; i < 4; i++) {
            byte[] more = body(SMALL * 2);
            attempt(put(store, more), fault, () -> mustBeThere.put(Bytes.digest(more), more));
        }
    }

    private void attempt(Mono<Void> change, Fault fault, Runnable succeeded) {
        try {
            change.block();
        } catch (StoreException e) {
            checkKind(e, fault);
            return;
        }
        succeeded.run();
    }

    private static void checkKind(StoreException e, Fault fault) {
        assertThat(e.kind()).isEqualTo(fault.kind());
    }

    private void draft(DiskBlobStore store, byte[] bytes, Fault fault) {
        Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
        try (Draft.Pin pin = draft.pin()) {
            append(draft, bytes);
            try {
                assertThat(draft.finish().block().digest()).isEqualTo(Bytes.digest(bytes));
            } catch (StoreException e) {
                checkKind(e, fault);
                checkHalves(draft, bytes);
                draft.abort();
                return;
            }
            attempt(draft.commit(new byte[0]), fault, () -> mustBeThere.put(Bytes.digest(bytes), bytes));
        }
    }

    /** What is in the file and what is given back make the whole. */
    private static void checkHalves(Draft draft, byte[] bytes) {
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        try {
            if (draft.written() > 0) {
                seen.write(Bytes.read(draft.channel().orElseThrow(), 0, (int) draft.written()));
            }
            for (ByteBuf rest : draft.takeUnwritten()) {
                seen.write(Bytes.take(rest));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertThat(seen.toByteArray()).isEqualTo(bytes);
        assertThat(draft.takeUnwritten()).isEmpty();
    }

    private static void append(Draft draft, byte[] bytes) {
        for (int at = 0; at < bytes.length; at += 9_000) {
            draft.append(Bytes.buffer(bytes, at, Math.min(9_000, bytes.length - at)));
        }
    }

    private static Mono<Void> put(DiskBlobStore store, byte[] bytes) {
        return store.put(Bytes.digest(bytes), Bytes.buffer(bytes), new byte[0]);
    }

    private static void commit(DiskBlobStore store, byte[] bytes) {
        Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
        append(draft, bytes);
        draft.finish().block();
        draft.commit(new byte[0]).block();
    }

    private byte[] body(int length) {
        return Bytes.of(seed.incrementAndGet(), length);
    }

    private void checkAll(DiskBlobStore store) {
        mustBeThere.forEach((digest, bytes) ->
                assertThat(store.contains(digest)).as("signalled as stored").isTrue());
        mustBeGone.forEach((digest, bytes) ->
                assertThat(store.contains(digest)).as("signalled as deleted").isFalse());
        for (Digest digest : store.digests().collectList().block()) {
            Blob blob;
            try {
                blob = store.open(digest).block();
            } catch (StoreException e) {
                continue; // The disk is still broken and said so.
            }
            assertThat(blob).as("what is there can be opened").isNotNull();
            try (blob) {
                byte[] bytes = Bytes.take(blob.read(0, (int) blob.size()).block());
                assertThat(Bytes.digest(bytes)).isEqualTo(digest);
            }
        }
    }

    /** Keeps the directory small over hundreds of runs. */
    private void tidy(DiskBlobStore store) {
        store.digests().collectList().block().forEach(digest -> store.delete(digest)
                .block());
        mustBeThere.clear();
        mustBeGone.clear();
    }

    @Test
    @DisplayName("reliability 69: a draft fails after a short write; what was not written is given back to the byte")
    void draft_shortWriteThenFull_restIsGivenBack() throws Exception {
        try (DiskBlobStore store = open()) {
            byte[] bytes = body(LARGE);
            files.writeAtMost(1_234);
            AtomicInteger writes = new AtomicInteger();
            files.rule((operation, path) -> {
                if (operation == Operation.WRITE && writes.incrementAndGet() == 4) {
                    throw Fault.FULL.exception();
                }
            });
            Draft draft = store.draft(OptionalLong.empty(), Set.of());
            append(draft, bytes);
            BlobStoreContract.awaitFailure(draft);
            assertThat(draft.failure().orElseThrow().kind()).isEqualTo(StoreException.Kind.FULL);
            assertThat(draft.written()).isEqualTo(3 * 1_234);
            byte[] late = body(10);
            assertThat(draft.append(Bytes.buffer(late))).isFalse();
            AtomicInteger room = new AtomicInteger();
            draft.onRoom(room::incrementAndGet);
            assertThat(room).hasValue(1);
            byte[] whole = Arrays.copyOf(bytes, LARGE + 10);
            System.arraycopy(late, 0, whole, LARGE, 10);
            checkHalves(draft, whole);
            draft.abort();
        }
    }

    @Test
    @DisplayName("reliability 71: a draft whose sync fails is not stored, and its sync is not tried again")
    void commit_syncFails_notStoredNotRetried() {
        try (DiskBlobStore store = open()) {
            byte[] bytes = body(LARGE);
            Draft draft = store.draft(OptionalLong.empty(), Set.of());
            append(draft, bytes);
            draft.finish().block();
            AtomicInteger syncs = new AtomicInteger();
            files.rule((operation, path) -> {
                if (operation == Operation.FORCE) {
                    syncs.incrementAndGet();
                    throw Fault.BROKEN.exception();
                }
            });
            attempt(draft.commit(new byte[0]), Fault.BROKEN, () -> {
                throw new AssertionError("stored without a sync");
            });
            files.heal();
            assertThat(syncs).hasValue(1);
            assertThat(store.contains(Bytes.digest(bytes))).isFalse();
        }
    }

    @Test
    @DisplayName("reliability 77: too many open files is told as such and passes")
    void open_tooManyFiles_descriptorsThenFine() {
        byte[] bytes = body(LARGE);
        try (DiskBlobStore store = open()) {
            commit(store, bytes);
        }
        try (DiskBlobStore store = open()) {
            files.rule((operation, path) -> {
                if (operation == Operation.OPEN) {
                    throw new FileSystemException(path.toString(), null, "Too many open files");
                }
            });
            StoreException e = assertThrows(
                    StoreException.class, () -> store.open(Bytes.digest(bytes)).block());
            assertThat(e.kind()).isEqualTo(StoreException.Kind.DESCRIPTORS);
            files.heal();
            try (Blob blob = store.open(Bytes.digest(bytes)).block()) {
                assertThat(blob.size()).isEqualTo(LARGE);
            }
        }
    }

    @Test
    @DisplayName("reliability 72: an error of the disk while reading is an fault, and no blob is lost by it")
    void read_diskFails_errorAndBlobStays() {
        byte[] bytes = body(SMALL);
        try (DiskBlobStore store = open()) {
            put(store, bytes).block();
            try (Blob blob = store.open(Bytes.digest(bytes)).block()) {
                files.rule((operation, path) -> {
                    if (operation == Operation.READ) {
                        throw Fault.BROKEN.exception();
                    }
                });
                StoreException e = assertThrows(
                        StoreException.class, () -> blob.read(0, SMALL).block());
                assertThat(e.kind()).isEqualTo(StoreException.Kind.IO);
                files.heal();
                assertThat(Bytes.take(blob.read(0, SMALL).block())).isEqualTo(bytes);
            }
        }
    }
}
