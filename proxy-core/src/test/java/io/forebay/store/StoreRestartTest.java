package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

/** What a start makes of a directory that a crash, a failing disk or a person has left. */
class StoreRestartTest {
    private static final int LARGE = 100_000;

    @TempDir
    Path directory;

    private final FaultyFiles files = new FaultyFiles();
    private final byte[] first = Bytes.of(1, 40);
    private final byte[] second = Bytes.of(2, 50);
    private final byte[] third = Bytes.of(3, 30);

    @AfterEach
    void noFileStaysOpen() {
        assertThat(files.openChannels()).isZero();
    }

    private DiskBlobStore open() {
        return DiskBlobStore.open(StoreOptions.in(directory), files);
    }

    private static void put(DiskBlobStore store, byte[] bytes, String note) {
        store.put(Bytes.digest(bytes), Bytes.buffer(bytes), BlobStoreContract.note(note))
                .block();
    }

    private static void commit(DiskBlobStore store, byte[] bytes) {
        Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
        draft.append(Bytes.buffer(bytes));
        draft.finish().block();
        draft.commit(BlobStoreContract.note("large")).block();
    }

    private static byte[] read(DiskBlobStore store, byte[] bytes) {
        Blob blob = store.open(Bytes.digest(bytes)).block();
        if (blob == null) {
            return null;
        }
        try (blob) {
            return Bytes.take(blob.read(0, (int) blob.size()).block());
        }
    }

    private static List<String> notes(DiskBlobStore store) {
        return store.notes().map(String::new).collectList().block();
    }

    private Path pack(int number) {
        return directory.resolve("packs").resolve(number + ".pack");
    }

    private Path index(int number) {
        return directory.resolve("packs").resolve(number + ".idx");
    }

    private Path large(byte[] bytes) {
        String hex = Bytes.digest(bytes).hex();
        return directory.resolve("blobs").resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }

    /** Three records in one pack; answers where the last begins. */
    private int threeRecords() throws IOException {
        try (DiskBlobStore store = open()) {
            put(store, first, "first");
            put(store, second, "second");
            put(store, third, "third");
        }
        return (int) Files.size(pack(1)) - record("third", third);
    }

    private static int record(String note, byte[] body) {
        return PackFormat.RECORD_HEADER + note.length() + body.length;
    }

    private enum Tail {
        CUT,
        ZEROS,
        GARBAGE
    }

    @ParameterizedTest
    @EnumSource(Tail.class)
    @DisplayName("reliability 81, 82: the last record is torn at every offset")
    void restart_tornTail_restIsThereAndTheStoreGoesOn(Tail tail) throws Exception {
        int last = threeRecords();
        byte[] whole = Files.readAllBytes(pack(1));
        byte[] next = Bytes.of(4, 10);
        Random random = new Random(5);
        for (int cut = last; cut < whole.length; cut++) {
            byte[] torn = Arrays.copyOf(whole, cut);
            if (tail != Tail.CUT) {
                torn = Arrays.copyOf(torn, whole.length);
                if (tail == Tail.GARBAGE) {
                    byte[] garbage = new byte[whole.length - cut];
                    random.nextBytes(garbage);
                    garbage[0] = (byte) ~whole[cut];
                    System.arraycopy(garbage, 0, torn, cut, garbage.length);
                } else if (Arrays.equals(torn, whole)) {
                    continue;
                }
            }
            Files.write(pack(1), torn);
            // One that was written by an orderly close covers more than there is, or tells of what is not so: both are
            // left.
            Files.deleteIfExists(index(1));
            try (DiskBlobStore store = open()) {
                assertThat(read(store, first)).isEqualTo(first);
                assertThat(read(store, second)).isEqualTo(second);
                assertThat(store.contains(Bytes.digest(third))).isFalse();
                put(store, next, "next");
            }
            assertThat(pack(1)).as("nothing of the torn record is left").hasSize(last + record("next", next));
            try (DiskBlobStore store = open()) {
                assertThat(read(store, next)).isEqualTo(next);
                assertThat(notes(store)).containsExactly("first", "second", "next");
            }
        }
    }

