package io.forebay.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.CatalogException.Kind;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

class WriterTest {
    private static final Duration WAIT = Duration.ofSeconds(30);

    private final StubConnections connections = new StubConnections();
    private final Sinks.Empty<Void> gate = Sinks.empty();
    private Writer writer = writer(100, 10, WAIT, WAIT);

    @AfterEach
    void everyConnectionIsClosed() {
        gate.tryEmitEmpty();
        writer.close().block(WAIT);
        assertThat(connections.closed).hasValue(connections.opened.get());
    }

    @Test
    @DisplayName("failures 24: what queues while a transaction runs shares the next one")
    void write_whileATransactionRuns_sharesTheNext() {
        connections.begins.add(gate.asMono());
        List<Mono<Integer>> answers = queue(6);
        assertThat(writer.queued()).isEqualTo(5);
        gate.tryEmitEmpty();
        assertThat(Flux.mergeSequential(answers).collectList().block(WAIT)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(writer.transactions()).isEqualTo(2);
        assertThat(writer.written()).isEqualTo(6);
        assertThat(connections.committed).hasValue(2);
        assertThat(connections.opened).hasValue(1);
    }

    @Test
    void write_moreThanABatch_isSplit() {
        writer = writer(100, 2, WAIT, WAIT);
        connections.begins.add(gate.asMono());
        List<Mono<Integer>> answers = queue(6);
        gate.tryEmitEmpty();
        Flux.merge(answers).blockLast(WAIT);
        assertThat(writer.transactions()).isEqualTo(4);
    }

    @Test
    void write_whereWritesCameTogether_theNextGatherForOneTransaction() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try {
            connections.begins.add(gate.asMono());
            queue(3);
            gate.tryEmitEmpty();
            assertThat(writer.transactions()).isEqualTo(2);
            queue(2);
            assertThat(writer.queued()).isEqualTo(2);
            time.advanceTimeBy(Duration.ofMillis(5));
            assertThat(writer.written()).isEqualTo(5);
            assertThat(writer.transactions()).isEqualTo(3);
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    @Test
    void write_order_isTheOrderOfTheCalls() {
        Queue<Integer> order = new ConcurrentLinkedQueue<>();
        connections.begins.add(gate.asMono());
        List<Mono<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int number = i;
            answers.add(start(writer.write(connection -> Mono.fromSupplier(() -> number), order::add)));
        }
        gate.tryEmitEmpty();
        Flux.merge(answers).blockLast(WAIT);
        assertThat(new ArrayList<>(order)).isSorted().hasSize(50);
    }

    @Test
    void write_fullQueue_failsAtOnceAndNamesTheLimit() {
        writer = writer(2, 10, WAIT, WAIT);
        connections.begins.add(gate.asMono());
        List<Mono<Integer>> answers = queue(3);
        CatalogException failure = failure(write(3));
        assertThat(failure.kind()).isEqualTo(Kind.BUSY);
        assertThat(failure).hasMessageContaining("2 writes wait");
        gate.tryEmitEmpty();
        assertThat(Flux.merge(answers).collectList().block(WAIT)).hasSize(3);
        assertThat(write(4).block(WAIT)).isEqualTo(4);
        assertThat(writer.queued()).isZero();
    }

    @Test
    @DisplayName("reliability 86: a locked database is tried again until it answers")
    void write_busy_isTriedAgain() {
        connections.begins.add(busy());
        connections.commits.add(busy());
        connections.creates.add(Mono.error(new R2dbcNonTransientResourceException("refused")));
        AtomicInteger runs = new AtomicInteger();
        assertThat(writer.write(connection -> Mono.fromSupplier(runs::incrementAndGet), done -> {})
                        .block(WAIT))
                .isEqualTo(2);
        assertThat(writer.transactions()).isEqualTo(1);
        assertThat(writer.written()).isEqualTo(1);
        assertThat(connections.committed).hasValue(1);
    }

    @Test
    @DisplayName("reliability 86: after the limit the caller is told, and the next write has its own chance")
    void write_busyBeyondTheLimit_failsAsBusy() {
        writer = writer(100, 10, Duration.ZERO, WAIT);
        connections.begins.add(busy());
        assertThat(failure(write(1)).kind()).isEqualTo(Kind.BUSY);
        assertThat(write(2).block(WAIT)).isEqualTo(2);
    }

    @Test
    @DisplayName("reliability 89: a full disk is told at once")
    void write_full_failsWithoutAnotherTry() {
        connections.commits.add(Mono.error(new R2dbcTransientResourceException("full", "", 13)));
        assertThat(failure(write(1)).kind()).isEqualTo(Kind.FULL);
        assertThat(connections.opened).hasValue(1);
        assertThat(write(2).block(WAIT)).isEqualTo(2);
    }

    @Test
    void write_transactionHangs_failsAsBusyAndTheConnectionIsNotUsedAgain() {
        writer = writer(100, 10, Duration.ZERO, Duration.ofMillis(50));
        connections.begins.add(Mono.never());
        assertThat(failure(write(1)).kind()).isEqualTo(Kind.BUSY);
        assertThat(write(2).block(WAIT)).isEqualTo(2);
        assertThat(connections.opened).hasValue(2);
    }

    @Test
    void write_oneOfABatchIsBad_onlyThatOneFails() {
        connections.begins.add(gate.asMono());
        List<Mono<Integer>> good = queue(3);
        Mono<Integer> bad = start(writer.write(
                connection -> Mono.<Integer>error(new IllegalStateException("no such thing")), done -> {}));
        good.addAll(queue(3));
        gate.tryEmitEmpty();
        assertThat(Flux.merge(good).collectList().block(WAIT)).hasSize(6);
        CatalogException failure = failure(bad);
        assertThat(failure.kind()).isEqualTo(Kind.OTHER);
        assertThat(failure).hasMessageContaining("no such thing").hasCauseInstanceOf(IllegalStateException.class);
        assertThat(connections.rolledBack).hasValueGreaterThan(0);
    }

    @Test
    void write_callerLeaves_isDoneAllTheSame() {
        connections.begins.add(gate.asMono());
        Queue<Integer> done = new ConcurrentLinkedQueue<>();
        Disposable leaving = writer.write(connection -> Mono.just(7), done::add).subscribe();
        leaving.dispose();
        gate.tryEmitEmpty();
        write(8).block(WAIT);
        assertThat(done).containsExactly(7);
    }

    @Test
    void write_answers_comeOnAnotherThreadThanTheConnections() {
        String thread = write(1).map(done -> Thread.currentThread().getName()).block(WAIT);
        assertThat(thread).startsWith("parallel-");
    }

    @Test
    void close_whileATransactionRuns_writesTheRestAndRefusesMore() {
        connections.begins.add(gate.asMono());
        List<Mono<Integer>> answers = queue(20);
        Mono<Void> closing = start(writer.close());
        assertThat(failure(write(9))).hasMessageContaining("closed");
        gate.tryEmitEmpty();
        closing.block(WAIT);
        assertThat(writer.written()).isEqualTo(20);
        assertThat(Flux.merge(answers).collectList().block(WAIT)).hasSize(20);
    }

    @Test
    void write_manyThreads_eachIsAnsweredOnce() {
        writer = writer(100_000, 64, WAIT, WAIT);
        int threads = 4;
        int each = 2_000;
        AtomicInteger committed = new AtomicInteger();
        Long answered = Flux.range(0, threads)
                .flatMap(thread -> Flux.range(0, each)
                        .flatMap(
                                i -> writer.write(connection -> Mono.just(i), done -> committed.incrementAndGet()),
                                each)
                        .subscribeOn(reactor.core.scheduler.Schedulers.parallel()))
                .count()
                .block(WAIT);
        assertThat(answered).isEqualTo((long) threads * each);
        assertThat(committed).hasValue(threads * each);
        assertThat(writer.queued()).isZero();
    }

    private static Mono<Void> busy() {
        return Mono.error(() -> new R2dbcTransientResourceException("locked", "", 5));
    }

    private Mono<Integer> write(int number) {
        return writer.write(connection -> Mono.just(number), done -> {});
    }

    private List<Mono<Integer>> queue(int count) {
        List<Mono<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(start(write(i)));
        }
        return answers;
    }

    private static <T> Mono<T> start(Mono<T> mono) {
        Mono<T> started = mono.cache();
        started.subscribe(value -> {}, failure -> {});
        return started;
    }

    private static CatalogException failure(Mono<Integer> mono) {
        Throwable failure =
                Objects.requireNonNull(mono.materialize().block(WAIT)).getThrowable();
        assertThat(failure).isInstanceOf(CatalogException.class);
        return (CatalogException) failure;
    }

    private Writer writer(int queueLimit, int batchLimit, Duration retryLimit, Duration operationLimit) {
        return new Writer(
                connections,
                Dialect.SQLITE,
                new CatalogOptions(queueLimit, batchLimit, 10, 10, Duration.ofDays(1), retryLimit, operationLimit, 1));
    }
}
