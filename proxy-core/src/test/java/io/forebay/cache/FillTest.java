package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.cache.FaultyStore.Fault;
import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.store.DiskBlobStore;
import io.forebay.store.Draft;
import io.forebay.store.StoreException;
import io.forebay.store.StoreOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** One body on its way, without an origin: appended and read by the test. */
class FillTest {
    private static final int SMALL = 1_000;
    private static final int TAIL = 4 << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private final ForebayException reason = ForebayException.unavailable("the test says so");
    private final AtomicInteger runs = new AtomicInteger();
    private DiskBlobStore disk;
    private FaultyStore store;
    private Fill fill;

    @BeforeEach
    void open() {
        disk = DiskBlobStore.open(StoreOptions.in(directory).withPacks(SMALL, 1 << 20));
        store = new FaultyStore(disk);
        fill = new Fill(store, PATIENCE);
    }

    @AfterEach
    void close() {
        fill.fail(reason);
        fill.drop();
        disk.close();
    }

    private FlightBody reader() {
        return new FlightBody(new Flight(null, fill, null), fill);
    }

    private static ByteBuf buffer(byte[] body, int from, int to) {
        return Unpooled.copiedBuffer(body, from, to - from);
    }

    private boolean append(byte[] body, int from, int to) {
        return fill.append(buffer(body, from, to));
    }

