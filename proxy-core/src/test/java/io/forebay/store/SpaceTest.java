package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The books of what may still be written, to the byte. */
class SpaceTest {
    private static final int FREE = 1_000;

    @TempDir
    Path directory;

    private final FaultyFiles files = new FaultyFiles();
    private final DiskThreads threads = new DiskThreads("store-disk", 1, 10);
    private final AtomicLong used = new AtomicLong();
    private final List<Long> refused = new ArrayList<>();

    private Space space(long quota) {
        Space space = new Space(files, directory, quota, used::get, threads);
        space.onRefused(refused::add);
        space.sample();
        return space;
    }

    private void assertRefused(Space space, long bytes) {
        BlobStore.Room before = space.room();
        refused.clear();
        assertThatThrownBy(() -> space.claim(bytes))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.FULL));
        assertThat(refused).containsExactly(bytes);
        assertThat(space.room()).isEqualTo(before);
    }

    @BeforeEach
    void small() {
        files.usable = FREE;
    }

    @AfterEach
    void end() {
        threads.shutdown();
    }

    @Test
    void claim_upToWhatIsFree_isGivenAndNotAByteMore() {
        Space space = space(Long.MAX_VALUE);
        space.claim(FREE - 1);
        assertRefused(space, 2);
        space.claim(1);
        assertRefused(space, 1);
    }

    @Test
    void space_whoeverAsks_isLookedAtAgainFromTimeToTime() {
        List<Consumer<Space>> askers = List.of(Space::free, Space::room, SpaceTest::claimAndRelease);
        List<FaultyFiles> disks = List.of(new FaultyFiles(), new FaultyFiles(), new FaultyFiles());
        List<Space> spaces = disks.stream()
                .map(disk -> new Space(disk, directory, Long.MAX_VALUE, used::get, threads))
                .toList();
        await(() -> {
            for (int i = 0; i < askers.size(); i++) {
                askers.get(i).accept(spaces.get(i));
            }
            return disks.stream().allMatch(disk -> disk.usableAsked() > 1);
        });
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static void claimAndRelease(Space space) {
        try {
            space.claim(1).release();
        } catch (StoreException e) {
            // Nothing is known of the disk before the first look.
            assertThat(e.kind()).isEqualTo(StoreException.Kind.FULL);
        }
    }

    @Test
    void total_isThatOfTheDisk() throws Exception {
        assertThat(space(Long.MAX_VALUE).total()).isPositive().isEqualTo(files.totalBytes(directory));
    }

    @Test
    void claim_upToTheQuota_isGivenAndNotAByteMore() {
        used.set(100);
        Space space = space(500);
        Space.Claim claim = space.claim(400);
        assertRefused(space, 1);
        claim.release();
        claim.release();
        space.claim(400);
        assertRefused(space, 1);
    }

    @Test
    void claim_partlyWritten_isClaimedWholeAndOnlyTheRestMustBeFree() {
        Space space = space(Long.MAX_VALUE);
        Space.Claim claim = space.claim(FREE + 300, 300);
        assertRefused(space, 1);
        claim.wrote(200);
        space.claim(200);
        assertRefused(space, 1);
        assertThat(space.room().claimedBytes()).isEqualTo(FREE + 500);
    }

    @Test
    void want_beyondWhatWasAnnounced_claimsTheDifference() {
        Space space = space(Long.MAX_VALUE);
        Space.Claim claim = space.claim(100);
        claim.want(100);
        assertThat(claim.bytes()).isEqualTo(100);
        claim.wrote(100);
        claim.want(30);
        assertThat(claim.bytes()).isEqualTo(130);
        claim.wrote(30);
        assertThat(space.room().claimedBytes()).isEqualTo(130);
        assertRefused(space, FREE + 1);
        claim.release();
        assertThat(space.room().claimedBytes()).isZero();
        space.claim(FREE);
    }

    @Test
    void room_amidAWrite_countsEachByteOnce() {
        used.set(5_000);
        Space space = space(Long.MAX_VALUE);
        Space.Claim claim = space.claim(100);
        claim.wrote(40);
        // What was written is free no more: the next sample tells.
        files.usable = FREE - 40;
        space.sample();
        assertThat(space.room()).isEqualTo(new BlobStore.Room(5_000 + FREE, 5_000, 100));
        assertThat(space(400).room().limitBytes()).isEqualTo(400);
    }
}
