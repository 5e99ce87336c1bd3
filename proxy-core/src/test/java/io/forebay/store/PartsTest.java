package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Digest;
import io.forebay.store.FaultyFiles.Fault;
import io.forebay.store.FaultyFiles.Operation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts whose files, or whose disk, are not as they should be: never taken for sound, never in the way. */
class PartsTest {
    private static final int LENGTH = 600_000;
    private static final int PART = 400_000;
    private static final Digest NAME = Bytes.digest("a resource".getBytes(StandardCharsets.US_ASCII));
    private static final byte[] NOTE = {1, 2, 3};

    @TempDir
    Path directory;

    private final FaultyFiles files = new FaultyFiles();
    private final byte[] bytes = Bytes.of(7, LENGTH);

    @AfterEach
    void noFileStaysOpen() {
        assertThat(files.openChannels()).isZero();
    }

    private DiskBlobStore open() {
        return DiskBlobStore.open(StoreOptions.in(directory), files);
    }

    private void suspend(DiskBlobStore store, Digest name, int length) {
        Draft draft = store.draft(OptionalLong.of(LENGTH), Set.of());
        draft.append(Bytes.buffer(bytes, 0, length));
        draft.suspend(name, NOTE).block();
    }

    private void suspended() {
        try (DiskBlobStore store = open()) {
            suspend(store, NAME, PART);
        }
    }

    private Path part() {
        return directory.resolve("parts").resolve(NAME.hex());
    }

    private Path record() {
        return directory.resolve("parts").resolve(NAME.hex() + ".note");
    }

