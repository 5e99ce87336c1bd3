package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Places, turns and refusals. */
class AdmissionTest {
    private static final Duration WAIT = Duration.ofSeconds(5);

    private final List<String> begun = new ArrayList<>();
    private VirtualTimeScheduler time = VirtualTimeScheduler.create();

    @BeforeEach
    void virtualTime() {
        time = VirtualTimeScheduler.getOrSet();
    }

    @AfterEach
    void realTime() {
        VirtualTimeScheduler.reset();
    }

    private static Admission of(int places, int waiting) {
        return new Admission(new CacheOptions.Fetches(places, waiting, WAIT, WAIT));
    }

    /** A piece of work that ends when told, and how it ended. */
    private final class Work {
        private final Sinks.Empty<Void> end = Sinks.empty();
        private final Disposable subscription;
        private boolean done;
        private @Nullable Throwable failure;

        private Work(Admission admission, String client, String name) {
            Mono<Void> work = Mono.<Void>fromRunnable(() -> begun.add(name)).then(end.asMono());
            subscription = admission
                    .turn(client, () -> true)
                    .during(work)
                    .subscribe(nothing -> {}, e -> failure = e, () -> done = true);
        }

        private void end() {
            end.tryEmitEmpty();
        }

        private void assertRefused() {
            assertThat(failure).isInstanceOfSatisfying(ForebayException.class, refusal -> {
                assertThat(refusal.kind()).isEqualTo(Kind.OVERLOADED);
                assertThat(refusal.retryAfter()).contains(WAIT);
            });
        }
    }

    @Test
    void turn_placesAreTaken_waitsAndBeginsWhenOneIsGivenBack() {
        Admission admission = of(1, 10);
        Work first = new Work(admission, "a", "a1");
        Work second = new Work(admission, "a", "a2");
        assertThat(begun).containsExactly("a1");
        assertThat(admission.waiting()).isEqualTo(1);
        assertThat(admission.taken()).isEqualTo(1);
        first.end();
        assertThat(begun).containsExactly("a1", "a2");
        second.end();
        assertThat(second.done).isTrue();
        assertThat(admission.taken()).isZero();
        assertThat(admission.waiting()).isZero();
    }

    @Test
    void turn_noPlaceInTime_isRefusedAndLeavesTheQueue() {
        Admission admission = of(1, 10);
        Work first = new Work(admission, "a", "a1");
        Work late = new Work(admission, "b", "b1");
        time.advanceTimeBy(WAIT.minusMillis(1));
        assertThat(late.failure).isNull();
        time.advanceTimeBy(Duration.ofMillis(1));
        late.assertRefused();
        assertThat(admission.waiting()).isZero();
        assertThat(admission.refused()).isEqualTo(1);
        first.end();
        assertThat(begun).containsExactly("a1");
        assertThat(admission.taken()).isZero();
    }

    @Test
    void turn_admittedAfterWaiting_mayTakeLongerThanTheWait() {
        Admission admission = of(1, 10);
        Work first = new Work(admission, "a", "a1");
        Work second = new Work(admission, "a", "a2");
        first.end();
        time.advanceTimeBy(WAIT.multipliedBy(10));
        assertThat(second.failure).isNull();
        second.end();
        assertThat(second.done).isTrue();
    }

    @Test
    void turn_queueIsFull_isRefusedAtOnce() {
        Admission admission = of(1, 2);
        new Work(admission, "a", "a1");
        new Work(admission, "a", "a2");
        new Work(admission, "a", "a3");
        Work tooMany = new Work(admission, "a", "a4");
        tooMany.assertRefused();
        assertThat(admission.waiting()).isEqualTo(2);
    }

    @Test
    void turn_nobodyMayWait_freePlacesAreGivenAllTheSame() {
        Admission admission = of(1, 0);
        Work first = new Work(admission, "a", "a1");
        new Work(admission, "a", "a2").assertRefused();
        first.end();
        new Work(admission, "a", "a3");
        assertThat(begun).containsExactly("a1", "a3");
    }

