package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.ForebayException.Kind;
import io.forebay.store.Blob;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

class PipeBodyTest {
    private static final int CHUNK = 32 << 10;

    private final Scheduler worker = Schedulers.newBoundedElastic(1, 10, "pipe");
    private final AtomicInteger closed = new AtomicInteger();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch reached = new CountDownLatch(1);
    private final Blob blob = (Blob) Proxy.newProxyInstance(
            Blob.class.getClassLoader(),
            new Class<?>[] {Blob.class},
            (proxy, method, args) -> closed.incrementAndGet() < 0);

    @AfterEach
    void end() {
        gate.countDown();
        worker.dispose();
    }

    private void waits() throws IOException {
        try {
            reached.countDown();
            Scripts.await(gate);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static int taken(PipeBody body, long offset) {
        Piece.Bytes piece = (Piece.Bytes) body.at(offset, Integer.MAX_VALUE);
        int count = piece.bytes().readableBytes();
        piece.bytes().release();
        return count;
    }

    @Test
    void onMore_runsAtOnceOnlyWhenThereIsSomethingOrTheEnd() throws Exception {
        AtomicInteger woken = new AtomicInteger();
        PipeBody body = PipeBody.start(worker, blob, out -> {
            waits();
            out.write(new byte[CHUNK]);
        });
        Scripts.await(reached);
        assertThat(body.length()).isEmpty();
        assertThat(body.at(0, 1)).isInstanceOf(Piece.Later.class);
        body.onMore(0, woken::incrementAndGet);
        assertThat(woken).hasValue(0);
        gate.countDown();
        CacheFixture.await("woken", () -> woken.get() == 1);
        body.onMore(0, woken::incrementAndGet);
        assertThat(woken).hasValue(2);
        assertThat(taken(body, 0)).isEqualTo(CHUNK);
        assertThat(taken(body, 100)).isEqualTo(CHUNK - 100);
        CacheFixture.await("end", () -> body.at(CHUNK, 1) instanceof Piece.End);
        body.onMore(CHUNK, woken::incrementAndGet);
        assertThat(woken).hasValue(3);
        CacheFixture.await("closed", () -> closed.get() == 1);
    }

    @Test
    void onMore_amidThePage_runsAtOnce() throws Exception {
        PipeBody body = PipeBody.start(worker, blob, out -> {
            out.write(new byte[CHUNK]);
            waits();
        });
        Scripts.await(reached);
        AtomicInteger woken = new AtomicInteger();
        body.onMore(0, woken::incrementAndGet);
        assertThat(woken).hasValue(1);
    }

    @Test
    void write_clientTakesNothing_isAheadByEightChunksAndNoMore() {
        AtomicInteger written = new AtomicInteger();
        AtomicReference<Thread> writer = new AtomicReference<>();
        PipeBody body = PipeBody.start(worker, blob, out -> {
            writer.set(Thread.currentThread());
            for (int i = 0; i < 20; i++) {
                out.write(new byte[CHUNK]);
                written.incrementAndGet();
            }
        });
        CacheFixture.await("eight", () -> written.get() >= 8);
        CacheFixture.await("waits", () -> writer.get().getState() == Thread.State.TIMED_WAITING);
        assertThat(written).hasValue(8);
        assertThat(taken(body, CHUNK)).isEqualTo(CHUNK);
        CacheFixture.await("one more", () -> written.get() == 9);
        body.close();
        CacheFixture.await("closed", () -> closed.get() == 1);
        assertThat(written).hasValue(9);
    }

    @Test
    void write_endsInAnError_bodyIsBrokenAndTheBlobIsClosed() {
        PipeBody body = PipeBody.start(worker, blob, out -> {
            throw new LinkageError("the test says so");
        });
        CacheFixture.await("broken", () -> body.at(0, 1) instanceof Piece.Broken);
        assertThat(closed).hasValue(1);
    }

    @Test
    void start_noWorkerTakesIt_isOverloadAndTheBlobIsClosed() {
        worker.dispose();
        PipeBody body = PipeBody.start(worker, blob, out -> {
            throw new RejectedExecutionException();
        });
        assertThat(body.at(0, 1)).isInstanceOfSatisfying(Piece.Broken.class, broken -> assertThat(
                        broken.failure().kind())
                .isEqualTo(Kind.OVERLOADED));
        assertThat(closed).hasValue(1);
    }
}
