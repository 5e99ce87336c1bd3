package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.cache.FaultyStore.Fault;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Snapshot;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The disk fails, clients do not notice. */
class DiskTroubleTest {
    private static final CacheOptions OPTIONS =
            CacheFixture.with(Duration.ofMinutes(1), Duration.ofMillis(1), 1 << 30, 0, Duration.ofMillis(500));

    @TempDir
    Path directory;

    private final byte[] large = CacheFixture.bytes(6_000_000);
    private final AtomicReference<FaultyStore> disk = new AtomicReference<>();

    private CacheFixture fixture() {
        return CacheFixture.in(directory, OPTIONS, store -> {
            disk.set(new FaultyStore(store));
            return disk.get();
        });
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NONE", "LATE"})
    @DisplayName(
            "failures 23: the disk is full or stalls: every client gets its bytes, nothing is stored, the next request works")
    void fetch_diskInTrouble_isPassedThrough(Fault fault) {
        try (CacheFixture fixture = fixture()) {
            disk.get().fault(fault);
            CountDownLatch gate = new CountDownLatch(1);
            fixture.origin.on("/a", Scripts.sequence(Scripts.gated(large, 0, gate), Reply.of(200, large)));
            List<BodyReader> readers = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                readers.add(fixture.begin(fixture.promised("/a", large)));
            }
            CacheFixture.await("followers", () -> fixture.cache.followers() == 5);
            gate.countDown();
            for (BodyReader reader : readers) {
                Reading reading = reader.awaitEnd();
                assertThat(reading.failure()).isEmpty();
                assertThat(reading.bytes()).isEqualTo(large);
            }
            fixture.awaitLanded();
            assertThat(fixture.origin.requests("/a")).isEqualTo(1);
            assertThat(fixture.store.usage().blobs()).isZero();
            disk.get().fault(Fault.NONE);
            assertThat(fixture.get(fixture.promised("/a", large)).bytes()).isEqualTo(large);
            fixture.awaitLanded();
            assertThat(fixture.get(fixture.promised("/a", large))
                            .answer()
                            .status()
                            .kind())
                    .isEqualTo(CacheStatus.Kind.HIT);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FULL_IN_THE_MIDDLE", "STALLED"})
    @DisplayName("failures 23, invariant 9: a draft that the disk failed is aborted when its last reader has left")
    void fetch_diskFailsInTheMiddle_draftIsGivenBack(Fault fault) {
        try (CacheFixture fixture = fixture()) {
            disk.get().fault(fault);
            fixture.origin.on("/a", Reply.of(200, large));
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(large);
            CacheFixture.await("abort", () -> disk.get().aborted() == 1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NONE", "LATE"})
    @DisplayName("failures 8 and 23, invariants 4 and 5: bad bytes past a failed disk are cut all the same")
    void fetch_diskInTroubleAndBadBytes_isCut(Fault fault) {
        try (CacheFixture fixture = fixture()) {
            disk.get().fault(fault);
            fixture.origin.on("/a", Reply.of(200, large));
            Reading reading = fixture.get(fixture.promised("/a", CacheFixture.bytes(5)));
            assertThat(reading.failure()).map(ForebayException::kind).hasValue(Kind.CORRUPT);
            assertThat(reading.bytes().length).isLessThan(large.length);
            fixture.awaitLanded();
        }
    }

    @Test
    @DisplayName("failures 23: a stall with everything queued and nothing more to append ends as well")
    void fetch_stalledAtTheEnd_isPassedThrough() {
        byte[] body = CacheFixture.bytes(210_000);
        try (CacheFixture fixture = fixture()) {
            disk.get().fault(Fault.STALLED);
            fixture.origin.on("/a", Reply.of(200, body));
            assertThat(fixture.get(fixture.promised("/a", body)).bytes()).isEqualTo(body);
            fixture.awaitLanded();
            assertThat(fixture.store.usage().blobs()).isZero();
        }
    }

    @Test
    @DisplayName("failures 23: the disk refuses a small body: it is served and not stored")
    void fetch_smallBodyNotStored_isServed() {
        byte[] body = CacheFixture.bytes(5_000);
        try (CacheFixture fixture = fixture()) {
            disk.get().fault(Fault.FULL_AT_START);
            fixture.origin.on("/a", Reply.of(200, body));
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(body);
            fixture.awaitLanded();
            assertThat(fixture.get(fixture.artifact("/a")).bytes()).isEqualTo(body);
            assertThat(fixture.origin.requests("/a")).isEqualTo(2);
        }
    }

    @Test
    @DisplayName(
            "failures 22 and 23: past a failed disk the slowest reader sets the pace, and one that leaves sets it free")
    void fetch_passedThroughWithAReaderThatStops_leavingFreesTheOthers() {
        byte[] body = CacheFixture.bytes(20_000_000);
        try (CacheFixture fixture = fixture()) {
            disk.get().fault(Fault.FULL_AT_START);
            CountDownLatch gate = new CountDownLatch(1);
            fixture.origin.on("/a", Scripts.gated(body, 0, gate));
            BodyReader slow = fixture.begin(fixture.artifact("/a"));
            BodyReader quick = fixture.begin(fixture.artifact("/a"));
            CacheFixture.await("followers", () -> fixture.cache.followers() == 2);
            slow.hold();
            gate.countDown();
            quick.awaitBytes(4 << 20);
            assertThat(quick.offset()).isLessThan(8 << 20);
            slow.leave();
            assertThat(quick.awaitEnd().bytes()).isEqualTo(body);
        }
    }

    @ParameterizedTest
    @CsvSource({"1000000, 'could not be stored'", "6000000, 'does not take'"})
    @DisplayName("failures 23: past a failed disk a body without a reader goes on until the memory it may have is full")
    void fetch_diskIsFullAndNobodyReads_endsWhenMemoryIsFull(int length, String said) {
        try (CacheFixture fixture = fixture()) {
            disk.get().fault(Fault.FULL_AT_START);
            fixture.origin.on("/a", Reply.of(200, CacheFixture.bytes(length)));
            BodyReader whole = fixture.begin(CacheFixture.page(Snapshot.LATEST, false, fixture.candidate("/a")));
            assertThat(whole.awaitFailure()).hasMessageContaining(said);
            fixture.awaitLanded();
        }
    }

    @Test
    @DisplayName("invariant 9: requests that come behind a failure leave no buffer and no seat")
    void open_behindAFailure_leavesNothing() {
        try (CacheFixture fixture = fixture()) {
            disk.get().fault(Fault.FULL_IN_THE_MIDDLE);
            fixture.origin.on("/a", Scripts.cut(large, 3_000_000));
            for (int i = 0; i < 20; i++) {
                BodyReader reader = fixture.begin(fixture.artifact("/a"));
                assertThat(reader.awaitEnd().isWhole()).isFalse();
            }
            fixture.awaitLanded();
            assertThat(fixture.cache.followers()).isZero();
        }
    }
}