    @Test
    @DisplayName("one address asks for much: another that asks for little takes every second turn")
    void turn_twoAddresses_takeTurns() {
        Admission admission = of(1, 100);
        List<Work> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            all.add(new Work(admission, "a", "a" + i));
        }
        all.add(new Work(admission, "b", "b0"));
        all.add(new Work(admission, "b", "b1"));
        while (begun.size() < 8) {
            int before = begun.size();
            all.forEach(Work::end);
            assertThat(begun).hasSizeGreaterThan(before);
        }
        assertThat(begun).containsExactly("a0", "a1", "b0", "a2", "b1", "a3", "a4", "a5");
    }

    @Test
    @DisplayName("the queue is full of one address: another takes the turn of its youngest")
    void turn_queueFullOfAnother_displacesItsYoungest() {
        Admission admission = of(1, 3);
        List<Work> greedy = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            greedy.add(new Work(admission, "a", "a" + i));
        }
        Work modest = new Work(admission, "b", "b0");
        greedy.get(3).assertRefused();
        assertThat(modest.failure).isNull();
        assertThat(admission.waiting()).isEqualTo(3);
        Work second = new Work(admission, "b", "b1");
        second.assertRefused();
        assertThat(greedy.get(2).failure).isNull();
    }

    @Test
    void turn_waitingClientLeaves_givesItsPlaceInTheQueueBack() {
        Admission admission = of(1, 1);
        Work first = new Work(admission, "a", "a1");
        Work leaving = new Work(admission, "b", "b1");
        leaving.subscription.dispose();
        assertThat(admission.waiting()).isZero();
        Work next = new Work(admission, "c", "c1");
        first.end();
        assertThat(begun).containsExactly("a1", "c1");
        next.end();
        assertThat(admission.taken()).isZero();
    }

    @Test
    void turn_admittedClientLeaves_givesItsPlaceBack() {
        Admission admission = of(1, 1);
        Work first = new Work(admission, "a", "a1");
        new Work(admission, "b", "b1");
        first.subscription.dispose();
        assertThat(begun).containsExactly("a1", "b1");
    }

    @Test
    void turn_nobodyWantsItAnyMore_isNotQueued() {
        Admission admission = of(1, 1);
        new Work(admission, "a", "a1");
        Throwable[] failure = new Throwable[1];
        admission.turn("b", () -> false).during(Mono.never()).subscribe(nothing -> {}, e -> failure[0] = e);
        assertThat(failure[0]).isInstanceOf(ForebayException.class);
        assertThat(admission.waiting()).isZero();
        assertThat(admission.refused()).isZero();
    }

    @Test
    void turn_thousandsThatFailAtOnce_neitherDeepenTheStackNorLosePlaces() {
        Admission admission = of(1, 20_000);
        Work first = new Work(admission, "a", "a1");
        AtomicInteger failed = new AtomicInteger();
        for (int i = 0; i < 20_000; i++) {
            admission
                    .turn("client" + i % 7, () -> true)
                    .during(Mono.error(new IllegalStateException("at once")))
                    .subscribe(nothing -> {}, e -> failed.addAndGet(e instanceof IllegalStateException ? 1 : 0));
        }
        first.end();
        assertThat(failed).hasValue(20_000);
        assertThat(admission.taken()).isZero();
        assertThat(admission.waiting()).isZero();
    }

    @Test
    void turn_manyThreadsComeLeaveAndFail_noPlaceIsLost() {
        VirtualTimeScheduler.reset();
        Admission admission = of(3, 50);
        AtomicInteger working = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Scheduler threads = Schedulers.newParallel("client", 4);
        try {
            Flux.range(0, 4_000)
                    .flatMap(
                            i -> {
                                Mono<Void> paused = Mono.delay(Duration.ofNanos(10_000), threads)
                                        .then(i % 5 == 0 ? Mono.error(new IllegalStateException()) : Mono.empty());
                                Mono<Void> work = Mono.defer(() -> {
                                    Counted one = new Counted(working, most);
                                    return paused.doOnTerminate(one::end).doOnCancel(one::end);
                                });
                                int leaves = ThreadLocalRandom.current().nextInt(2_000_000);
                                return admission
                                        .turn("client" + i % 11, () -> true)
                                        .during(work)
                                        .takeUntilOther(Mono.delay(Duration.ofNanos(leaves), threads))
                                        .onErrorComplete()
                                        .subscribeOn(threads);
                            },
                            200)
                    .blockLast(Duration.ofSeconds(30));
            // The last place is given back behind the signal that ends the stream, on one of these threads.
            threads.disposeGracefully().block(Duration.ofSeconds(30));
        } finally {
            threads.dispose();
        }
        assertThat(most.get()).isBetween(2, 3);
        assertThat(working).hasValue(0);
        assertThat(admission.taken()).isZero();
        assertThat(admission.waiting()).isZero();
    }

    /**
     * Work under way. It ends, for the count, before the place is given back, and also where one thread ends it while another one
     * leaves: the lock makes the second of them wait until it is counted.
     */
    private static final class Counted {
        private final AtomicInteger working;
        private boolean over;

        Counted(AtomicInteger working, AtomicInteger most) {
            this.working = working;
            most.accumulateAndGet(working.incrementAndGet(), Math::max);
        }

        synchronized void end() {
            if (!over) {
                over = true;
                working.decrementAndGet();
            }
        }
    }
}
