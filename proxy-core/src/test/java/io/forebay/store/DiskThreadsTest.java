package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.store.DiskCall.Work;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.StepVerifier;

/** One thread that is busy until the test says so, and what waits for it. */
class DiskThreadsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final int WAITING_MAX = 2;

    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch busy = new CountDownLatch(1);
    private final AtomicInteger ran = new AtomicInteger();
    private final List<String> givenBack = new ArrayList<>();
    private final DiskThreads threads = new DiskThreads("store-disk", 1, WAITING_MAX);

    @BeforeEach
    void occupied() throws InterruptedException {
        threads.execute(() -> {
            busy.countDown();
            pass(gate);
        });
        pass(busy);
    }

    @AfterEach
    void end() throws InterruptedException {
        gate.countDown();
        assertThat(threads.close(PATIENCE)).isTrue();
    }

    private static void pass(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void open() throws InterruptedException {
        gate.countDown();
        assertThat(threads.awaitIdle(PATIENCE)).isTrue();
    }

    private DiskCall<String> call(Work<String> work) {
        return new DiskCall<>(threads, "reading", work, givenBack::add);
    }

    private Optional<String> result() {
        ran.incrementAndGet();
        return Optional.of("result");
    }

    @Test
    void offer_asManyAsMayWait_areRunAndNoMoreAreTaken() throws Exception {
        for (int i = 0; i < WAITING_MAX; i++) {
            assertThat(threads.offer(ran::incrementAndGet)).isTrue();
        }
        assertThat(threads.offer(ran::incrementAndGet)).isFalse();
        assertThat(threads.offer(ran::incrementAndGet)).isFalse();
        open();
        assertThat(ran).hasValue(WAITING_MAX);
        assertThat(threads.offer(ran::incrementAndGet))
                .as("what was refused waits no more")
                .isTrue();
        assertThat(threads.offer(ran::incrementAndGet)).isTrue();
        assertThat(threads.awaitIdle(PATIENCE)).isTrue();
        assertThat(ran).hasValue(WAITING_MAX + 2);
    }

    @Test
    void awaitIdleAndClose_whileATaskRuns_areFalse() throws Exception {
        assertThat(threads.awaitIdle(SHORT)).isFalse();
        assertThat(threads.close(SHORT)).isFalse();
        threads.execute(ran::incrementAndGet);
        assertThat(ran).as("done by who hands it over, once the threads end").hasValue(1);
    }

    @Test
    void execute_taskThatFails_theNextIsRun() throws Exception {
        threads.execute(() -> {
            throw new IllegalStateException("on purpose");
        });
        threads.execute(ran::incrementAndGet);
        open();
        assertThat(ran).hasValue(1);
    }

    @Test
    void call_askedFor_isDoneOnce() throws Exception {
        StepVerifier.create(call(this::result), 0)
                .thenAwait(SHORT)
                .then(() -> assertThat(ran).hasValue(0))
                .then(gate::countDown)
                .thenRequest(1)
                .thenRequest(1)
                .expectNext("result")
                .expectComplete()
                .verify(PATIENCE);
        assertThat(threads.awaitIdle(PATIENCE)).isTrue();
        assertThat(ran).hasValue(1);
        assertThat(givenBack).isEmpty();
    }

    @Test
    void call_whereTooMuchWaits_isBusy() {
        for (int i = 0; i < WAITING_MAX; i++) {
            assertThat(threads.offer(() -> {})).isTrue();
        }
        StepVerifier.create(call(this::result))
                .expectErrorSatisfies(e -> {
                    assertThat(((StoreException) e).kind()).isEqualTo(StoreException.Kind.BUSY);
                    assertThat(e).hasMessageContaining("reading: too much waits for the disk");
                })
                .verify(PATIENCE);
        assertThat(ran).hasValue(0);
    }

    @Test
    void call_thatFails_isAnErrorOfItsKind() {
        gate.countDown();
        StepVerifier.create(call(() -> {
                    throw new IOException("No space left on device");
                }))
                .expectErrorSatisfies(
                        e -> assertThat(((StoreException) e).kind()).isEqualTo(StoreException.Kind.FULL))
                .verify(PATIENCE);
        StepVerifier.create(call(Optional::empty)).expectComplete().verify(PATIENCE);
    }

    @Test
    void cancel_beforeItsTurn_isNotDone() throws Exception {
        Disposable asked = call(this::result).subscribe();
        asked.dispose();
        open();
        assertThat(ran).hasValue(0);
    }

    @Test
    void cancel_amidTheWork_resultIsGivenBack() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(1);
        List<String> got = new ArrayList<>();
        Disposable asked = call(() -> {
                    begun.countDown();
                    pass(left);
                    return result();
                })
                .subscribe(got::add);
        gate.countDown();
        pass(begun);
        asked.dispose();
        left.countDown();
        assertThat(threads.awaitIdle(PATIENCE)).isTrue();
        assertThat(givenBack).containsExactly("result");
        assertThat(got).isEmpty();
    }
}