    /** All that a reader may have now from an offset on. */
    private byte[] read(FlightBody reader, long from) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (true) {
            Piece piece = reader.at(from + all.size(), 300_000);
            if (piece instanceof Piece.Bytes bytes) {
                assertThat(bytes.bytes().isReadable()).isTrue();
                all.writeBytes(ByteBufUtil.getBytes(bytes.bytes()));
                bytes.bytes().release();
            } else if (piece instanceof Piece.Region region) {
                assertThat(region.count()).isPositive();
                ByteBuffer target = ByteBuffer.allocate(region.count());
                while (target.hasRemaining()) {
                    assertThat(region.channel().read(target, region.position() + target.position()))
                            .isPositive();
                }
                all.writeBytes(target.array());
            } else {
                assertThat(piece).isInstanceOfAny(Piece.Later.class, Piece.End.class);
                return all.toByteArray();
            }
        }
    }

    private void assertBroken(long offset) {
        assertThat(fill.at(offset, 10))
                .isInstanceOfSatisfying(Piece.Broken.class, broken -> assertThat(broken.failure())
                        .isSameAs(reason));
    }

    private void awaitWritten(long bytes) {
        CacheFixture.await("disk", () -> fill.draft().written() == bytes);
    }

    private void awaitNothingLeft() {
        CacheFixture.await("claims", () -> disk.room().claimedBytes() == 0);
    }

    // ---- the last byte

    @Test
    void at_announcedLength_lastByteWaitsForTheVerdict() throws IOException {
        byte[] body = CacheFixture.bytes(10);
        fill.announce(OptionalLong.of(10));
        append(body, 0, 5);
        assertThat(read(reader(), 0)).isEqualTo(Arrays.copyOf(body, 5));
        append(body, 5, 10);
        assertThat(read(reader(), 0)).isEqualTo(Arrays.copyOf(body, 9));
        assertThat(fill.isReady(8)).isTrue();
        assertThat(fill.isReady(9)).isFalse();
        assertThat(fill.at(9, 1)).isInstanceOf(Piece.Later.class);
        assertThat(read(reader(), 5)).isEqualTo(Arrays.copyOfRange(body, 5, 9));
        reader().onMore(9, runs::incrementAndGet);
        assertThat(runs).hasValue(0);
        fill.verified();
        assertThat(runs).hasValue(1);
        assertThat(fill.isReady(9)).isTrue();
        assertThat(fill.isReady(10)).isTrue();
        assertThat(read(reader(), 0)).isEqualTo(body);
        assertThat(fill.at(10, 1)).isInstanceOf(Piece.End.class);
        fill.fail(reason);
        assertThat(read(reader(), 0)).isEqualTo(body);
    }

    @Test
    void at_unknownLength_lastByteThereWaits() throws IOException {
        byte[] body = CacheFixture.bytes(10);
        append(body, 0, 5);
        assertThat(read(reader(), 0)).isEqualTo(Arrays.copyOf(body, 4));
        append(body, 5, 10);
        assertThat(read(reader(), 0)).isEqualTo(Arrays.copyOf(body, 9));
        assertThat(fill.total()).isEmpty();
        fill.verified();
        assertThat(fill.total()).hasValue(10);
        assertThat(read(reader(), 0)).isEqualTo(body);
    }

    @Test
    void total_emptyBody_isTold() {
        fill.announce(OptionalLong.of(0));
        assertThat(fill.total()).hasValue(0);
    }

    @Test
    void append_inMemory_readersAreTold() {
        reader().onMore(0, runs::incrementAndGet);
        append(new byte[2], 0, 2);
        assertThat(runs).hasValue(1);
        store.fault(Fault.FULL_AT_START);
        append(new byte[SMALL], 0, SMALL);
        reader().onMore(SMALL + 1, runs::incrementAndGet);
        append(new byte[2], 0, 2);
        assertThat(runs).hasValue(2);
    }

    // ---- in memory or in a file

    @Test
    void append_asMuchAsIsSmall_isKeptInMemory() {
        byte[] body = CacheFixture.bytes(SMALL + 1);
        append(body, 0, 400);
        append(body, 400, SMALL);
        assertThat(fill.draft()).isNull();
        assertThat(Arrays.copyOf(fill.small(), fill.smallLength())).isEqualTo(Arrays.copyOf(body, SMALL));
        append(body, SMALL, SMALL + 1);
        assertThat(fill.draft()).isNotNull();
    }

    @Test
    void append_announcedAsMuchAsIsSmall_arrayIsOfThatLength() {
        byte[] body = CacheFixture.bytes(SMALL);
        fill.announce(OptionalLong.of(SMALL));
        append(body, 0, 1);
        append(body, 1, SMALL);
        assertThat(fill.draft()).isNull();
        assertThat(fill.small()).isEqualTo(body);
    }

    @Test
    void append_announcedMoreThanIsSmall_goesToTheDiskAtOnce() {
        fill.announce(OptionalLong.of(SMALL + 1));
        append(new byte[1], 0, 1);
        assertThat(fill.draft()).isNotNull();
        assertThat(disk.room().claimedBytes()).isEqualTo(SMALL + 1);
    }

    @Test
    void append_turnsOutLarge_isReadFromMemoryAndFile() throws IOException {
        byte[] body = CacheFixture.bytes(100_000);
        fill.compute(Set.of(Algorithm.MD5));
        append(body, 0, 600);
        append(body, 600, 50_000);
        append(body, 50_000, 100_000);
        awaitWritten(100_000);
        assertThat(read(reader(), 0)).isEqualTo(Arrays.copyOf(body, 99_999));
        Draft.Sum sum = fill.finished(fill.draft()).block(CacheFixture.PATIENCE);
        assertThat(sum.checksums())
                .containsExactlyInAnyOrder(
                        new Checksum(Algorithm.SHA256, CacheFixture.sha256(body)),
                        new Checksum(Algorithm.MD5, CacheFixture.md5(body)));
        assertThat(sum.size()).isEqualTo(100_000);
    }

    // ---- past a disk that takes nothing

    @Test
    void append_diskTakesNothing_isReadFromMemoryAndHashed() throws IOException {
        byte[] body = CacheFixture.bytes(100_000);
        store.fault(Fault.FULL_AT_START);
        fill.compute(Set.of(Algorithm.MD5));
        append(body, 0, 600);
        append(body, 600, 50_000);
        append(body, 50_000, 100_000);
        assertThat(fill.isPassThrough()).isTrue();
        assertThat(fill.draft()).isNull();
        FlightBody reader = reader();
        ByteBuf piece = ((Piece.Bytes) reader().at(40_000, 100_000)).bytes();
        assertThat(ByteBufUtil.getBytes(piece)).isEqualTo(Arrays.copyOfRange(body, 40_000, 50_000));
        piece.release();
        assertThat(read(reader, 0)).isEqualTo(Arrays.copyOf(body, 99_999));
        fill.verified();
        assertThat(read(reader, 99_999)).isEqualTo(new byte[] {body[99_999]});
        Draft.Sum sum = fill.passThroughHashing().finish();
        assertThat(sum.checksums())
                .containsExactlyInAnyOrder(
                        new Checksum(Algorithm.SHA256, CacheFixture.sha256(body)),
                        new Checksum(Algorithm.MD5, CacheFixture.md5(body)));
        assertThat(sum.size()).isEqualTo(100_000);
    }

    @Test
    void append_diskTakesNothingAndNobodyReads_isForNobody() {
        FlightBody reader = reader();
        store.fault(Fault.FULL_AT_START);
        assertThat(fill.isForNobody()).isFalse();
        append(new byte[2_000], 0, 2_000);
        assertThat(fill.isForNobody()).isFalse();
        fill.detach(reader);
        assertThat(fill.isForNobody()).isTrue();
    }

    @Test
    void isForNobody_theDiskTakesIt_isNot() {
        append(new byte[2_000], 0, 2_000);
        assertThat(fill.isForNobody()).isFalse();
    }

    /** Fills the memory of a pass-through with four buffers. */
    private ByteBuf[] full() {
        store.fault(Fault.FULL_AT_START);
        ByteBuf[] buffers = new ByteBuf[4];
        for (int i = 0; i < 4; i++) {
            buffers[i] = Unpooled.wrappedBuffer(new byte[TAIL / 4]);
            assertThat(fill.append(buffers[i])).isEqualTo(i < 3);
        }
        return buffers;
    }

    private void advance(FlightBody reader, long to) {
        if (reader.at(to, 1) instanceof Piece.Bytes bytes) {
            bytes.bytes().release();
        }
    }

    @Test
    void advanced_allReadersHaveHadIt_memoryIsGivenBackAndRoomIsTold() {
        FlightBody quick = reader();
        FlightBody slow = reader();
        ByteBuf[] buffers = full();
        fill.onRoom(runs::incrementAndGet);
        advance(quick, TAIL / 2);
        assertThat(buffers[0].refCnt()).isEqualTo(1);
        advance(slow, TAIL / 4 - 1);
        assertThat(buffers[0].refCnt()).isEqualTo(1);
        assertThat(runs).hasValue(0);
        advance(slow, TAIL / 4);
        assertThat(buffers[0].refCnt()).isZero();
        assertThat(buffers[1].refCnt()).isEqualTo(1);
        assertThat(runs).hasValue(1);
        fill.onRoom(runs::incrementAndGet);
        assertThat(runs).hasValue(2);
        assertThat(append(new byte[TAIL], 1, TAIL / 4)).isTrue();
        fill.onRoom(runs::incrementAndGet);
        assertThat(runs).hasValue(3);
        assertThat(append(new byte[1], 0, 1)).isFalse();
        fill.onRoom(runs::incrementAndGet);
        assertThat(runs).hasValue(3);
    }

    @Test
    void detach_slowestReader_memoryIsGivenBackAndRoomIsTold() {
        FlightBody quick = reader();
        FlightBody slow = reader();
        ByteBuf[] buffers = full();
        fill.onRoom(runs::incrementAndGet);
        advance(quick, TAIL / 2);
        fill.detach(slow);
        assertThat(buffers[1].refCnt()).isZero();
        assertThat(buffers[2].refCnt()).isEqualTo(1);
        assertThat(runs).hasValue(1);
    }

    @Test
    void fail_pastTheDisk_memoryIsGivenBackAndAllAreTold() {
        FlightBody quick = reader();
        FlightBody slow = reader();
        ByteBuf[] buffers = full();
        fill.onRoom(runs::incrementAndGet);
        quick.onMore(TAIL, runs::incrementAndGet);
        assertThat(slow.offset()).isZero();
        assertThat(runs).hasValue(0);
        fill.fail(reason);
        assertThat(runs).hasValue(2);
        assertThat(buffers).allMatch(buffer -> buffer.refCnt() == 0);
        assertBroken(0);
        assertThat(fill.isReady(TAIL)).isTrue();
        fill.onRoom(runs::incrementAndGet);
        assertThat(runs).hasValue(3);
        ByteBuf late = Unpooled.wrappedBuffer(new byte[1]);
        assertThat(fill.append(late)).isTrue();
        assertThat(late.refCnt()).isZero();
        assertThat(fill.received()).isEqualTo(TAIL);
        fill.fail(ForebayException.notFound("too late"));
        assertBroken(0);
    }

    @Test
    void drop_pastTheDisk_memoryIsGivenBack() {
        ByteBuf[] buffers = full();
        fill.drop();
        assertThat(buffers).allMatch(buffer -> buffer.refCnt() == 0);
    }

    // ---- past a disk that fails amid a body

    /** The disk has taken two buffers of four and has the third, whose fate is open. */
    private byte[] stalled() {
        byte[] body = CacheFixture.bytes(400_000);
        store.fault(Fault.STALLED);
        fill.compute(Set.of(Algorithm.MD5));
        assertThat(append(body, 0, 100_000)).isTrue();
        assertThat(append(body, 100_000, 200_000)).isTrue();
        awaitWritten(FaultyStore.TAKEN_BYTES);
        assertThat(append(body, 200_000, 300_000)).isFalse();
        return body;
    }

    @Test
    void append_diskGivesUpAmidTheBody_goesOnFromMemory() throws IOException {
        byte[] body = stalled();
        FlightBody reader = reader();
        reader.onMore(200_000, runs::incrementAndGet);
        fill.draft().giveUp();
        assertThat(runs).hasValue(1);
        assertThat(fill.isPassThrough()).isTrue();
        assertThat(fill.draft()).isNull();
        assertThat(append(body, 300_000, 400_000)).isTrue();
        assertThat(read(reader(), 0)).isEqualTo(Arrays.copyOf(body, 399_999));
        fill.verified();
        assertThat(read(reader, 200_000)).isEqualTo(Arrays.copyOfRange(body, 200_000, 400_000));
        Draft.Sum sum = fill.passThroughHashing().finish();
        assertThat(sum.digest().hex()).isEqualTo(CacheFixture.sha256(body));
        assertThat(sum.checksums()).contains(new Checksum(Algorithm.MD5, CacheFixture.md5(body)));
    }

    @Test
    void at_behindWhatAFailedDiskTook_isNeverSkipped() {
        stalled();
        FlightBody reader = reader();
        fill.draft().giveUp();
        advance(reader, 299_000);
        append(new byte[100_000], 0, 100_000);
        advance(reader, 300_000);
        // What all readers have had is gone; a reader that comes for it is told and gets nothing else instead.
        assertThat(fill.at(250_000, 10)).isInstanceOf(Piece.Broken.class);
        assertThat(fill.at(199_990, 100))
                .isInstanceOfSatisfying(
                        Piece.Region.class, region -> assertThat(region.count()).isEqualTo(10));
    }

    @Test
    void drop_diskFailedAmidTheBody_draftIsGivenBack() {
        stalled();
        fill.draft().giveUp();
        assertThat(store.aborted()).isZero();
        fill.drop();
        assertThat(store.aborted()).isEqualTo(1);
    }

    @Test
    void fail_onTheDisk_readersAreToldAndTheDraftIsGivenBack() {
        FlightBody reader = reader();
        fill.announce(OptionalLong.of(500_000));
        append(new byte[100_000], 0, 100_000);
        awaitWritten(100_000);
        reader.onMore(100_000, runs::incrementAndGet);
        fill.fail(reason);
        assertThat(runs).hasValue(1);
        awaitNothingLeft();
        assertBroken(0);
    }

    @Test
    void drop_largeBody_fileIsClosed() {
        append(new byte[100_000], 0, 100_000);
        awaitWritten(100_000);
        FileChannel file = ((Piece.Region) fill.at(0, 10)).channel();
        fill.fail(reason);
        awaitNothingLeft();
        // A reader may be sending from it.
        assertThat(file.isOpen()).isTrue();
        fill.drop();
        CacheFixture.await("closed", () -> !file.isOpen());
    }

    // ---- patience

    @Test
    void onRoom_diskTakesNothingForItsPatience_isPassedBy() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try {
            stalled();
            fill.onRoom(runs::incrementAndGet);
            time.advanceTimeBy(PATIENCE.minusMillis(1));
            assertThat(runs).hasValue(0);
            assertThat(fill.isPassThrough()).isFalse();
            time.advanceTimeBy(PATIENCE);
            assertThat(fill.isPassThrough()).isTrue();
            assertThat(runs).hasValue(1);
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    @Test
    void onRoom_thereIsRoom_slowOriginIsNoStall() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try {
            append(new byte[100_000], 0, 100_000);
            awaitWritten(100_000);
            fill.onRoom(runs::incrementAndGet);
            assertThat(runs).hasValue(1);
            time.advanceTimeBy(PATIENCE.multipliedBy(3));
            assertThat(fill.draft()).isNotNull();
            assertThat(fill.draft().failure()).isEmpty();
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    @Test
    void finished_diskStallsWithTheRest_isPassedBy() throws IOException {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try {
            byte[] body = stalled();
            StepVerifier.create(fill.finished(fill.draft()))
                    .then(() -> time.advanceTimeBy(PATIENCE))
                    .expectErrorSatisfies(e -> assertThat(e)
                            .isInstanceOfSatisfying(StoreException.class, stall -> assertThat(stall.kind())
                                    .isEqualTo(StoreException.Kind.BUSY)))
                    .verify(CacheFixture.PATIENCE);
            assertThat(fill.isPassThrough()).isTrue();
            assertThat(read(reader(), 0)).isEqualTo(Arrays.copyOf(body, 299_999));
            assertThat(fill.passThroughHashing().finish().size()).isEqualTo(300_000);
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    @Test
    void finished_diskIsSlow_isNoStallAsLongAsItTakesSome() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try {
            store.fault(Fault.STALLED);
            append(new byte[100_000], 0, 100_000);
            awaitWritten(100_000);
            fill.finished(fill.draft()).subscribe(sum -> {}, e -> runs.incrementAndGet());
            append(new byte[100_000], 0, 100_000);
            awaitWritten(200_000);
            time.advanceTimeBy(PATIENCE);
            assertThat(fill.isPassThrough()).isFalse();
            assertThat(runs).hasValue(0);
            time.advanceTimeBy(PATIENCE);
            assertThat(fill.isPassThrough()).isTrue();
            assertThat(runs).hasValue(1);
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    @Test
    void onMore_fewBytesCame_isToldAMomentLater() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try {
            append(new byte[100_000], 0, 100_000);
            awaitWritten(100_000);
            FlightBody reader = reader();
            reader.onMore(99_999, runs::incrementAndGet);
            append(new byte[10], 0, 10);
            awaitWritten(100_010);
            CacheFixture.await("told", () -> {
                time.advanceTimeBy(Duration.ofMillis(10));
                return runs.get() == 1;
            });
            reader.onMore(100_009, runs::incrementAndGet);
            append(new byte[10], 0, 10);
            CacheFixture.await("told again", () -> {
                time.advanceTimeBy(Duration.ofMillis(10));
                return runs.get() == 2;
            });
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    @Test
    void onMore_manyBytesCame_isToldAtOnce() {
        VirtualTimeScheduler.getOrSet();
        try {
            append(new byte[100_000], 0, 100_000);
            awaitWritten(100_000);
            FlightBody reader = reader();
            reader.onMore(99_999, runs::incrementAndGet);
            append(new byte[100_000], 0, 100_000);
            CacheFixture.await("told", () -> runs.get() == 1);
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    // ---- parts

    private static Digest name() {
        return new Digest(CacheFixture.sha256(new byte[0]));
    }

    @Test
    void suspend_partOfALargeBody_isKeptAndReadersAreTold() {
        FlightBody reader = reader();
        fill.announce(OptionalLong.of(3 << 20));
        append(new byte[2 << 20], 0, 2 << 20);
        awaitWritten(2 << 20);
        reader.onMore(2 << 20, runs::incrementAndGet);
        fill.suspend(name(), new byte[1], reason).orElseThrow().block(CacheFixture.PATIENCE);
        assertThat(runs).hasValue(1);
        assertBroken(0);
        assertThat(disk.hasParts()).isTrue();
        assertThat(fill.suspend(name(), new byte[1], reason)).isEmpty();
    }

    @Test
    void suspend_allOrPastTheDiskOrFailed_keepsNothing() {
        int length = 2 << 20;
        fill.announce(OptionalLong.of(length));
        append(new byte[length], 0, length);
        assertThat(fill.suspend(name(), new byte[1], reason)).isEmpty();

        Fill failed = new Fill(store, PATIENCE);
        failed.announce(OptionalLong.of(length + 1));
        failed.append(Unpooled.wrappedBuffer(new byte[length]));
        failed.fail(reason);
        assertThat(failed.suspend(name(), new byte[1], reason)).isEmpty();
        failed.drop();

        store.fault(Fault.FULL_AT_START);
        Fill past = new Fill(store, PATIENCE);
        past.announce(OptionalLong.of(length + 1));
        past.append(Unpooled.wrappedBuffer(new byte[length]));
        assertThat(past.suspend(name(), new byte[1], reason)).isEmpty();
        past.drop();
        assertThat(disk.hasParts()).isFalse();
    }

    @Test
    void goOnFrom_afterTheEnd_partIsGivenBack() {
        fill.fail(reason);
        Draft part = disk.draft(OptionalLong.of(10_000), Set.of());
        fill.goOnFrom(part, 10_000);
        awaitNothingLeft();
        assertThat(fill.wentOn()).isFalse();
    }

    @Test
    void goOnFrom_part_isReadAndGoesOn() throws IOException {
        byte[] body = CacheFixture.bytes(100_000);
        Draft part = disk.draft(OptionalLong.of(100_000), Set.of());
        part.append(buffer(body, 0, 60_000));
        CacheFixture.await("disk", () -> part.written() == 60_000);
        fill.goOnFrom(part, 100_000);
        assertThat(fill.wentOn()).isTrue();
        assertThat(fill.received()).isEqualTo(60_000);
        assertThat(fill.total()).hasValue(100_000);
        FlightBody reader = reader();
        assertThat(read(reader, 0)).isEqualTo(Arrays.copyOf(body, 60_000));
        reader.onMore(60_000, runs::incrementAndGet);
        append(body, 60_000, 100_000);
        awaitWritten(100_000);
        CacheFixture.await("told", () -> runs.get() == 1);
        assertThat(read(reader(), 0)).isEqualTo(Arrays.copyOf(body, 99_999));
    }
}
