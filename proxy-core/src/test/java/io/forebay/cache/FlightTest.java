package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Entry;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import io.forebay.store.DiskBlobStore;
import io.forebay.store.StoreOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.test.StepVerifier;

/** Who comes and who leaves, without an origin and without other flights. */
class FlightTest {
    private static final int LARGE = 100_000;

    @TempDir
    private Path directory;

    private final ForebayException reason = ForebayException.unavailable("the test says so");
    private DiskBlobStore store;
    private Fill fill;
    private Flight flight;
    private FileChannel file;

    @BeforeEach
    void begun() {
        store = DiskBlobStore.open(StoreOptions.in(directory).withPacks(1_000, 1 << 20));
        fill = new Fill(store, Duration.ofMinutes(1));
        // Nobody leaves it before its end, so that no other flight is asked.
        flight = new Flight(null, fill, null);
        fill.append(Unpooled.wrappedBuffer(new byte[LARGE]));
        CacheFixture.await("disk", () -> fill.draft().written() == LARGE);
        file = ((Piece.Region) fill.at(0, 10)).channel();
    }

    @AfterEach
    void close() {
        fill.fail(reason);
        fill.drop();
        store.close();
    }

    private void assertGivenBack() {
        CacheFixture.await("closed", () -> !file.isOpen());
        assertThat(flight.join()).isFalse();
    }

    @Test
    void end_whileClientsRead_filesAreKeptUntilTheLastHasLeft() {
        assertThat(flight.join()).isTrue();
        flight.fail(reason);
        assertThat(flight.join()).as("one who comes for what is there").isTrue();
        flight.leave();
        assertThat(file.isOpen()).isTrue();
        flight.leave();
        assertGivenBack();
    }

    @Test
    void end_pastTheDisk_memoryIsKeptUntilTheLastHasLeft() {
        FaultyStore full = new FaultyStore(store);
        full.fault(FaultyStore.Fault.FULL_AT_START);
        Fill past = new Fill(full, Duration.ofMinutes(1));
        Flight one = new Flight(null, past, null);
        ByteBuf bytes = Unpooled.wrappedBuffer(new byte[LARGE]);
        past.append(bytes);
        one.join();
        one.join();
        one.succeed(new Outcome.PassedThrough());
        one.leave();
        assertThat(bytes.refCnt()).isEqualTo(1);
        one.leave();
        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void end_withoutClients_filesAreGivenBackAtOnce() {
        flight.fail(reason);
        assertGivenBack();
        StepVerifier.create(flight.opened()).verifyErrorMatches(reason::equals);
        StepVerifier.create(flight.ended()).verifyErrorMatches(reason::equals);
    }

    @Test
    void cancelAbandoned_whileSomebodyWaits_goesOn() {
        Disposable work = Disposables.single();
        flight.working(work);
        flight.join();
        assertThat(flight.cancelAbandoned(reason)).isFalse();
        assertThat(work.isDisposed()).isFalse();
        assertThat(flight.join()).isTrue();
        assertThat(fill.at(LARGE - 1, 10)).isInstanceOf(Piece.Later.class);
    }

    @Test
    void cancelAbandoned_nobodyWaits_endsAndTakesNobodyOn() {
        Disposable work = Disposables.single();
        flight.working(work);
        assertThat(flight.cancelAbandoned(reason)).isTrue();
        assertThat(work.isDisposed()).isTrue();
        assertGivenBack();
        assertThat(flight.cancelAbandoned(reason)).as("twice").isFalse();
    }

    @Test
    void answeredBy_whatIsStored_clientsAreToldAtOnce() {
        Head head = Head.EMPTY;
        Entry stored = new Entry(
                ResourceKey.of("s", "x"),
                Nature.ARTIFACT,
                new Digest("0".repeat(64)),
                1,
                head,
                "http://127.0.0.1/x",
                CacheFixture.START,
                CacheFixture.START);
        flight.answeredBy(stored);
        assertThat(flight.answeredBy()).isSameAs(stored);
        StepVerifier.create(flight.opened())
                .expectNextMatches(opening ->
                        opening.head().equals(head) && opening.originStatus().isEmpty())
                .verifyComplete();
    }

    @Test
    void close_reader_isWokenNoMore() {
        AtomicInteger runs = new AtomicInteger();
        flight.join();
        flight.join();
        FlightBody reader = new FlightBody(flight, fill);
        reader.onMore(LARGE, runs::incrementAndGet);
        reader.close();
        assertThat(flight.clients()).isEqualTo(1);
        reader.close();
        assertThat(flight.clients()).isEqualTo(1);
        fill.fail(reason);
        assertThat(runs).hasValue(0);
    }
}