    private long left(String name) throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve(name))) {
            return all.count();
        }
    }

    private enum Damage {
        SHORT_BYTES,
        LONG_BYTES,
        NO_BYTES,
        FLIPPED_RECORD,
        SHORT_RECORD,
        EMPTY_RECORD,
        NO_RECORD
    }

    @ParameterizedTest
    @EnumSource
    void start_partThatIsNotWhole_isRemoved(Damage damage) throws Exception {
        suspended();
        byte[] there = Files.readAllBytes(part());
        byte[] record = Files.readAllBytes(record());
        switch (damage) {
            case SHORT_BYTES -> Files.write(part(), Arrays.copyOf(there, PART - 1));
            case LONG_BYTES -> Files.write(part(), Arrays.copyOf(there, PART + 1));
            case NO_BYTES -> Files.delete(part());
            case FLIPPED_RECORD -> {
                record[30] ^= 1;
                Files.write(record(), record);
            }
            case SHORT_RECORD -> Files.write(record(), Arrays.copyOf(record, record.length - 1));
            case EMPTY_RECORD -> Files.write(record(), new byte[0]);
            case NO_RECORD -> Files.delete(record());
        }
        try (DiskBlobStore store = open()) {
            assertThat(store.resume(NAME, Set.of())).isEmpty();
            assertThat(store.room().usedBytes()).isZero();
        }
        assertThat(left("parts")).isZero();
    }

    @Test
    void resume_flippedBit_isNotSoundAndGone() throws Exception {
        suspended();
        byte[] there = Files.readAllBytes(part());
        there[PART / 2] ^= 1;
        Files.write(part(), there);
        try (DiskBlobStore store = open()) {
            Resumed resumed = store.resume(NAME, Set.of()).orElseThrow();
            assertThat(resumed.sound().block()).isFalse();
            assertThat(resumed.draft().written()).isZero();
            assertThat(resumed.draft().channel()).isEmpty();
        }
        assertThat(left("parts")).isZero();
        assertThat(left("tmp")).isZero();
    }

    @Test
    void suspend_ofWhatTurnsOutDamaged_isNotKept() throws Exception {
        suspended();
        byte[] there = Files.readAllBytes(part());
        there[0] ^= 1;
        Files.write(part(), there);
        try (DiskBlobStore store = open()) {
            Draft draft = store.resume(NAME, Set.of()).orElseThrow().draft();
            assertThatThrownBy(() -> draft.suspend(NAME, NOTE).block()).isInstanceOf(StoreException.class);
        }
        assertThat(left("parts")).isZero();
        assertThat(left("tmp")).isZero();
    }

    @Test
    void start_afterAKillAmidAResumedDraft_removesIt() throws Exception {
        suspended();
        try (DiskBlobStore store = open()) {
            assertThat(store.resume(NAME, Set.of()).orElseThrow().sound().block())
                    .isTrue();
            assertThat(left("parts")).isZero();
            assertThat(left("tmp")).as("where the start sweeps").isEqualTo(1);
        }
    }

    @Test
    void suspend_beyondTheNumber_isRefused() {
        try (DiskBlobStore store = open()) {
            for (int i = 0; i < Parts.COUNT_MAX; i++) {
                suspend(store, Bytes.digest(new byte[] {(byte) i}), 10);
            }
            assertThatThrownBy(() -> suspend(store, NAME, 10))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.FULL));
            assertThat(store.room().usedBytes()).isEqualTo(10L * Parts.COUNT_MAX);
            assertThat(store.room().claimedBytes()).isZero();
            suspend(store, Bytes.digest(new byte[] {0}), 20);
            assertThat(store.room().usedBytes()).as("one replaced").isEqualTo(10L * Parts.COUNT_MAX + 10);
        }
    }

    @Test
    void put_beyondTheBytes_isRefusedAndAReplacedOneCountsOnce() throws Exception {
        StoreDirectory store = new StoreDirectory(directory);
        store.make(files);
        Parts parts = new Parts(store, files);
        parts.load();
        Digest other = Bytes.digest(new byte[] {1});
        parts.put(NAME, temporary(store), record(Parts.BYTES_MAX - 10));
        assertThatThrownBy(() -> parts.put(other, temporary(store), record(11)))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.FULL));
        assertThat(parts.take(other)).isEmpty();
        parts.put(other, temporary(store), record(10));
        assertThat(parts.bytes()).isEqualTo(Parts.BYTES_MAX);
        parts.put(NAME, temporary(store), record(Parts.BYTES_MAX - 10));
        assertThat(parts.bytes()).isEqualTo(Parts.BYTES_MAX);
    }

    @Test
    void put_overAnother_whichCannotGo_keepsThatOnTheDisk() throws Exception {
        suspended();
        try (DiskBlobStore store = open()) {
            assertThat(store.hasParts()).isTrue();
            files.rule((operation, path) -> {
                if (operation == Operation.UNLINK && path.equals(record())) {
                    throw Fault.BROKEN.exception();
                }
            });
            assertThatThrownBy(() -> suspend(store, NAME, PART - 1)).isInstanceOf(StoreException.class);
            files.heal();
            assertThat(store.hasParts()).isFalse();
        }
        try (DiskBlobStore store = open()) {
            Resumed resumed = store.resume(NAME, Set.of()).orElseThrow();
            assertThat(resumed.sound().block()).isTrue();
            assertThat(resumed.draft().written()).isEqualTo(PART);
        }
    }

    @Test
    void put_overAnother_thatFails_leavesNoneOfThatName() throws Exception {
        suspended();
        try (DiskBlobStore store = open()) {
            files.rule((operation, path) -> {
                if (operation == Operation.RENAME && path.equals(part())) {
                    throw Fault.BROKEN.exception();
                }
            });
            assertThatThrownBy(() -> suspend(store, NAME, PART - 1)).isInstanceOf(StoreException.class);
            files.heal();
            assertThat(left("parts")).isZero();
            assertThat(store.room().usedBytes()).isZero();
        }
    }

    @Test
    void put_overAnother_neverHasTheRecordOfTheOneWithTheBytesOfTheOther() throws Exception {
        suspended();
        AtomicInteger renamed = new AtomicInteger();
        try (DiskBlobStore store = open()) {
            files.rule((operation, path) -> {
                if (operation == Operation.RENAME && path.equals(part())) {
                    renamed.incrementAndGet();
                    assertThat(record()).doesNotExist();
                }
            });
            suspend(store, NAME, PART - 1);
        }
        assertThat(renamed).hasValue(1);
    }

    private static Path temporary(StoreDirectory store) throws IOException {
        return Files.createFile(store.temporary());
    }

    private static PartRecord record(long length) {
        return new PartRecord(length, length, NAME, NOTE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, PartRecord.NOTE_BYTES_MAX})
    void suspend_shortestAndLongestNote_isThereAfterARestart(int length) {
        byte[] note = Bytes.of(3, length);
        try (DiskBlobStore store = open()) {
            Draft draft = store.draft(OptionalLong.of(LENGTH), Set.of());
            draft.append(Bytes.buffer(bytes, 0, PART));
            draft.suspend(NAME, note).block();
        }
        try (DiskBlobStore store = open()) {
            Resumed resumed = store.resume(NAME, Set.of()).orElseThrow();
            assertThat(resumed.note()).isEqualTo(note);
            assertThat(resumed.sound().block()).isTrue();
            resumed.draft().abort();
        }
    }

    @Test
    void suspend_noteTooLong_isRefused() throws Exception {
        try (DiskBlobStore store = open()) {
            Draft draft = store.draft(OptionalLong.of(LENGTH), Set.of());
            draft.append(Bytes.buffer(bytes, 0, PART));
            byte[] note = new byte[PartRecord.NOTE_BYTES_MAX + 1];
            assertThatThrownBy(() -> draft.suspend(NAME, note).block()).isInstanceOf(StoreException.class);
            assertThat(store.room().claimedBytes()).isZero();
        }
        assertThat(left("parts")).isZero();
        assertThat(left("tmp")).isZero();
    }

    @Test
    void resume_noRoomForTheWhole_partGoes() throws Exception {
        suspended();
        Semaphore removed = files.watch(Operation.UNLINK, NAME.hex());
        files.usable = LENGTH - PART - 1;
        try (DiskBlobStore store = open()) {
            assertThat(store.resume(NAME, Set.of())).isEmpty();
            assertThat(removed.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            assertThat(store.room().usedBytes()).isZero();
        }
        assertThat(left("parts")).isZero();
    }

    @Test
    void resume_roomForTheRest_isEnough() {
        suspended();
        files.usable = LENGTH - PART;
        try (DiskBlobStore store = open()) {
            Resumed resumed = store.resume(NAME, Set.of()).orElseThrow();
            assertThat(resumed.sound().block()).isTrue();
            resumed.draft().abort();
        }
    }

    @Test
    void dropParts_afterARestart_countsFromTheSuspension() throws Exception {
        suspended();
        Files.setLastModifiedTime(record(), FileTime.from(Instant.now().minus(Duration.ofDays(8))));
        try (DiskBlobStore store = open()) {
            assertThat(store.dropParts(Duration.ofDays(9)).block()).isZero();
            assertThat(store.dropParts(Duration.ofDays(7)).block()).isEqualTo(PART);
        }
        assertThat(left("parts")).isZero();
    }

    @ParameterizedTest(name = "{0}, stays broken: {1}")
    @CsvSource({"FULL,false", "FULL,true", "BROKEN,false", "BROKEN,true"})
    void suspendAndResume_operationFails_wholeOrNothing(Fault fault, boolean stays) throws Exception {
        boolean reached = true;
        int n = 0;
        while (reached) {
            n++;
            AtomicInteger at = new AtomicInteger();
            int failing = n;
            try (DiskBlobStore store = open()) {
                files.rule((operation, path) -> {
                    int now = at.incrementAndGet();
                    if (now == failing || (stays && now > failing)) {
                        throw fault.exception();
                    }
                });
                round(store, fault);
                reached = at.get() >= n;
            } finally {
                files.heal();
            }
            assertThat(files.openChannels()).isZero();
            try (DiskBlobStore store = open()) {
                // What a failed removal left behind is whole, or the start has removed it.
                store.resume(NAME, Set.of()).ifPresent(part -> {
                    assertThat(part.sound().block()).isTrue();
                    checkGoesOn(part.draft(), fault);
                });
            }
            assertThat(left("parts")).isZero();
            assertThat(left("tmp")).isZero();
            try (DiskBlobStore store = open()) {
                store.delete(Bytes.digest(bytes)).block();
            }
        }
        assertThat(n).as("operations that were made to fail").isGreaterThan(10);
    }

    private void round(DiskBlobStore store, Fault fault) {
        Draft draft = store.draft(OptionalLong.of(LENGTH), Set.of());
        draft.append(Bytes.buffer(bytes, 0, PART));
        try {
            draft.suspend(NAME, NOTE).block();
        } catch (StoreException e) {
            assertThat(e.kind()).isEqualTo(fault.kind());
            assertThat(store.resume(NAME, Set.of())).isEmpty();
            assertThat(store.room().claimedBytes()).isZero();
            return;
        }
        Resumed part = store.resume(NAME, Set.of()).orElseThrow();
        if (part.sound().block()) {
            checkGoesOn(part.draft(), fault);
        }
    }

    private void checkGoesOn(Draft draft, Fault fault) {
        try {
            draft.append(Bytes.buffer(bytes, PART, LENGTH - PART));
            assertThat(draft.finish().block().digest()).isEqualTo(Bytes.digest(bytes));
            draft.commit(NOTE).block();
        } catch (StoreException e) {
            assertThat(e.kind()).isEqualTo(fault.kind());
            draft.abort();
        }
    }
}