    @Test
    @DisplayName("reliability 82: an index that covers more than the pack has is not believed")
    void restart_packShorterThanItsIndex_isScanned() throws Exception {
        int last = threeRecords();
        byte[] whole = Files.readAllBytes(pack(1));
        assertThat(index(1)).exists();
        Files.write(pack(1), Arrays.copyOf(whole, last + 10));
        try (DiskBlobStore store = open()) {
            assertThat(read(store, second)).isEqualTo(second);
            assertThat(store.contains(Bytes.digest(third))).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("reliability 80: a bit flips anywhere in a record in the middle of a pack")
    void restart_bitFlippedInARecord_neverWrongBytes(boolean indexed) throws Exception {
        int last = threeRecords();
        byte[] whole = Files.readAllBytes(pack(1));
        byte[] index = Files.readAllBytes(index(1));
        int middle = last - PackFormat.RECORD_HEADER - "second".length() - second.length;
        for (int at = middle; at < last; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 << (at % 8));
            Files.write(pack(1), flipped);
            if (indexed) {
                Files.write(index(1), index);
            } else {
                Files.deleteIfExists(index(1));
            }
            try (DiskBlobStore store = open()) {
                assertThat(read(store, first)).isEqualTo(first);
                assertThat(read(store, third)).isEqualTo(third);
                assertThat(read(store, second)).isNull();
                assertThat(store.contains(Bytes.digest(second))).isFalse();
                assertThat(notes(store)).containsExactly("first", "third");
                put(store, second, "again");
                assertThat(read(store, second)).isEqualTo(second);
            }
        }
    }

    @Test
    @DisplayName("reliability 80: a damaged index is made again")
    void restart_indexFlippedAnywhere_isNotBelieved() throws Exception {
        threeRecords();
        byte[] index = Files.readAllBytes(index(1));
        for (int at = 0; at < index.length; at += 3) {
            byte[] flipped = index.clone();
            flipped[at] ^= 1;
            Files.write(index(1), flipped);
            try (DiskBlobStore store = open()) {
                assertThat(read(store, second)).isEqualTo(second);
                assertThat(store.usage().blobs()).isEqualTo(3);
            }
        }
    }

    @Test
    @DisplayName(
            "a body that holds records of a pack is not taken for records, even when the damage before it hides its edge")
    void restart_recordsInsideABody_stayABody() throws Exception {
        threeRecords();
        byte[] forged = Files.readAllBytes(pack(1));
        Files.delete(pack(1));
        Files.delete(index(1));
        try (DiskBlobStore store = open()) {
            put(store, forged, "forged");
            put(store, Bytes.of(6, 100), "behind");
        }
        byte[] pack = Files.readAllBytes(pack(1));
        pack[PackFormat.FILE_HEADER + 20] ^= 1;
        Files.write(pack(1), pack);
        Files.delete(index(1));
        try (DiskBlobStore store = open()) {
            assertThat(store.digests().collectList().block()).containsExactly(Bytes.digest(Bytes.of(6, 100)));
        }
    }

    @Test
    @DisplayName("reliability 81: what a crash left in tmp/ is gone, a pack that was just begun too")
    void restart_leftovers_areSwept() throws Exception {
        threeRecords();
        Files.write(directory.resolve("tmp").resolve("77"), new byte[1_000]);
        Files.write(pack(2), new byte[7]);
        Files.write(pack(3), new byte[PackFormat.FILE_HEADER]);
        try (DiskBlobStore store = open()) {
            put(store, Bytes.of(7, 10), "goes on");
            assertThat(store.usage().blobs()).isEqualTo(4);
        }
        try (Stream<Path> packs = Files.list(pack(1).getParent())) {
            assertThat(packs).noneMatch(path -> path.toString().endsWith(".damaged"));
        }
        try (Stream<Path> left = Files.list(directory.resolve("tmp"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    @DisplayName("reliability 88: a file without a record is taken in")
    void restart_fileWithoutRecord_isABlob() throws Exception {
        byte[] bytes = Bytes.of(8, LARGE);
        open().close();
        Files.createDirectories(large(bytes).getParent());
        Files.write(large(bytes), bytes);
        try (DiskBlobStore store = open()) {
            assertThat(store.openNow(Bytes.digest(bytes))).isEmpty();
            assertThat(read(store, bytes)).isEqualTo(bytes);
            assertThat(store.usage().bytes()).isEqualTo(LARGE);
            assertThat(store.rehash(Bytes.digest(bytes)).block()).isTrue();
        }
    }

    @Test
    @DisplayName("a crash between tombstone and removal: the file goes at the start")
    void restart_deletedButFileStillThere_isRemoved() throws Exception {
        byte[] bytes = Bytes.of(9, LARGE);
        try (DiskBlobStore store = open()) {
            commit(store, bytes);
            store.delete(Bytes.digest(bytes)).block();
        }
        Files.write(large(bytes), bytes);
        try (DiskBlobStore store = open()) {
            assertThat(store.contains(Bytes.digest(bytes))).isFalse();
        }
        assertThat(large(bytes)).doesNotExist();
    }

    @Test
    @DisplayName("reliability 82: a record without a payload at the very end of a pack is read")
    void restart_tombstoneAtTheEndOfAScannedPack_isSeen() throws Exception {
        try (DiskBlobStore store = open()) {
            put(store, first, "first");
            store.delete(Bytes.digest(first)).block();
        }
        Files.delete(index(1));
        try (DiskBlobStore store = open()) {
            assertThat(store.contains(Bytes.digest(first))).isFalse();
            assertThat(notes(store)).isEmpty();
        }
    }

    private enum Harm {
        MISSING,
        SHORTER,
        LONGER
    }

    @ParameterizedTest
    @EnumSource(Harm.class)
    @DisplayName(
            "failures 6, 9; reliability 78, 79: a large file that is missing or of the wrong size is a miss and heals")
    void open_largeFileHarmed_isAMissAndHeals(Harm harm) throws Exception {
        byte[] bytes = Bytes.of(10, LARGE);
        try (DiskBlobStore store = open()) {
            commit(store, bytes);
        }
        switch (harm) {
            case MISSING -> Files.delete(large(bytes));
            case SHORTER -> Files.write(large(bytes), Arrays.copyOf(bytes, LARGE - 1));
            case LONGER -> Files.write(large(bytes), Arrays.copyOf(bytes, LARGE + 1));
        }
        try (DiskBlobStore store = open()) {
            assertThat(read(store, bytes)).isNull();
            commit(store, bytes);
            assertThat(read(store, bytes)).isEqualTo(bytes);
        }
        try (DiskBlobStore store = open()) {
            assertThat(read(store, bytes)).isEqualTo(bytes);
        }
    }

    @Test
    @DisplayName("failures 9: a large file that goes missing under a running store is a miss, and heals")
    void open_largeFileGoneWhileRunning_isAMissAndHeals() throws Exception {
        byte[] bytes = Bytes.of(11, LARGE);
        try (DiskBlobStore store = open()) {
            commit(store, bytes);
        }
        try (DiskBlobStore store = open()) {
            assertThat(store.contains(Bytes.digest(bytes))).isTrue();
            Files.delete(large(bytes));
            assertThat(read(store, bytes)).isNull();
            put(store, first, "behind what heals it");
            assertThat(store.contains(Bytes.digest(bytes))).isFalse();
            commit(store, bytes);
            assertThat(read(store, bytes)).isEqualTo(bytes);
        }
    }

    @Test
    @DisplayName("failures 6: a file that is cut while it is read ends in an error, never in other bytes")
    void read_fileCutUnderAnOpenBlob_isAnError() throws Exception {
        byte[] bytes = Bytes.of(13, LARGE);
        try (DiskBlobStore store = open()) {
            commit(store, bytes);
            try (Blob blob = store.open(Bytes.digest(bytes)).block()) {
                Files.write(large(bytes), Arrays.copyOf(bytes, LARGE - 1));
                StepVerifier.create(blob.read(0, LARGE)).verifyError(StoreException.class);
                StepVerifier.create(blob.load(0, LARGE)).verifyError(StoreException.class);
                assertThat(Bytes.take(blob.read(0, LARGE - 1).block())).isEqualTo(Arrays.copyOf(bytes, LARGE - 1));
            }
        }
    }

    @Test
    @DisplayName(
            "failures 8, reliability 80: a bit flipped in a large file is found by rehash, and the blob can be stored anew")
    void rehash_ofDamagedLargeFile_isFalse() throws Exception {
        byte[] bytes = Bytes.of(12, LARGE);
        try (DiskBlobStore store = open()) {
            commit(store, bytes);
            byte[] flipped = bytes.clone();
            flipped[LARGE / 2] ^= 4;
            Files.write(large(bytes), flipped);
            assertThat(store.rehash(Bytes.digest(bytes)).block()).isFalse();
            store.delete(Bytes.digest(bytes)).block();
            commit(store, bytes);
            assertThat(store.rehash(Bytes.digest(bytes)).block()).isTrue();
        }
    }

    @Test
    @DisplayName("reliability 80: a bit flipped in a pack under a running store is found by rehash")
    void rehash_ofDamagedPackedBody_isFalse() throws Exception {
        try (DiskBlobStore store = open()) {
            put(store, first, "first");
            put(store, second, "second");
            try (Blob blob = store.open(Bytes.digest(first)).block()) {
                byte[] pack = Files.readAllBytes(pack(1));
                pack[(int) blob.position()] ^= 1;
                Files.write(pack(1), pack);
            }
            assertThat(store.rehash(Bytes.digest(first)).block()).isFalse();
            assertThat(store.rehash(Bytes.digest(second)).block()).isTrue();
        }
    }

    @Test
    void rehash_packCutUnderARunningStore_isFalseForWhatWasCut() throws Exception {
        try (DiskBlobStore store = open()) {
            put(store, first, "first");
            put(store, second, "second");
            byte[] pack = Files.readAllBytes(pack(1));
            Files.write(pack(1), Arrays.copyOf(pack, pack.length - 1));
            assertThat(store.rehash(Bytes.digest(second)).block()).isFalse();
            assertThat(store.rehash(Bytes.digest(first)).block()).isTrue();
        }
    }

    @Test
    void rehash_diskFails_isAnErrorAndNotDamage() {
        try (DiskBlobStore store = open()) {
            put(store, first, "first");
            files.rule((operation, path) -> {
                if (operation == FaultyFiles.Operation.READ) {
                    throw FaultyFiles.Fault.BROKEN.exception();
                }
            });
            StepVerifier.create(store.rehash(Bytes.digest(first)))
                    .verifyErrorSatisfies(
                            e -> assertThat(((StoreException) e).kind()).isEqualTo(StoreException.Kind.IO));
            files.heal();
            assertThat(store.rehash(Bytes.digest(first)).block()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1})
    void rehash_lengthsAboutThePieces_readsAllOfIt(int more) throws Exception {
        byte[] bytes = Bytes.of(14, 2 * Rehash.PIECE_BYTES + more);
        try (DiskBlobStore store = open()) {
            commit(store, bytes);
            assertThat(store.rehash(Bytes.digest(bytes)).block()).isTrue();
            byte[] flipped = bytes.clone();
            flipped[flipped.length - 1] ^= 1;
            Files.write(large(bytes), flipped);
            assertThat(store.rehash(Bytes.digest(bytes)).block()).isFalse();
        }
    }

    @Test
    void restart_packWithoutHead_isSetAsideAndTheRestServes() throws Exception {
        threeRecords();
        byte[] pack = Files.readAllBytes(pack(1));
        pack[0] ^= 1;
        Files.write(pack(1), pack);
        try (DiskBlobStore store = open()) {
            assertThat(store.usage().blobs()).isZero();
            put(store, first, "again");
            assertThat(read(store, first)).isEqualTo(first);
        }
        assertThat(directory.resolve("packs").resolve("1.pack.damaged")).exists();
    }

    @Test
    void restart_newestPackCannotBeGoneOnWith_isReadAndAnotherIsBegun() throws Exception {
        threeRecords();
        Files.delete(index(1));
        AtomicInteger opened = new AtomicInteger();
        files.rule((operation, path) -> {
            // To read it comes first, to go on with it second.
            if (operation == FaultyFiles.Operation.OPEN && path.equals(pack(1)) && opened.incrementAndGet() == 2) {
                throw FaultyFiles.Fault.BROKEN.exception();
            }
        });
        byte[] next = Bytes.of(4, 10);
        try (DiskBlobStore store = open()) {
            assertThat(opened).hasValue(2);
            assertThat(index(1)).exists();
            assertThat(read(store, first)).isEqualTo(first);
            assertThat(read(store, third)).isEqualTo(third);
            put(store, next, "next");
            assertThat(pack(2)).exists();
        }
        try (DiskBlobStore store = open()) {
            assertThat(read(store, second)).isEqualTo(second);
            assertThat(read(store, next)).isEqualTo(next);
        }
    }

    @Test
    void restart_recordsOfLargeFilesThatAreGone_countAsDead() throws Exception {
        StoreOptions small = StoreOptions.in(directory).withPacks(2_000, 10_000);
        try (DiskBlobStore store = DiskBlobStore.open(small, files)) {
            for (int i = 0; i < 6; i++) {
                byte[] bytes = Bytes.of(10 + i, 3_000);
                Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
                draft.append(Bytes.buffer(bytes));
                draft.finish().block();
                draft.commit(BlobStoreContract.note("x".repeat(1_000))).block();
            }
            for (int i = 0; i < 6; i++) {
                put(store, Bytes.of(100 + i, 900), "small");
            }
        }
        assertThat(pack(2)).exists();
        for (int i = 0; i < 6; i++) {
            Files.delete(large(Bytes.of(10 + i, 3_000)));
        }
        try (DiskBlobStore store = DiskBlobStore.open(small, files)) {
            Semaphore rewritten = files.watch(FaultyFiles.Operation.RENAME, "1.pack");
            store.delete(Bytes.digest(Bytes.of(100, 900))).block();
            assertThat(rewritten.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
            assertThat(read(store, Bytes.of(101, 900))).isEqualTo(Bytes.of(101, 900));
        }
    }

    @Test
    void open_twice_secondIsRefused() {
        try (DiskBlobStore store = open()) {
            assertThat(store.usage().blobs()).isZero();
            assertThatThrownBy(this::open)
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("another process uses the directory");
        }
        open().close();
    }

    @Test
    void restart_manyPacks_allAreIndexedAndNotRead() throws Exception {
        List<byte[]> bodies = new ArrayList<>();
        StoreOptions small = StoreOptions.in(directory).withPacks(2_000, 3_000);
        try (DiskBlobStore store = DiskBlobStore.open(small, files)) {
            for (int i = 0; i < 30; i++) {
                bodies.add(Bytes.of(100 + i, 900));
                put(store, bodies.get(i), "n" + i);
            }
        }
        assertThat(pack(8)).exists();
        byte[] third = Files.readAllBytes(index(3));
        Files.delete(index(3));
        DiskBlobStore.open(small, files).close();
        assertThat(index(3)).as("made again").hasBinaryContent(third);
        int reads = files.count(FaultyFiles.Operation.READ);
        try (DiskBlobStore store = DiskBlobStore.open(small, files)) {
            // One read of the head and one of the index for each pack.
            assertThat(files.count(FaultyFiles.Operation.READ) - reads).isLessThanOrEqualTo(2 * 8);
            for (byte[] bytes : bodies) {
                assertThat(read(store, bytes)).isEqualTo(bytes);
            }
            assertThat(notes(store)).hasSize(30).startsWith("n0", "n1").endsWith("n28", "n29");
        }
    }

    @Test
    void packRecord_headerRoundTrip_isTheSame() {
        Digest digest = Bytes.digest(first);
        for (PackEntry.Type type : PackEntry.Type.values()) {
            PackEntry entry = new PackEntry(type, digest, 16, 5, 40);
            byte[] header = PackFormat.recordHeader(42, entry, 1, 2);
            assertThat(PackFormat.parse(ByteBuffer.wrap(header), 42, 16).orElseThrow())
                    .isEqualTo(new PackFormat.Header(entry, 1, 2));
            assertThat(PackFormat.parse(ByteBuffer.wrap(header), 43, 16)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BODY, 5, 2147483647, true",
        "BODY, 5, 2147483648, false",
        "LARGE, 5, 2147483648, true",
        "BODY, -1, 40, false",
        "LARGE, 0, 0, true",
        "LARGE, 0, -1, false"
    })
    void packRecord_lengthsThatNoneCanHave_areNoRecord(
            PackEntry.Type type, int noteLength, long bodyLength, boolean record) {
        PackEntry entry = new PackEntry(type, Bytes.digest(first), 16, noteLength, bodyLength);
        byte[] header = PackFormat.recordHeader(42, entry, 1, 2);
        assertThat(PackFormat.parse(ByteBuffer.wrap(header), 42, 16).isPresent())
                .isEqualTo(record);
    }
}
